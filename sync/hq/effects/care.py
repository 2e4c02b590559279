"""售后关怀: the tasks of a sale, and what guides did with them."""

from __future__ import annotations

from sync.hq.bodies import CareTaskChangedV1, Task
from sync.hq.fact_tables import CareTaskRow
from sync.hq.feeds import store_feed
from sync.hq.work import Received, Work

OPEN = "open"


def add_task(work: Work, store: str, sale: str, task: Task) -> None:
    """A new task, into its store's feed; its id is the till's, so that its row replaces the till's own."""
    row = CareTaskRow(store=store, sale=sale, state=OPEN, **task.model_dump())
    work.add(CareTaskRow, **row.model_dump())
    _publish(work, row)


def task_changed(work: Work, received: Received, change: CareTaskChangedV1) -> str | None:
    """Done, snoozed (due again ``until``) or cancelled."""
    work.write_rows(CareTaskRow)
    row = work.get(CareTaskRow, change.task)
    if row is None or row.store != work.terminal.store:
        return work.exception(received.fact.id, "unknown_task", task=change.task)
    row.state, row.note = change.change, change.note
    if change.change == "snoozed" and change.until:
        row.due = change.until
    _publish(work, row)
    return None


def _publish(work: Work, row: CareTaskRow) -> None:
    values = ("id", "sale", "member", "owner", "cadence", "step", "due", "state")
    work.publish(store_feed(row.store), "care_task", row.id, {name: getattr(row, name) for name in values})
