"""What HQ holds, counted from the stored lines, and the list of sales (``posclient hq stats`` and ``export``)."""

from __future__ import annotations

import csv
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import func, literal_column, text
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, select

from posclient.errors import InputError
from sync.hq.bulk import is_postgres
from sync.hq.database import Database
from sync.hq.fact_tables import CouponUseRow, Incident, Quarantine, Resent, SaleLineRow, SaleRow
from sync.hq.lease_tables import LossRow
from sync.hq.tables import Terminal

EXPORT_COLUMNS = ("basket", "receipt", "terminal", "total")
#: What a spreadsheet takes for a formula (S-8): also behind a quote or blanks.
_FORMULA = re.compile(r"[\s'\"]*[=+\-@]|[\t\r\n]")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def count_all(database: Database) -> dict[str, int]:
    """The figures of ``hq stats``. ``total``: fen after discounts, before cash rounding."""
    with database.read() as session:
        return {
            "sales": _count(session, select(func.count()).select_from(SaleRow)),
            "lines": _count(session, select(func.count()).select_from(SaleLineRow)),
            "total": _count(session, select(func.sum(SaleLineRow.net))),
            "duplicates": sum(_doubled(session, one) for one in (SaleRow.id, SaleRow.receipt, SaleRow.basket)),
            "resent": _count(session, select(func.sum(Resent.facts))),
            "quarantined": _count(session, select(func.count()).select_from(Quarantine)),
            "incidents": _count(session, select(func.count()).select_from(Incident)),
            "coupons_used": _count(session, select(func.count()).select_from(CouponUseRow)),
            "coupons_used_twice": _count(
                session,
                select(func.count(func.distinct(CouponUseRow.coupon))).where(col(CouponUseRow.first).is_(False)),
            ),
            "settlements": _count(session, select(func.count()).select_from(LossRow).where(LossRow.kind == "coupon")),
            "losses": _count(session, select(func.sum(LossRow.amount))),
            "terminals": _count(
                session, select(func.count()).select_from(Terminal).where(col(Terminal.enrolled_ms).is_not(None))
            ),
        }


def export_sales(database: Database, path: Path) -> int:
    """Write one row a sale: replayed ones by basket, then till by till as they were rung up. The number of sales.

    The file appears when it is whole; what is there and no file of its own (``/dev/stdout``, a pipe, a link) is written
    to as it is. ``InputError("cannot_write")``.
    """
    try:
        if path.is_symlink() or (path.exists() and not path.is_file()):
            with path.open("w", encoding="utf-8", newline="") as file:
                return _write_sales(database, file)
        return _export_whole(database, path)
    except OSError as error:
        raise InputError("cannot_write", path=str(path), reason=error.strerror) from None


def _export_whole(database: Database, path: Path) -> int:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:50]}.")
    part = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            count = _write_sales(database, file)
        part.chmod(0o644)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return count


def _write_sales(database: Database, file: TextIO) -> int:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(EXPORT_COLUMNS)
    count = 0
    with database.read() as session:
        if is_postgres(session):  # whoever reads a pipe has all the time they want, and a reader is in nobody's way
            session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        for row in _sales(session):
            writer.writerow([safe_cell(cell) for cell in row])
            count += 1
    return count


def safe_cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula; numbers stay numbers (S-8)."""
    text = "" if value is None else str(value)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def _sales(session: Session) -> Iterator[tuple[Any, ...]]:
    found = session.exec(
        select(SaleRow.basket, SaleRow.receipt, SaleRow.terminal, SaleRow.total)
        .order_by(col(SaleRow.basket).is_(None), col(SaleRow.basket), SaleRow.terminal, col(SaleRow.seq), SaleRow.fact)
        .execution_options(yield_per=2000)
    )
    yield from (tuple(row) for row in found)


def _count(session: Session, statement: Any) -> int:
    return int(session.exec(statement).one() or 0)


def _doubled(session: Session, column: Any) -> int:
    """How many values are stored more than once."""
    many: ColumnElement[Any] = func.count(literal_column("*")) > 1
    groups = select(column).where(col(column).is_not(None)).group_by(column).having(many).subquery()
    return _count(session, select(func.count()).select_from(groups))
