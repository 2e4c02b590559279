"""Valet orders placed here, with HQ's answers from the terminal's feed (protocol.md, stock and valet orders)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from posclient.db import sealing
from posclient.db.connection import Connection
from posclient.db.live_cache import LiveCache
from posclient.db.row_values import fields, json_text
from posclient.db.sales import share_rows, shares_of
from posclient.domain.valet import Address, ValetLine, ValetOrder

_COLUMNS = "id, receipt, at, store, lines, discount, total, guide, member, own_guide, fact, seen_state"
UNCONFIRMED, REROUTED, REJECTED = "unconfirmed", "rerouted", "rejected"


@dataclass(frozen=True, slots=True)
class Placed:
    """An order as it stands; ``changed``: the guide has not seen this state yet."""

    order: ValetOrder
    changed: bool


def add(con: Connection, order: ValetOrder, fact: int, side: str | None) -> None:
    """Keep an order in the caller's transaction; ``side`` is the id of the address's side record."""
    from posclient.db import rows, till_member_tables, till_sale_tables

    rows.add(
        con,
        till_member_tables.ValetOrderRow,
        {
            "id": order.id,
            "fact": fact,
            "receipt": order.number,
            "at": order.at.isoformat(),
            "store": order.store,
            "month": f"{order.at:%Y-%m}",
            "guide": order.guide,
            "member": order.member,
            "own_guide": order.own_guide,
            "lines": json_text([fields(line) for line in order.lines]),
            "discount": order.discount,
            "total": order.total,
            "side": side,
        },
    )
    rows.write(con, [rows.ready(till_sale_tables.ShareRow, *share_rows(order.id, order.shares))])


def recent(cache: LiveCache, con: Connection, limit: int) -> list[Placed]:
    """The newest orders, newest first, as HQ last answered; behind them older ones that somebody has to tell their
    customer about, and that nobody has seen.
    """
    sql = f"SELECT {_COLUMNS} FROM valet_order ORDER BY number DESC LIMIT ? OFFSET ?"  # noqa: S608
    newest = [_read(cache, con, row) for row in con.execute(sql, (limit, 0)).fetchall()]
    other = "SELECT key, state, ships_from FROM valet_outcome WHERE state IN (?, ?)"
    news = {row[0]: _mark(row[1], row[2]) for row in cache.con.execute(other, (REJECTED, REROUTED)).fetchall()}
    older = con.execute(sql, (-1, limit)).fetchall() if news else []
    return newest + [_read(cache, con, row) for row in older if news.get(row[0], row[-1]) != row[-1]]


def by_id(cache: LiveCache, con: Connection, order: str) -> Placed | None:
    """One order by its id or its number for people."""
    sql = f"SELECT {_COLUMNS} FROM valet_order WHERE id = :it OR receipt = :it"  # noqa: S608
    row = con.execute(sql, {"it": order}).fetchone()
    return _read(cache, con, row) if row else None


def mark_seen(con: Connection, order: ValetOrder) -> None:
    """The guide was shown this state."""
    seen = _mark(order.state, order.ships_from)
    con.execute("UPDATE valet_order SET seen_state = ? WHERE id = ?", (seen, order.id))


def discounts_given(cache: LiveCache, con: Connection, guide: str, month: str) -> int:
    """Fen of a guide's discounts in ``month`` (YYYY-MM), without orders that HQ rejected."""
    sql = "SELECT id, discount FROM valet_order WHERE guide = ? AND month = ?"
    rows = con.execute(sql, (guide, month)).fetchall()
    return sum(discount for order, discount in rows if discount and _answer(cache, order)[0] != REJECTED)


def address(con: Connection, order: str, own_key: bytes) -> Address | None:
    """Where it goes, opened with this till's key; None where it was erased. ``DataError("sealed")``."""
    row = con.execute(
        "SELECT own FROM valet_order JOIN side_record ON side_record.id = valet_order.side WHERE valet_order.id = ?",
        (order,),
    ).fetchone()
    if row is None:
        return None
    plain = sealing.open_own(own_key, row[0])
    return Address(plain["name"], plain["phone"], plain["text"])


def _answer(cache: LiveCache, order: str) -> tuple[str, str | None, str]:
    """State, ships from, reason."""
    sql = "SELECT state, ships_from, reason FROM valet_outcome WHERE key = ?"
    row = cache.con.execute(sql, (order,)).fetchone()
    return (row[0], row[1], row[2]) if row else (UNCONFIRMED, None, "")


def _mark(state: str, ships_from: str | None) -> str:
    """What the guide has seen of an answer. An order may be moved more than once, and each place is news."""
    return f"{state} {ships_from}" if state == REROUTED else state


def _expected(con: Connection, fact: int) -> str | None:
    """The place that the customer was told of, as long as the fact's body is here."""
    row = con.execute("SELECT body FROM fact WHERE number = ?", (fact,)).fetchone()
    found: str | None = json.loads(row[0]).get("expected") if row and row[0] else None
    return found


def _read(cache: LiveCache, con: Connection, row: tuple[Any, ...]) -> Placed:
    order, number, at, store, lines, discount, total, guide, member, own_guide, fact, seen = row
    state, ships_from, reason = _answer(cache, order)
    read = ValetOrder(
        id=order,
        number=number,
        at=datetime.fromisoformat(at),
        store=store,
        lines=tuple(ValetLine(**line) for line in json.loads(lines)),
        discount=discount,
        total=total,
        guide=guide,
        member=member,
        own_guide=own_guide,
        shares=shares_of(con, order),
        state=state,
        ships_from=ships_from,
        reason=reason,
        expected=_expected(con, fact),
    )
    return Placed(read, changed=_mark(state, ships_from) != seen)
