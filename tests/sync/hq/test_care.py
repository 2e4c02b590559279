"""Follow-ups of which two tills of a store say different things, or HQ hears in another order."""

from __future__ import annotations

from datetime import UTC, datetime

from posclient.domain.facts import CARE_TASK_CHANGED, care_task_changed
from sync.hq.fact_tables import CareTaskRow
from sync.protocol import FactMessage
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill
from tests.sync.hq.till_at_hq import STAMP, TillAtHq, make_task

TOMORROW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def changed(till: TillAtHq, task: str, change: str) -> FactMessage:
    until = TOMORROW if change == "snoozed" else None
    return till.fact(CARE_TASK_CHANGED, care_task_changed(task, change, "called", until, "G1", STAMP))


def shown(till: TillAtHq, task: str) -> str | None:
    row = till.pull("store:S001")[0].get(("care_task", task))
    return row.d["state"] if row and row.d else None


def state(server: HqServer, task: str) -> str:
    with server.database.read() as session:
        return session.get_one(CareTaskRow, task).state


def test_who_put_it_off_before_it_was_done_does_not_bring_it_back(new_till: NewTill, hq_server: HqServer) -> None:
    """The second till was offline: its word comes when the customer was called already, and nobody is to call again."""
    till, other = new_till(), new_till()
    task = make_task("X1", "M1")
    till.push(till.sale(tasks=(task,)))
    till.push(changed(till, task.id, "done"))
    assert other.codes(changed(other, task.id, "snoozed")) == [("applied", None)]
    assert (shown(other, task.id), state(hq_server, task.id)) == ("done", "done")


def test_what_was_done_stays_done_when_its_sale_comes_later(new_till: NewTill, hq_server: HqServer) -> None:
    """S-12: after a restore each till sends again what HQ has lost, and the one that did it may be the first."""
    till, other = new_till(), new_till()
    done, later, still = (make_task("X1", "M1") for _ in range(3))
    other.push(changed(other, done.id, "done"), changed(other, later.id, "snoozed"))
    till.push(till.sale(tasks=(done, later, still)))
    assert [shown(till, one.id) for one in (done, later, still)] == ["done", "snoozed", "open"]
    assert till.row("store:S001", "care_task", later.id)["due"] == TOMORROW.isoformat()
    assert till.row("store:S001", "care_task", done.id)["member"] == "M1"


def test_another_store_says_nothing_of_a_follow_up_to_come(new_till: NewTill, hq_server: HqServer) -> None:
    """S-14."""
    till, stranger = new_till(), new_till("S002")
    task = make_task("X1", "M1")
    assert stranger.codes(changed(stranger, task.id, "done"))[0][1] == "unknown_task"
    assert till.codes(till.sale(tasks=(task,))) == [("applied", None)]
    assert shown(till, task.id) == "open"
