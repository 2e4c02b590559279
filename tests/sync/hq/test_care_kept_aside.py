"""A guest's follow-up that was done where it was sold, before HQ could read the sale (C12, G6)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlmodel import select

from sync.hq.fact_tables import Quarantine
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill
from tests.sync.hq.test_care import changed, shown, state
from tests.sync.hq.test_care_of_guests import people
from tests.sync.hq.till_at_hq import make_task

__all__ = ["people"]


def test_what_was_done_where_it_was_sold_counts_once_the_sale_does(
    new_till: NewTill, people: HqServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The till goes on with its own row, since HQ has put the sale aside; then somebody tries the sale again."""
    home, away = new_till("S001"), new_till("S002")
    task = replace(make_task("X1", "M1"), owner="G1")
    with monkeypatch.context() as patched:
        patched.setattr("sync.hq.effects.sale.add_task", lambda *_task: 1 / 0)
        assert [one for one, _ in away.codes(away.sale(member="M1", tasks=(task,)))] == ["quarantined"]
    away.push(changed(away, task.id, "done"))
    with people.database.read() as session:
        (row,) = session.exec(select(Quarantine)).all()
    assert people.hq.try_again("zhao", row.number or 0).outcome == "applied"
    assert (shown(home, task.id), state(people, task.id)) == ("done", "done")
