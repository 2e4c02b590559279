"""What waits for a person, and the losses by month, as CSV files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from anyio.to_thread import run_sync
from sqlmodel import Session, select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin import route
from starlette_admin.views import CustomView

from sync.hq.console.lookups import losses_by_month
from sync.hq.console.masking import NAMING, masked
from sync.hq.database import Database
from sync.hq.fact_tables import IS_EXCEPTION, FactRow, Incident, Quarantine
from sync.hq.handling import SUBJECTS, handled
from sync.hq.lease_tables import LossRow
from sync.hq.statistics import safe_cell

#: Columns by kind. Bodies stay in HQ: a file on somebody's desk is no place for them. ``*_ms`` become times.
COLUMNS: dict[str, tuple[str, ...]] = {
    "quarantine": ("number", "received_ms", "terminal", "incarnation", "seq", "kind", "kind_version", "fact", "code"),
    "incident": (
        "number", "at_ms", "code", "terminal", "incarnation", "seq", "until_seq", "fact", "expected", "found",
    ),
    "loss": (
        "number", "at_ms", "kind", "store", "terminal", "receipt", "cashier", "approver", "amount", "cap", "subject",
        "claimed", "settled",
    ),
    "exception": ("id", "received_ms", "terminal", "seq", "kind", "code"),
}  # fmt: skip
SUMS = "loss-sums"
DEALT = ("handled", "handled_by", "handled_at", "note")
TABLES: dict[str, Any] = {"quarantine": Quarantine, "incident": Incident, "loss": LossRow, "exception": FactRow}
#: Rows of one look at the database.
PART = 1000


class Downloads(CustomView):
    """``/csv/{kind}``; not in the menu, the lists point here."""

    path = "/csv"
    route_name = "downloads"
    add_to_menu = False

    def __init__(self, database: Database) -> None:
        super().__init__("CSV")
        self._database = database

    @route("/{kind}", name="csv")
    async def file(self, request: Request) -> Response:
        """One kind, all of it."""
        kind = request.path_params["kind"]
        if kind not in COLUMNS and kind != SUMS:
            raise HTTPException(404)
        text = await run_sync(self._written, kind)
        headers = {"Content-Disposition": f'attachment; filename="{kind}.csv"'}
        # the mark at the beginning tells the usual spreadsheet that this is UTF-8
        return Response(f"\ufeff{text}", media_type="text/csv; charset=utf-8", headers=headers)

    def _written(self, kind: str) -> str:
        file = io.StringIO(newline="")
        writer = csv.writer(file, lineterminator="\r\n")
        with self._database.read() as session:
            for row in _sums(session) if kind == SUMS else _rows(session, kind):
                writer.writerow([safe_cell(cell) for cell in row])
        return file.getvalue()


def _sums(session: Session) -> Iterator[tuple[object, ...]]:
    yield ("month", "store", "count", "amount")
    yield from losses_by_month(session)


def _rows(session: Session, kind: str) -> Iterator[list[object]]:
    columns, subject = COLUMNS[kind], SUBJECTS[kind].key
    yield [*(name.removesuffix("_ms") for name in columns), *DEALT]
    wanted = select(*(getattr(TABLES[kind], name) for name in columns)).execution_options(yield_per=PART)
    if kind == "exception":
        wanted = wanted.where(IS_EXCEPTION)
    for rows in session.execute(wanted.order_by(SUBJECTS[kind])).partitions():
        dealt = handled(session, kind, [getattr(row, subject) for row in rows])
        for row in rows:
            found = dealt.get(str(getattr(row, subject)))
            said = (found.how, found.administrator, _time(found.at_ms), masked(found.note)) if found else ("",) * 4
            yield [*(_cell(name, getattr(row, name)) for name in columns), *said]


def _cell(name: str, value: Any) -> object:
    if name.endswith("_ms"):
        return _time(value)
    return masked(value) if name in NAMING else value


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="seconds")
