"""The facts before a thin batch, by which it was packed: HQ has them, byte for byte (docs/protocol.md, push)."""

from __future__ import annotations

from sqlmodel import col, select

from posclient.errors import LinkError
from sync.hq.database import Database
from sync.hq.fact_tables import FactRow
from sync.thin import MOST_BASE_BYTES, Base, named, unpack


def lines_of(database: Database, terminal: str, packed: bytes, header: str) -> bytes:
    """The lines of a batch of ``terminal``; ``header`` names its base, or is empty.

    Raises:
        LinkError: ``base_missing``: HQ has not all of those facts, or others; ``too_large``, ``bad_request``.
    """
    return unpack(packed, _base(database, terminal, header) if header else None)


def _base(database: Database, terminal: str, header: str) -> Base:
    place = named(header)
    if place is None:
        raise LinkError("base_missing")
    incarnation, first, last = place
    mine = (FactRow.terminal == terminal, FactRow.incarnation == incarnation, col(FactRow.seq).between(first, last))
    with database.read() as session:
        bodies = session.exec(select(FactRow.body).where(*mine).order_by(col(FactRow.seq))).all()
    if len(bodies) != last - first + 1 or sum(map(len, bodies)) > MOST_BASE_BYTES:
        raise LinkError("base_missing")
    return Base(incarnation, first, bodies)
