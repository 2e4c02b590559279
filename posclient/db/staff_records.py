"""What the till itself keeps of staff: failed PINs over restarts, and the first administrator."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from posclient.db.connection import Connection
from posclient.db.instants import to_ms
from posclient.domain.people import Staff


@dataclass(frozen=True, slots=True)
class StaffLock:
    """Failed PINs in a row, and until when (Unix ms) no PIN is taken."""

    failures: int = 0
    until_ms: int = 0


@dataclass(frozen=True, slots=True)
class StaffRecord:
    """Somebody with their PIN's hash (``posclient.domain.pins``)."""

    staff: Staff
    pin_hash: str


def lock_of(con: Connection, staff: str) -> StaffLock:
    """Where ``staff`` stands; ``staff`` may be any key that PINs are counted for."""
    row = con.execute("SELECT failures, until_ms FROM staff_lock WHERE staff = ?", (staff,)).fetchone()
    return StaffLock(*row) if row else StaffLock()


def set_lock(con: Connection, staff: str, failures: int, until: datetime | None) -> None:
    """Count a failure, or with 0 forget them all."""
    until_ms = to_ms(until) if until else 0
    con.execute(
        "INSERT OR REPLACE INTO staff_lock (staff, failures, until_ms) VALUES (?, ?, ?)", (staff, failures, until_ms)
    )


def add_local(con: Connection, staff: Staff, pin_hash: str) -> None:
    """The first administrator, or the same one with a new PIN."""
    con.execute(
        "INSERT OR REPLACE INTO local_staff (id, name, badge, roles, pin_hash) VALUES (?, ?, ?, ?, ?)",
        (staff.id, staff.name, staff.badge, json.dumps(sorted(staff.roles)), pin_hash),
    )


def local(con: Connection) -> list[StaffRecord]:
    """Staff that were set up here."""
    return read_records(con.execute("SELECT id, name, badge, roles, pin_hash FROM local_staff ORDER BY id"))


def read_records(rows: Iterable[tuple[str, str, str, str, str]]) -> list[StaffRecord]:
    """Rows of id, name, badge, roles (a JSON array) and PIN hash."""
    return [
        StaffRecord(Staff(staff, name, badge, frozenset(json.loads(roles))), pin_hash)
        for staff, name, badge, roles, pin_hash in rows
    ]
