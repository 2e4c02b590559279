"""Finished sales: written whole in one transaction, read back whole."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from posclient.db.connection import Connection
from posclient.db.instants import to_ms
from posclient.db.row_values import fields, instant, json_text
from posclient.domain.attribution import Share
from posclient.domain.care import CareTask
from posclient.domain.sale import CouponUse, Sale, SaleDiscount, SaleLine
from posclient.domain.tenders import Payment

if TYPE_CHECKING:
    from posclient.db.rows import Rows

_HEADER = (
    "id, receipt, seq, basket, at, business_date, shift, store, slot, cashier, guide, member, claimed_code, own_guide,"
    " rounding, gross, total, points, points_base, priced"
)
_NAMES = _HEADER.replace(",", " ").split()
_LINE = (
    "id, sku, gtin, name, variant, qty, list_price, unit_price, gross, net, tax_bp, guide, discounts, reason, approver"
)
_PAYMENTS = "SELECT id, tender, amount, tendered, reference FROM payment WHERE sale = ? ORDER BY position"


def rows_of(sale: Sale, number: int, fact: int) -> list[Rows]:
    """All rows of ``sale``: ``number`` is its own, ``fact`` its journal entry's. ``db.sale_commit`` writes them."""
    from posclient.db import till_sale_tables as tables
    from posclient.db.rows import ready

    header = {name: getattr(sale, name) for name in _NAMES}
    header |= {"number": number, "fact": fact, "at": sale.at.isoformat()}
    header |= {"business_date": sale.business_date.isoformat(), "priced": json_text(sale.priced)}
    payments = ({"sale": number, "position": at, **fields(one)} for at, one in enumerate(sale.payments))
    return [
        ready(tables.SaleRow, header),
        ready(tables.SaleLineRow, *(_line_row(number, at, line) for at, line in enumerate(sale.lines))),
        ready(tables.PaymentRow, *payments),
        ready(tables.CouponUseRow, *(_use_row(number, at, use) for at, use in enumerate(sale.coupons))),
        ready(tables.StockMoveRow, *({"sku": sku, "fact": fact, "qty": -qty} for sku, qty in _pieces(sale).items())),
        ready(tables.ShareRow, *share_rows(sale.id, sale.shares)),
        # a disk was put back, and the cart sold before: its follow-up, which HQ sent, may be done (S-19)
        ready(tables.CareTaskRow, *(task_row(task, fact) for task in sale.tasks), unless_there=True),
        ready(tables.ReceiptPrintRow, {"sale": sale.id}),
    ]


def task_row(task: CareTask, fact: int) -> dict[str, Any]:
    """A care task as its table has it."""
    return {**fields(task), "fact": fact, "due": task.due.isoformat(), "due_ms": to_ms(task.due)}


def share_rows(source: str, shares: Sequence[Share]) -> Iterator[dict[str, Any]]:
    """Attribution of a sale or valet order as its table has it."""
    return ({"source": source, "position": at, **fields(share)} for at, share in enumerate(shares))


def by_id(con: Connection, sale_id: str) -> Sale | None:
    """A sale as it was committed."""
    return _one(con, "id", sale_id)


def by_receipt(con: Connection, receipt: str) -> Sale | None:
    """The sale of a receipt number."""
    return _one(con, "receipt", receipt)


def of_basket(con: Connection, basket: str) -> str | None:
    """The id of the sale that rang up a replayed basket."""
    row = con.execute("SELECT id FROM sale WHERE basket = ?", (basket,)).fetchone()
    return row[0] if row else None


def figures_of_basket(con: Connection, basket: str) -> tuple[int, int]:
    """How many lines the sale of a replayed basket has, and its total in fen."""
    row = con.execute(
        "SELECT count(*), total FROM sale JOIN sale_line ON sale_line.sale = sale.number WHERE basket = ?", (basket,)
    ).fetchone()
    return int(row[0]), int(row[1] or 0)


def last_id(con: Connection) -> str | None:
    """The newest sale's id."""
    row = con.execute("SELECT id FROM sale ORDER BY number DESC LIMIT 1").fetchone()
    return row[0] if row else None


def recent(con: Connection, limit: int) -> list[Sale]:
    """The newest sales, newest first."""
    numbers = con.execute("SELECT number FROM sale ORDER BY number DESC LIMIT ?", (limit,)).fetchall()
    return [_read(con, number) for (number,) in numbers]


