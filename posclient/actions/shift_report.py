"""The reading of a shift (X 报表): figures of today or of an earlier business day, and the head of the chain (S-24).

It only reads: a reading closes nothing and may be taken at any time, also by a reader beside the till's own work.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from posclient.actions import powers
from posclient.actions.till import Till
from posclient.db import chain_heads, outbox, shift_figures
from posclient.db.connection import snapshot
from posclient.domain.people import Staff
from posclient.domain.shift_report import ShiftFigures, ShiftReport
from posclient.errors import InputError


def report(till: Till, person: Staff | None, day: date | None = None) -> ShiftReport:
    """The reading for somebody at the till; without ``day`` of the business day that it is now.

    ``Refused``: ``logged_out``, ``not_cashier``; ``InputError("day")`` for a day that has not come and has no sales.
    """
    powers.check_report(person)
    return reading(till, day, person.name if person else "")


def reading(till: Till, day: date | None = None, read_by: str = "") -> ShiftReport:
    """The same for whoever has the data folder itself."""
    today = till.now().date()
    day = day or today
    if day > today and not shift_figures.has_sales(till.db, day):  # a clock that was ahead sold there
        raise InputError("day", day=day.isoformat(), today=today.isoformat())
    at = till.wall()
    with snapshot(till.db) as con:
        figures = shift_figures.of_day(con, day)
        waiting, head = outbox.backlog(con, at), chain_heads.head(con)
    return ShiftReport(
        store_name=till.reference.store_name,
        store=till.terminal.store,
        slot=till.terminal.slot,
        at=at,
        today=today,
        read_by=read_by,
        figures=_named(till, figures),
        waiting=waiting.count,
        waiting_amount=waiting.amount,
        head=head,
    )


def neighbour(till: Till, day: date, *, later: bool) -> date | None:
    """The nearest other business day with sales; None: there is none on that side."""
    return shift_figures.neighbours(till.db, day)[later]


def _named(till: Till, figures: ShiftFigures) -> ShiftFigures:
    guides = tuple(replace(one, name=till.reference.person(one.guide)) for one in figures.guides)
    return replace(figures, guides=guides)
