"""售后关怀: a guide's follow-ups, and what became of them. Each change is a fact."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal

from posclient.actions import serving
from posclient.actions.till import Till
from posclient.actions.views import CareTaskView
from posclient.db import care_tasks, journal, sales
from posclient.db.care_tasks import TaskState
from posclient.domain.care import CareStep
from posclient.domain.facts import CARE_TASK_CHANGED, care_task_changed
from posclient.domain.typed_text import typed
from posclient.errors import InputError, NotFound, Refused

LONGEST_NOTE = 500
#: Stays in a script where the sale is another till's, so that its place can be filled by a word of the window's.
NO_PRODUCT = "{product}"
#: What a script may name (domain.care).
_FIELD = re.compile(r"\{(name|product|store|guide)\}")


def due(till: Till, guide: str | None, until: datetime, most: int | None = None) -> tuple[CareTaskView, ...]:
    """What ``guide`` (None: anybody of the store) has to do until then: overdue and today's first (ux.md, guide). Of
    more than ``most`` the last.
    """
    till.reference.refresh()
    return tuple(_view(till, one) for one in care_tasks.due(till.reference.cache, till.db, guide, until, most))


def change(
    till: Till,
    task: str,
    change: Literal["done", "snoozed", "cancelled"],
    note: str,
    until: datetime | None = None,
) -> CareTaskView:
    """Done, put off ``until`` then, or cancelled, with what was said.

    ``NotFound("unknown_task")``, ``Refused("task_closed")``, ``InputError``: ``note``, ``until``.
    """
    person, known = till.person(), care_tasks.by_id(till.reference.cache, till.db, task)
    if known is None:
        raise NotFound("unknown_task", task=task)
    if known.state not in care_tasks.TO_DO:
        raise Refused("task_closed", state=known.state)
    said = typed(note)
    if len(said) > LONGEST_NOTE:
        raise InputError("note", most=LONGEST_NOTE)
    if (change == "snoozed") != (until is not None) or (until is not None and until <= till.now()):
        raise InputError("until")
    state = care_tasks.OPEN if change == "snoozed" else change
    changed = TaskState(replace(known.task, due=until or known.task.due), state, said)
    with till.transaction() as con:
        body = care_task_changed(task, change, said, until, person.id, till.stamp())
        entry = journal.append(con, fact_id=till.new_id(), kind=CARE_TASK_CHANGED, content=body, at=till.wall())
        care_tasks.change(con, changed.task, entry.number, state, said)
    return _view(till, changed)


def _view(till: Till, known: TaskState) -> CareTaskView:
    task = known.task
    step = _step(till, task.cadence, task.step)
    member, sale = serving.by_id(till, task.member), sales.by_id(till.db, task.sale)
    product = sale.lines[0].name if sale else ""
    words = {
        "name": member.name if member else "",
        "product": product or NO_PRODUCT,
        "store": till.reference.store_name,
        "guide": till.reference.person(task.owner),
    }
    return CareTaskView(
        id=task.id,
        due=task.due,
        overdue=task.due < till.now(),
        state=known.state,
        step_name=step.name if step else task.step,
        member_name=member.masked_name if member else "",
        member_phone=member.masked_phone if member else "",
        product=product,
        receipt=sale.receipt if sale else "",
        script=_filled(step.script, words) if step else "",
        note=known.note,
        owner_name=till.reference.person(task.owner),
    )


def _filled(script: str, words: Mapping[str, str]) -> str:
    """In one go: braces in a customer's name mean nothing."""
    return _FIELD.sub(lambda field: words[field[1]], script)


def _step(till: Till, cadence: str, step: str) -> CareStep | None:
    for one in till.reference.book.cadences:
        if one.id == cadence:
            return next((found for found in one.steps if found.step == step), None)
    return None