def used_coupons(con: Connection, coupons: Iterable[str]) -> set[str]:
    """Which of ``coupons`` a sale of this till has taken."""
    found = con.execute(
        "SELECT DISTINCT coupon FROM coupon_use WHERE coupon IN (SELECT value FROM json_each(?))",
        (json_text(list(coupons)),),
    )
    return {coupon for (coupon,) in found}


def mark_printed(con: Connection, sale_id: str, now: datetime) -> None:
    """The receipt is out, or was not wanted; a further time is a copy."""
    con.execute(
        "UPDATE receipt_print SET copies = copies + (printed_ms IS NOT NULL), printed_ms = coalesce(printed_ms, ?)"
        " WHERE sale = ?",
        (to_ms(now), sale_id),
    )


#: Slips are asked for of so many last sales: a till without a printer has no others (``not_printed``).
AMONG = 20


def not_printed(con: Connection, among: int = AMONG) -> list[str]:
    """Ids of the sales without a receipt yet, oldest first (T-2), ``among`` the last ones that people rang up.

    A till without a printer has no others, so the list must not grow with the years.
    """
    found = con.execute(
        "SELECT id FROM (SELECT id, number FROM sale WHERE basket IS NULL ORDER BY number DESC LIMIT ?)"
        " JOIN receipt_print ON receipt_print.sale = id WHERE printed_ms IS NULL ORDER BY number",
        (among,),
    )
    return [sale for (sale,) in found]


def _line_row(sale: int, position: int, line: SaleLine) -> dict[str, Any]:
    discounts = [[one.source, one.name, one.amount] for one in line.discounts]
    return {**fields(line), "sale": sale, "position": position, "discounts": json_text(discounts)}


def _use_row(sale: int, position: int, use: CouponUse) -> dict[str, Any]:
    until = use.until.isoformat() if use.until else None
    return {**fields(use), "sale": sale, "position": position, "until": until}


def _pieces(sale: Sale) -> Mapping[str, int]:
    pieces: dict[str, int] = {}
    for line in sale.lines:
        pieces[line.sku] = pieces.get(line.sku, 0) + line.qty
    return pieces


def _one(con: Connection, column: str, value: str) -> Sale | None:
    row = con.execute(f"SELECT number FROM sale WHERE {column} = ?", (value,)).fetchone()  # noqa: S608 - our own name
    return _read(con, row[0]) if row else None


def _read(con: Connection, number: int) -> Sale:
    row = con.execute(f"SELECT {_HEADER} FROM sale WHERE number = ?", (number,)).fetchone()  # noqa: S608
    header = dict(zip(_NAMES, row, strict=True))
    header["at"] = datetime.fromisoformat(header["at"])
    header["business_date"] = date.fromisoformat(header["business_date"])
    header["priced"] = json.loads(header["priced"])
    return Sale(
        **header,
        lines=_lines(con, number),
        payments=tuple(Payment(*row) for row in con.execute(_PAYMENTS, (number,))),
        coupons=_uses(con, number),
        shares=shares_of(con, header["id"]),
        tasks=tasks_of(con, header["id"]),
    )


def shares_of(con: Connection, source: str) -> tuple[Share, ...]:
    """Attribution of a sale or valet order."""
    found = con.execute("SELECT line, guide, role, bp, amount FROM share WHERE source = ? ORDER BY position", (source,))
    return tuple(Share(*row) for row in found)


def tasks_of(con: Connection, sale_id: str) -> tuple[CareTask, ...]:
    """The follow-ups that a sale made."""
    found = con.execute(
        "SELECT id, sale, member, owner, cadence, step, due FROM care_task WHERE sale = ? ORDER BY due_ms, id",
        (sale_id,),
    )
    return tuple(CareTask(*(*row[:6], datetime.fromisoformat(row[6]))) for row in found)


def _uses(con: Connection, number: int) -> tuple[CouponUse, ...]:
    found = con.execute(
        "SELECT coupon, amount, until, template FROM coupon_use WHERE sale = ? ORDER BY position", (number,)
    )
    return tuple(CouponUse(coupon, amount, instant(until), template) for coupon, amount, until, template in found)


def _lines(con: Connection, number: int) -> tuple[SaleLine, ...]:
    found = con.execute(f"SELECT {_LINE} FROM sale_line WHERE sale = ? ORDER BY position", (number,))  # noqa: S608
    return tuple(
        SaleLine(*(*row[:12], tuple(SaleDiscount(*one) for one in json.loads(row[12])), *row[13:])) for row in found
    )
