"""The follow-up of a guest, which the till that sold has until it hears from HQ, and does in the meantime (C12, G6)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill
from tests.sync.hq.test_care import changed, shown, state
from tests.sync.hq.test_care_of_guests import people
from tests.sync.hq.till_at_hq import make_task

__all__ = ["people"]


@pytest.mark.parametrize("apart", [True, False])
def test_what_was_done_where_it_was_sold_is_done_at_home(new_till: NewTill, people: HqServer, apart: bool) -> None:
    """A manager sees the follow-ups of the whole store, and those of a sale that is not sent yet among them."""
    home, away = new_till("S001"), new_till("S002")
    task = replace(make_task("X1", "M1"), owner="G1")
    sale, done = away.sale(member="M1", tasks=(task,)), changed(away, task.id, "done")
    codes = away.codes(sale) + away.codes(done) if apart else away.codes(sale, done)
    assert codes == [("applied", None), ("applied", None)]
    assert (shown(home, task.id), state(people, task.id)) == ("done", "done")


def test_another_store_than_these_two_says_nothing_of_it(new_till: NewTill, people: HqServer) -> None:
    """S-14; nor does the one that sold say anything of another sale's."""
    home, away, other = new_till("S001"), new_till("S002"), new_till("S003")
    task, own = (replace(make_task("X1", "M1"), owner="G1") for _ in range(2))
    away.push(away.sale(member="M1", tasks=(task,)))
    home.push(home.sale(member="M1", tasks=(own,)))
    for till, said_of in ((other, task), (away, own)):
        assert till.codes(changed(till, said_of.id, "done")) == [("applied_with_exception", "unknown_task")]
        assert shown(home, said_of.id) == "open"


@pytest.mark.parametrize("sale_first", [True, False])
def test_what_the_guide_did_counts_also_where_hq_hears_of_the_guest_last(
    new_till: NewTill, people: HqServer, sale_first: bool
) -> None:
    """S-12: HQ has lost a registration, a sale and what was done then; each till sends its own part again."""
    home, away = new_till("S001"), new_till("S002")
    task = replace(make_task("X1", "M9"), owner="G1")
    sale, done = away.sale(member="M9", tasks=(task,)), changed(home, task.id, "done")
    if sale_first:
        assert away.codes(sale) == [("applied", None)]
        assert home.codes(done) == [("applied", None)]
    else:
        home.push(done)
        assert away.codes(sale) == [("applied", None)]
    assert state(people, task.id) == "done"
    feeds = (till.pull(f"store:{till.me.store}")[0] for till in (home, away))
    rows = [rows["care_task", task.id].d or {} for rows in feeds if ("care_task", task.id) in rows]
    assert [row["state"] for row in rows] == ["done"]
