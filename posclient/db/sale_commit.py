"""The transaction of a sale: it only writes, since all that it writes is made before it begins.

While it lasts no other thread can write, and the customer waits (protocol.md: within three times the bare rows). What
only the database may give, the numbers of receipt, sale and fact, is looked up before as well; the transaction's first
statement holds it against the counters, and where somebody was faster all is made again inside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from posclient.db import journal
from posclient.db.connection import Connection
from posclient.db.instants import to_ms
from posclient.db.sales import rows_of
from posclient.domain.codes import format_receipt_no
from posclient.domain.facts import SALE_COMPLETED, make_fact
from posclient.domain.sale import Sale
from posclient.errors import DataError

if TYPE_CHECKING:
    from posclient.db.rows import Rows

#: The sale takes its place if it is still the next one, and ``floor_ms`` becomes the latest business time used.
_TAKE = (
    "UPDATE terminal SET next_seq = next_seq + 1, next_receipt_seq = next_receipt_seq + 1, last_hash = ?,"
    " floor_ms = max(floor_ms, ?) WHERE incarnation = ? AND next_seq = ? AND next_receipt_seq = ?"
)
#: Until shifts are opened by people: one per local day, opened by the day's first sale.
_OPEN_SHIFT = "INSERT INTO shift VALUES (?, ?, ?) ON CONFLICT DO NOTHING"


@dataclass(frozen=True, slots=True)
class ReadySale:
    """A numbered sale with all its rows. ``draft``, ``content`` and ``wall`` are what it was made of."""

    sale: Sale
    rows: tuple[Rows, ...]
    taken: tuple[bytes, str, int, int]
    draft: Sale
    content: Mapping[str, Any]
    wall: datetime


def prepare(con: Connection, draft: Sale, content: Mapping[str, Any], wall: datetime) -> ReadySale:
    """Number ``draft`` and make its rows. ``content``: the body of its fact but for the number; ``wall``: the clock.

    Error: ``not_enrolled``.
    """
    seat = journal.next_seat(con)
    receipt_seq, number = con.execute(
        "SELECT next_receipt_seq, (SELECT coalesce(max(number), 0) + 1 FROM sale) FROM terminal"
    ).fetchone()
    numbered: dict[str, Any] = {
        "receipt": format_receipt_no(draft.store, draft.slot, draft.business_date, receipt_seq),
        "seq": receipt_seq,
        "shift": draft.business_date.isoformat(),
    }
    sale = replace(draft, **numbered)
    fact = make_fact(
        seat.previous, seat.terminal, seat.incarnation, seat.seq, sale.id, SALE_COMPLETED, {**content, **numbered}
    )
    rows = (*journal.rows_of(seat, fact, wall, sale.total), *rows_of(sale, number, seat.number))
    return ReadySale(sale, rows, (fact.hash, seat.incarnation, seat.seq, receipt_seq), draft, content, wall)


def write(con: Connection, ready: ReadySale, floor: datetime | None = None) -> Sale:
    """Write ``ready`` in the caller's transaction; gives the sale as it is numbered.

    ``floor``: the business time that is used up by it (protocol.md, clocks). A basket or id that is there already is a
    bug of the caller and raises ``sqlite3.IntegrityError``.
    """
    from posclient.db import rows

    if not con.in_transaction:
        raise RuntimeError("a sale is written inside a transaction")
    if not _take(con, ready, floor):
        ready = prepare(con, ready.draft, ready.content, ready.wall)
        if not _take(con, ready, floor):
            raise DataError("not_enrolled")
    sale = ready.sale
    con.execute(_OPEN_SHIFT, (sale.shift, sale.business_date.isoformat(), to_ms(sale.at)))
    rows.write(con, ready.rows)
    return sale


def _take(con: Connection, ready: ReadySale, floor: datetime | None) -> bool:
    digest, *place = ready.taken
    return con.execute(_TAKE, (digest, to_ms(floor) if floor else 0, *place)).rowcount == 1
