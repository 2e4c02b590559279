"""Ring up recorded baskets through the very actions that the window uses, each once however often this is killed.

For support people, tests and measurements. A basket's id is kept with its sale and is unique in till.db, so a killed
run goes on where its last committed basket was. Business time is the row's; the floor is left alone.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from posclient.actions import checkout, paying, payment
from posclient.actions.business_time import RowTime
from posclient.actions.till import Till
from posclient.actions.views import CartView, ScanKind
from posclient.db import sales
from posclient.domain.cart import MOST_PIECES, Cart
from posclient.domain.people import Staff
from posclient.errors import InputError, PosError, Refused

COLUMNS = ("basket", "at", "member", "gtin", "qty")
#: The cashier of replayed sales.
CASHIER = Staff("replay", "replay", "", frozenset())


class ReplayRowError(PosError):
    """A row that cannot be rung up: ``line`` of the file, ``field``, and ``why`` as an error's code.

    ``basket`` is whose row it is; empty where that cannot be read.
    """

    def __init__(self, line: int, field: str, why: str, value: str = "", basket: str = "") -> None:
        super().__init__("replay_row", line=line, field=field, why=why, value=value[:80])
        self.basket = basket


@dataclass(frozen=True, slots=True)
class Row:
    """One article of a basket; ``line`` is its line of the file."""

    line: int
    basket: str
    at: datetime
    member: str
    gtin: str
    qty: int


@dataclass(frozen=True, slots=True)
class ReplayCounts:
    """Of the whole file, whoever rang it up and when; the times are those of this run's baskets."""

    baskets: int
    lines: int
    total: int
    p50_ms: float
    p99_ms: float


def replay(
    till: Till, rows: Iterable[Row], *, use_coupons: bool = True, resume: bool = False,
    timer: Callable[[], float] = time.perf_counter,
) -> ReplayCounts:  # fmt: skip
    """Ring up all baskets of ``rows`` (``read_rows``) that are not in till.db yet.

    Errors: ``InputError("already_replayed")`` without ``resume``; ``ReplayRowError`` before the bad row's basket, those
    before it committed; ``Refused("cart_open")`` while a cashier's cart is open here.
    """
    baskets, broken = _baskets(rows)
    known = {basket: sale for basket in baskets if (sale := sales.of_basket(till.db, basket))}
    if known and not resume:
        raise InputError("already_replayed", baskets=len(known))
    if not till.selling.cart.is_empty and till.selling.cart.basket is None:
        raise Refused("cart_open")
    times = list(
        _ring_all(till, [found for basket, found in baskets.items() if basket not in known], use_coupons, timer)
    )
    if broken:
        raise broken
    return _counts(till, baskets, times)


def read_rows(lines: Iterable[str]) -> Iterator[Row]:
    """Rows of a CSV file with the columns ``basket,at,member,gtin,qty``; others are ignored. ``ReplayRowError``.

    Open the file with ``errors="surrogateescape"``: then a row that is not UTF-8 is named by its line.
    """
    reader = csv.DictReader(lines)
    try:
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise ReplayRowError(1, missing[0], "missing")
        for values in reader:
            yield _row(reader.line_num, values)
    except csv.Error:
        raise ReplayRowError(reader.line_num + 1, "", "not_csv") from None


def _row(line: int, values: Mapping[str | Any, Any]) -> Row:
    basket = values.get("basket") or ""
    for name in COLUMNS:
        text = values.get(name) or ""
        if any("\ud800" <= sign <= "\udfff" for sign in text):
            raise ReplayRowError(line, name, "not_utf8")
        if not text and name != "member":
            raise ReplayRowError(line, name, "missing", basket=basket)
    qty = values["qty"]
    if not (qty.isascii() and qty.isdigit() and len(qty) <= 6 and 1 <= int(qty) <= MOST_PIECES):
        raise ReplayRowError(line, "qty", "quantity", qty, basket)
    at = _time(line, values["at"], basket)
    return Row(line, basket, at, (values["member"] or "").strip(), values["gtin"], int(qty))


