"""售后关怀: the tasks of a sale, and what guides did with them."""

from __future__ import annotations

import json

from sqlmodel import select

from sync.hq.bodies import CareTaskChangedV1, Task
from sync.hq.erasing import CANCELLED, is_forgotten
from sync.hq.fact_tables import CareTaskRow, SaleRow
from sync.hq.feeds import store_feed
from sync.hq.tables import FeedRow
from sync.hq.work import Received, Work

OPEN, SNOOZED = "open", "snoozed"
_CLOSED = ("done", CANCELLED)
#: The sale of a task that has not come yet.
_NONE = ""


def add_task(work: Work, store: str, sale: str, task: Task) -> None:
    """A new task, into the feed of the store that does it; its id is the till's, so that its row replaces the till's
    own.
    """
    row = CareTaskRow(store=_done_in(work, store, task), sale=sale, state=OPEN, **task.model_dump())
    early = _early(work, task.id)
    if early is not None and _works_in(work, early.store, task.owner):
        row.store = early.store
    if early is not None and early.store in {store, row.store}:
        row.state, row.note, row.due = early.state, early.note, early.due or row.due
    forgotten = _is_forgotten(work, row)
    if forgotten:
        row.state = CANCELLED
    if early is None:
        work.add(CareTaskRow, **row.model_dump())
    else:
        early.sqlmodel_update(row.model_dump())
    if not forgotten:
        _publish(work, row)


def task_changed(work: Work, received: Received, change: CareTaskChangedV1) -> str | None:
    """Done, snoozed (due again ``until``) or cancelled. What is to be done for a forgotten member is cancelled.

    What was ended stays so for whoever put it off before they heard of that. A word about a task that is not here is
    kept: after a restore its sale may come later, from another till of the store. The till that sold has it until it
    hears from HQ, also where it is done in another store; and the owner's may have it from before a restore.
    """
    work.write_rows(CareTaskRow)
    row = work.get(CareTaskRow, change.task)
    if row is None:
        row = CareTaskRow(
            id=change.task, store=work.terminal.store, sale=_NONE, member="", owner="", cadence="", step="", due="",
            state=OPEN,
        )  # fmt: skip
        work.make(row, row.id)
    if row.store != work.terminal.store and not _is_theirs(work, row):
        return work.exception(received.fact.id, "unknown_task", task=change.task)
    forgotten = _is_forgotten(work, row)
    if change.change != SNOOZED:
        row.state, row.note = change.change, change.note
    elif row.state not in _CLOSED:
        row.state, row.note, row.due = CANCELLED if forgotten else SNOOZED, change.note, change.until or row.due
    if row.sale == _NONE:
        return work.exception(received.fact.id, "unknown_task", task=change.task)
    if not forgotten:
        _publish(work, row)
    return None


def _done_in(work: Work, store: str, task: Task) -> str:
    """Where it was sold; but the own guide of a guest is at the guest's home, and sees that store's feed alone."""
    member = work.member(task.member)
    home = member.home_store if member is not None else None
    away = home is not None and home != store and not _works_in(work, store, task.owner)
    return home if home is not None and away and _works_in(work, home, task.owner) else store


def _works_in(work: Work, store: str, staff: str) -> bool:
    row = work.get(FeedRow, (store_feed(store), "staff", staff))
    return row is not None and row.data is not None and json.loads(row.data).get("active") is True


def _is_theirs(work: Work, row: CareTaskRow) -> bool:
    """Did this till's store make the sale, which may be of this very batch, or does its owner work here?"""
    store = work.terminal.store
    work.write_rows(SaleRow)
    made = select(SaleRow.fact).where(SaleRow.id == row.sale, SaleRow.store == store)
    return work.session.exec(made.limit(1)).first() is not None or _works_in(work, store, row.owner)


def _early(work: Work, task: str) -> CareTaskRow | None:
    """What was said of it before its sale came."""
    row = work.get(CareTaskRow, task) if task in work.tasks else None
    return row if row is not None and row.sale == _NONE else None


def _is_forgotten(work: Work, row: CareTaskRow) -> bool:
    """A till that was offline does not bring back to the guides whom HQ has forgotten."""
    return work.member(row.member) is None and is_forgotten(work.session, row.member)


def _publish(work: Work, row: CareTaskRow) -> None:
    values = ("id", "sale", "member", "owner", "cadence", "step", "due", "state")
    work.publish(store_feed(row.store), "care_task", row.id, {name: getattr(row, name) for name in values})
