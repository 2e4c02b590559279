"""What somebody did that a manager may ask about: voids, price overrides, approvals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from posclient.db.connection import Connection
from posclient.db.row_values import json_text


@dataclass(frozen=True, slots=True)
class Audited:
    """One entry; ``staff`` is None when nobody was logged in."""

    number: int
    at: datetime
    staff: str | None
    action: str
    detail: Mapping[str, Any]


def add(con: Connection, at: datetime, staff: str | None, action: str, detail: Mapping[str, Any]) -> None:
    """Note an act in the caller's transaction; ``detail`` is plain JSON without personal data.

    ``at``: of what a shift's report counts the business time, as of its sales: a clock that was put back would take it
    out of the shift that it was done in (S-16).
    """
    values = (at.isoformat(), staff, action, json_text(detail))
    con.execute("INSERT INTO audit (at, staff, action, detail) VALUES (?, ?, ?, ?)", values)


def recent(con: Connection, limit: int) -> list[Audited]:
    """The newest entries, newest first."""
    found = con.execute("SELECT number, at, staff, action, detail FROM audit ORDER BY number DESC LIMIT ?", (limit,))
    return [
        Audited(number, datetime.fromisoformat(at), staff, action, json.loads(detail))
        for number, at, staff, action, detail in found
    ]


def amount_of_day(con: Connection, action: str, day: date) -> int:
    """The fen (``amount`` of the details) that entries of ``action`` name on a local day."""
    (found,) = con.execute(
        "SELECT coalesce(sum(json_extract(detail, '$.amount')), 0) FROM audit"
        " WHERE action = ? AND substr(at, 1, 10) = ?",
        (action, day.isoformat()),
    ).fetchone()
    return int(found)