def _time(line: int, text: str, basket: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ReplayRowError(line, "at", "not_time", text, basket) from None
    if at.tzinfo is None:
        raise ReplayRowError(line, "at", "no_offset", text, basket)
    return at


def _baskets(rows: Iterable[Row]) -> tuple[dict[str, list[Row]], ReplayRowError | None]:
    """Rows by basket in order of their first; at a bad row the file ends before its basket.

    A row whose basket cannot be read may be one of the basket before it, which is then not begun either: a basket that
    was rung up without one of its articles could never be mended.
    """
    found: dict[str, list[Row]] = {}
    try:
        for row in rows:
            basket = found.setdefault(row.basket, [])
            if basket and (row.at, row.member) != (basket[0].at, basket[0].member):
                field = "at" if row.at != basket[0].at else "member"
                raise ReplayRowError(row.line, field, "differs", row.basket, row.basket)
            basket.append(row)
    except ReplayRowError as error:
        found.pop(error.basket or next(reversed(found), ""), None)
        return found, error
    return found, None


def _ring_all(
    till: Till, baskets: Sequence[Sequence[Row]], use_coupons: bool, timer: Callable[[], float]
) -> Iterator[float]:
    """Commit each basket; gives its seconds. Whoever was logged in is so again afterwards."""
    staff, clock_time = till.staff, till.time
    till.staff = CASHIER
    try:
        for rows in baskets:
            till.time = RowTime(clock_time.clock, rows[0].at)
            begun = timer()
            _ring(till, rows, use_coupons)
            yield timer() - begun
            till.tidy()
    finally:
        till.staff, till.time = staff, clock_time
        paying.throw_away(till, None)  # a basket that was begun is not for the window


def _ring(till: Till, rows: Sequence[Row], use_coupons: bool) -> None:
    """One basket as a cashier would: the member, each article and its quantity, cash, done."""
    till.selling.reset(Cart(till.new_id(), basket=rows[0].basket, use_coupons=use_coupons))
    if rows[0].member:
        _serve(till, rows[0])
    for row in rows:
        _scan(till, row)
    view = payment.open(till)
    if view.due:
        view = payment.pay(till, "cash")
    payment.complete(till, view.cart_id)


def _serve(till: Till, row: Row) -> None:
    done = checkout.claim(till, row.member)
    if done.kind is ScanKind.REFUSED:
        raise ReplayRowError(row.line, "member", done.code, row.member)


def _scan(till: Till, row: Row) -> None:
    done = checkout.scan(till, row.gtin)
    if done.kind is not ScanKind.PRODUCT:
        raise ReplayRowError(row.line, "gtin", done.code or "not_an_article", row.gtin)
    if row.qty > 1:
        _set_pieces(till, done.view, row)


def _set_pieces(till: Till, view: CartView, row: Row) -> None:
    line = next(line for line in view.lines if line.id == view.touched)
    if line.qty - 1 + row.qty > MOST_PIECES:
        raise ReplayRowError(row.line, "qty", "quantity", str(row.qty))
    checkout.set_quantity(till, line.id, line.qty - 1 + row.qty)


def _counts(till: Till, baskets: Iterable[str], times: Sequence[float]) -> ReplayCounts:
    lines = total = count = 0
    for basket in baskets:
        found = sales.figures_of_basket(till.db, basket)
        count, lines, total = count + 1, lines + found[0], total + found[1]
    ordered = sorted(times)
    return ReplayCounts(count, lines, total, _percentile(ordered, 50), _percentile(ordered, 99))


def _percentile(ordered: Sequence[float], percent: int) -> float:
    """Nearest rank, in ms; 0 where nothing was measured."""
    if not ordered:
        return 0.0
    rank = -(-len(ordered) * percent // 100)
    return round(ordered[max(0, rank - 1)] * 1000, 3)
