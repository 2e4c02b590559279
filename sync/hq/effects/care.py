"""售后关怀: the tasks of a sale, and what guides did with them."""

from __future__ import annotations

from sync.hq.bodies import CareTaskChangedV1, Task
from sync.hq.erasing import CANCELLED, is_forgotten
from sync.hq.fact_tables import CareTaskRow
from sync.hq.feeds import store_feed
from sync.hq.work import Received, Work

OPEN, SNOOZED = "open", "snoozed"


def add_task(work: Work, store: str, sale: str, task: Task) -> None:
    """A new task, into its store's feed; its id is the till's, so that its row replaces the till's own."""
    row = CareTaskRow(store=store, sale=sale, state=OPEN, **task.model_dump())
    if _is_forgotten(work, row):
        row.state = CANCELLED
    work.add(CareTaskRow, **row.model_dump())
    if row.state == OPEN:
        _publish(work, row)


def task_changed(work: Work, received: Received, change: CareTaskChangedV1) -> str | None:
    """Done, snoozed (due again ``until``) or cancelled. What is to be done for a forgotten member is cancelled."""
    work.write_rows(CareTaskRow)
    row = work.get(CareTaskRow, change.task)
    if row is None or row.store != work.terminal.store:
        return work.exception(received.fact.id, "unknown_task", task=change.task)
    forgotten = _is_forgotten(work, row)
    row.state, row.note = CANCELLED if forgotten and change.change == SNOOZED else change.change, change.note
    if change.change == SNOOZED and change.until:
        row.due = change.until
    if not forgotten:
        _publish(work, row)
    return None


def _is_forgotten(work: Work, row: CareTaskRow) -> bool:
    """A till that was offline does not bring back to the guides whom HQ has forgotten."""
    return work.member(row.member) is None and is_forgotten(work.session, row.member)


def _publish(work: Work, row: CareTaskRow) -> None:
    values = ("id", "sale", "member", "owner", "cadence", "step", "due", "state")
    work.publish(store_feed(row.store), "care_task", row.id, {name: getattr(row, name) for name in values})
