"""A fact in quarantine is tried again: HQ was upgraded, or what it lacked is here now (T-14, T-18).

It is the same fact with the same bytes in its old place of the chain; only its effects come later than they should.
What worked is kept as ``applied`` beside the row in quarantine, which stays. Or a person deals with it otherwise. The
till, which was told that the fact lies here, is told of either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from posclient.domain.ids import Clock
from posclient.errors import InputError, NotFound
from sync.hq.bodies import Body, UnreadableError, read_body
from sync.hq.console_tables import Handled
from sync.hq.database import Database
from sync.hq.effects import apply_effect
from sync.hq.fact_tables import FactRow, Quarantine
from sync.hq.feeds import Change, publish, terminal_feed
from sync.hq.handling import APPLIED, RETRY, SETTLED, note_act, note_handled, settle
from sync.hq.identity import Keys
from sync.hq.receiving import BAD_CONTENT
from sync.hq.sides import kept
from sync.hq.tables import Terminal
from sync.hq.work import Work

#: What its till hears of a fact that lay in quarantine: it counts after all, or somebody has dealt with it otherwise.
APPLIED_LATER, DISMISSED = "applied_later", "dismissed"
#: Why a fact is in quarantine, where trying again can help. A fork, an altered fact or a doubled id never counts.
AGAIN = frozenset({"unknown_kind", "unreadable", "side_missing", "side_unreadable", "not_applied", "revoked"})


@dataclass(frozen=True, slots=True)
class Tried:
    """``outcome``: applied, applied_with_exception, or quarantined as before; ``code``: of the exception, or why."""

    outcome: str
    code: str | None


def try_again(database: Database, clock: Clock, keys: Keys, who: str, number: int) -> Tried:
    """Apply the fact of a row in quarantine; it counts as a whole or not at all. The audit keeps either.

    Raises:
        NotFound: ``no_quarantined``.
        InputError: ``not_to_be_tried`` (code=): it would never count; ``applied_already``.
    """
    try:
        with database.write(shared=True) as session:
            row = _row(session, number)
            work = Work(session, session.get_one(Terminal, row.terminal), keys, clock)
            tried = _apply(session, work, row)
            note_handled(session, clock, who, "quarantine", str(number), APPLIED, "")
            note_act(session, clock, who, RETRY, str(number), tried.code or tried.outcome)
            work.finish()
            return tried
    except UnreadableError as fault:
        tried = Tried("quarantined", fault.code)
    except BAD_CONTENT:
        tried = Tried("quarantined", "not_applied")
    with database.write() as session:
        note_act(session, clock, who, RETRY, str(number), f"quarantined: {tried.code}")
    return tried


def dismiss(session: Session, clock: Clock, who: str, number: int, note: str) -> None:
    """Somebody has dealt with a row in quarantine, and says how; the end of its transaction. Errors as ``settle``."""
    settle(session, clock, who, "quarantine", str(number), note)
    row = session.get(Quarantine, number)
    dealt = session.get(Handled, ("quarantine", str(number)))
    if row is not None and dealt is not None and dealt.how == SETTLED:
        publish(session, _dismissed(session, row))


def _dismissed(session: Session, row: Quarantine) -> list[Change]:
    """It never counts at HQ, so the till goes on adding its effect; nothing is said of another fact that has its id."""
    fact = session.get(FactRow, row.fact)
    if fact is not None and fact.hash != row.hash:
        return []
    return [_told(row, DISMISSED, **({"aside": True} if fact is not None else {}))]


def _told(row: Quarantine, code: str, **detail: Any) -> Change:
    data = {"fact": row.fact, "code": code, "detail": {"was": row.code, **detail}}
    return Change(terminal_feed(row.terminal), "fact_outcome", row.fact, data)


def _row(session: Session, number: int) -> Quarantine:
    row = session.get(Quarantine, number)
    if row is None:
        raise NotFound("no_quarantined", number=number)
    if row.code not in AGAIN:
        raise InputError("not_to_be_tried", code=row.code)
    dealt = session.get(Handled, ("quarantine", str(number)))
    if dealt is not None and dealt.how == APPLIED:
        raise InputError("applied_already")
    return row


def _apply(session: Session, work: Work, row: Quarantine) -> Tried:
    fact = session.get_one(FactRow, row.fact)
    received = kept(session, fact)
    content: Body = read_body(fact.kind, fact.kind_version, fact.body)
    work.load([content])
    work.changes.append(_told(row, APPLIED_LATER))  # an exception puts its own word in the place
    code = apply_effect(work, received, content)
    fact.outcome, fact.code = "applied_with_exception" if code else "applied", code
    return Tried(fact.outcome, code)
