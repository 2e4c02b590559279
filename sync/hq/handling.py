"""What went wrong and waits for a person, and who has dealt with it. Nothing is ever deleted (T-14)."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, String, cast, exists
from sqlmodel import Session, col, select

from posclient.domain.ids import Clock
from posclient.errors import InputError
from sync.hq.clock import milliseconds
from sync.hq.console_tables import ConsoleAct, Handled
from sync.hq.fact_tables import FactRow, Incident, Quarantine
from sync.hq.lease_tables import LossRow

log = logging.getLogger(__name__)

#: What there is to deal with, and what its subject is.
SUBJECTS: Mapping[str, Any] = {
    "quarantine": Quarantine.number, "incident": Incident.number, "loss": LossRow.number, "exception": FactRow.id,
}  # fmt: skip
SETTLED, APPLIED = "settled", "applied"
#: Who the audit names where nobody logged in: whoever may run commands on HQ's machine, a machine of the chain, HQ by
#: itself.
COMMAND_LINE, ADMINISTRATION, PROGRAM = "command line", "administration", "HQ"
#: What the audit calls it that a fact in quarantine is tried again.
RETRY = "retry"
LEAST_NOTE, MOST_NOTE = 2, 500


def is_open(kind: str) -> ColumnElement[bool]:
    """Of the rows of ``SUBJECTS[kind]``'s table: nobody has dealt with it yet."""
    subject = cast(col(SUBJECTS[kind]), String)
    return ~exists().where(col(Handled.kind) == kind, col(Handled.subject) == subject)


def handled(session: Session, kind: str, subjects: Collection[object]) -> dict[str, Handled]:
    """Who dealt with which of ``subjects``."""
    wanted = [str(one) for one in subjects]
    found = session.execute(select(Handled).where(Handled.kind == kind, col(Handled.subject).in_(wanted))).scalars()
    return {one.subject: one for one in found}


def settle(session: Session, clock: Clock, who: str, kind: str, subject: str, note: str) -> None:
    """Somebody has dealt with it, and says how. A later word replaces an earlier one; both stay in the audit.

    Raises:
        InputError: ``note_wanted`` (least=), ``note_too_long`` (most=).
    """
    said = note.replace("\0", "").strip()
    if len(said) < LEAST_NOTE:
        raise InputError("note_wanted", least=LEAST_NOTE)
    if len(said) > MOST_NOTE:
        raise InputError("note_too_long", most=MOST_NOTE)
    note_handled(session, clock, who, kind, subject, SETTLED, said)
    note_act(session, clock, who, f"settle_{kind}", subject, said)


def note_handled(session: Session, clock: Clock, who: str, kind: str, subject: str, how: str, note: str) -> None:
    """Keep who dealt with it; what was applied stays so."""
    found = session.get(Handled, (kind, subject))
    if found is not None and found.how == APPLIED:
        how = APPLIED
    session.merge(Handled(kind=kind, subject=subject, how=how, note=note, administrator=who, at_ms=milliseconds(clock)))


def note_act(session: Session, clock: Clock, who: str, act: str, subject: str, note: str = "") -> ConsoleAct:
    """One line of the audit, and one in the log without the note."""
    log.info("console", extra={"admin": who, "act": act})
    line = ConsoleAct(at_ms=milliseconds(clock), administrator=who, act=act, subject=subject, note=note)
    session.add(line)
    return line
