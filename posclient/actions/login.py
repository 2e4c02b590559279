"""Who is at the till, by PIN or badge; and a manager's PIN for one act (T-68).

Wrong PINs are counted in till.db, so neither a restart nor a clock that was put back gives more tries (S-23).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from posclient.actions import limits, powers, ringing
from posclient.actions.colleagues import records as _records
from posclient.actions.till import Till
from posclient.db import audit, staff_records, terminal
from posclient.db.instants import to_ms
from posclient.db.staff_records import StaffRecord
from posclient.domain.offline_limits import LOCKED
from posclient.domain.people import Staff
from posclient.domain.pins import is_pin
from posclient.errors import NotFound, Refused

#: Wrong PINs in a row before the first wait.
FREE_TRIES = 5
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
#: Whom a wrong PIN counts for when nobody was named: the till as a whole.
ANYBODY = ""
#: After so long without one the wrong PINs of nobody in particular are forgotten: they are those of a whole store.
FORGOTTEN = timedelta(hours=1)


def staff(till: Till) -> tuple[Staff, ...]:
    """Who may log in here, by name."""
    return tuple(sorted((one.staff for one in _records(till)), key=lambda person: (person.name, person.id)))


def log_in(till: Till, pin: str, staff_id: str | None = None) -> Staff:
    """Log in by PIN, which alone is enough while it is one person's only.

    ``Refused``: ``wrong_pin`` (``left`` tries), ``locked`` (``seconds``), ``choose_person`` (two have this PIN),
    ``locked_out`` (a month without HQ, and no open sale has taken money, which can always be finished).
    """
    if not till.selling.cart.has_money:
        limits.refuse(till, LOCKED)
    records = [one for one in _records(till) if staff_id in {None, one.staff.id}]
    person = _whose(till, pin, records, staff_id or ANYBODY)
    return _enter(till, person)


def log_in_by_badge(till: Till, badge: str, pin: str) -> Staff:
    """Log in by badge and PIN. ``NotFound("unknown_badge")``."""
    for one in _records(till):
        if badge and one.staff.badge == badge:
            return log_in(till, pin, one.staff.id)
    raise NotFound("unknown_badge", badge=badge[:40])


def log_out(till: Till) -> None:
    """Nobody is at the till. The open cart stays, and so does everything unsent (T-9)."""
    if till.staff is not None:
        _note(till, till.staff, "log_out", {})
    till.staff = None


def approve(till: Till, pin: str, action: str) -> Staff:
    """A manager's PIN for one act: nothing stays unlocked, and the approver is named in the audit (T-68).

    ``Refused``: as ``log_in``, and ``not_manager`` when the PIN is that of somebody else. Of managers who share a PIN
    it is that of the one who is logged in, which took a name and the PIN: at an approval there is no name to choose.
    """
    approver = _whose(till, pin, _records(till), "approve", prefer_managers=True)
    powers.check_manager(approver)
    _note(till, approver, "approve", {"action": action, "for": till.staff.id if till.staff else None})
    return approver


def confirm_time(till: Till, pin: str) -> None:
    """A manager says that the clock, more than a day ahead of the last sale, is right (protocol.md, clocks)."""
    till.hear_time()
    now = till.now()
    approver = approve(till, pin, "confirm_time")
    with till.transaction() as con:
        terminal.raise_floor(con, now)
        audit.add(con, now, approver.id, "confirm_time", {"floor_ms": till.time.floor_ms})
    till.hear_time()


def _enter(till: Till, person: Staff) -> Staff:
    _note(till, person, "log_in", {})
    till.staff = person
    ringing.greet(till, person)
    return person


def _whose(
    till: Till, pin: str, records: Iterable[StaffRecord], counted_for: str, *, prefer_managers: bool = False
) -> Staff:
    """The one person whose PIN it is; a wrong one is counted before anybody hears of it."""
    failures = _failures(till, counted_for)
    found = [one.staff for one in records if is_pin(pin, one.pin_hash)]
    if not found:
        _count_failure(till, counted_for, failures + 1)
    if prefer_managers:
        managers = [one for one in found if one.is_manager]
        here = till.staff.id if till.staff else None  # their row may be another since they logged in
        found = [one for one in managers if one.id == here] or managers or found[:1]
    guesses_at_managers = prefer_managers or counted_for == ANYBODY  # one's own PIN gives no more tries at theirs
    if failures and (not guesses_at_managers or any(one.is_manager for one in found)):
        with till.transaction() as con:
            staff_records.set_lock(con, counted_for, 0, None)
    if len(found) > 1:
        why = "approval" if prefer_managers else "log_in"
        raise Refused("choose_person", names=", ".join(one.name for one in found), why=why)
    return found[0]


def _failures(till: Till, counted_for: str) -> int:
    """Wrong PINs so far. ``Refused("locked")`` while the wait for the last one runs."""
    lock, now = staff_records.lock_of(till.db, counted_for), till.now()
    until_ms = min(lock.until_ms, to_ms(now + LONGEST_WAIT))
    if until_ms < lock.until_ms:  # it began while the clock was ahead, and would last until then
        with till.transaction() as con:
            staff_records.set_lock(con, counted_for, lock.failures, now + LONGEST_WAIT)
    left_ms = until_ms - to_ms(now)
    if counted_for == ANYBODY and -left_ms >= FORGOTTEN // timedelta(milliseconds=1):
        return 0
    if left_ms > 0 and lock.failures >= FREE_TRIES:
        raise Refused("locked", seconds=-(-left_ms // 1000))
    return lock.failures


def _count_failure(till: Till, counted_for: str, failures: int) -> None:
    """The lock keeps until when to wait, or since when not."""
    over = failures - FREE_TRIES
    wait = min(FIRST_WAIT * 2 ** min(over, 10), LONGEST_WAIT) if over >= 0 else timedelta()
    with till.transaction() as con:
        staff_records.set_lock(con, counted_for, failures, till.now() + wait)
    if wait:
        raise Refused("locked", seconds=int(wait.total_seconds()))
    raise Refused("wrong_pin", left=FREE_TRIES - failures)


def _note(till: Till, person: Staff, action: str, detail: dict[str, str | None]) -> None:
    with till.transaction() as con:
        audit.add(con, till.now(), person.id, action, dict(detail))
