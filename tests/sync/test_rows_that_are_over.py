"""A till whose HQ takes rows that are over out of its feeds: nobody is asked, and nothing comes back to life."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from posclient.actions import care
from posclient.db import live_cache, outcomes
from posclient.db.connection import transaction
from posclient.db.live_cache import LiveCache
from posclient.errors import NotFound, Refused
from sync.health import health_of, written
from sync.hq.backups import restored
from sync.hq.fact_tables import CareTaskRow
from sync.hq.feeds import GLOBAL, Change, store_feed
from sync.hq.healths import Healths
from sync.hq.retiring import retire
from tests.sync.hq.desks import Desk, stock_up
from tests.sync.hq.leases import member
from tests.sync.test_engine_pull import held
from tests.sync.test_long_away import check_equal, off_for_200_days
from tests.sync.test_poked import pull
from tests.sync.tills import Chain, TillFolder, stored

HERE = store_feed("S001")
LATER = timedelta(days=400)


def coupons(numbers: range, state: str, until: datetime | None = None) -> list[Change]:
    end = until.isoformat() if until else None
    data: dict[str, Any] = {
        "member": "M1",
        "name": "",
        "template": None,
        "rule": {},
        "until": end,
        "single_use": True,
        "state": state,
    }
    return [Change(HERE, "coupon", f"K{n:04}", {"id": f"K{n:04}", **data}) for n in numbers]


def tasks(numbers: range, state: str) -> list[Change]:
    data = {"sale": "s", "member": "M1", "owner": "G1", "cadence": "c", "step": "d", "due": "2026-11-21T09:00:00+08:00"}
    return [Change(HERE, "care_task", f"T{n:04}", {"id": f"T{n:04}", **data, "state": state}) for n in numbers]


def taken(changes: list[Change]) -> list[Change]:
    return [Change(one.feed, one.table, one.key, None) for one in changes]


def rounds(chain: Chain, days: int) -> int:
    """HQ's, one a day; how many rows went."""
    gone = 0
    for _ in range(days):
        chain.clock.forward(days=1)
        gone += retire(chain.database, chain.clock, lambda: False)
    return gone


def count(till: TillFolder, table: str) -> int:
    return int(till.rows(f"SELECT count(*) FROM {table}")[0][0])


@pytest.mark.parametrize("ended", [coupons(range(400), "used"), tasks(range(400), "done")], ids=["coupons", "tasks"])
def test_a_till_that_was_off_for_a_week_is_not_asked(till: TillFolder, chain: Chain, ended: list[Change]) -> None:
    """S-11: HQ cleans an old feed up, and what this till missed of it is most of the table."""
    chain.publish(*ended, *coupons(range(1000, 1020), "active"))
    retire(chain.database, chain.clock, lambda: False)
    assert (held(till), count(till, ended[0].table)) == ([], len(ended) + 20 * (ended[0].table == "coupon"))
    chain.clock.forward(days=30)
    assert rounds(chain, 7) == 350
    assert held(till) == []
    check_equal(till, chain)
    assert rounds(chain, 7) == 50
    report = pull(till, HERE)
    assert report is not None
    assert report.error is None
    check_equal(till, chain)


def test_a_snapshot_without_them_is_not_asked_about_either(till: TillFolder, chain: Chain) -> None:
    chain.publish(*coupons(range(400), "used"), *coupons(range(1000, 1020), "active"))
    assert held(till) == []
    chain.publish(*taken(coupons(range(400), "used")))
    off_for_200_days(chain)
    report = till.cycle()
    assert (report.error, report.held, HERE in report.snapshots) == (None, (), True)
    check_equal(till, chain)


def test_coupons_that_ended_are_no_loss_and_good_ones_are(till: TillFolder, chain: Chain) -> None:
    ended = coupons(range(300), "active", chain.clock.now() - timedelta(seconds=1))
    chain.publish(*ended, *coupons(range(1000, 1400), "active", chain.clock.now() + LATER))
    assert held(till) == []
    chain.publish(*taken(ended))
    assert (held(till), count(till, "coupon")) == ([], 400)
    chain.publish(*taken(coupons(range(1000, 1201), "active")))
    assert (held(till), count(till, "coupon")) == ([(HERE, "mass_delete")], 400)


def test_promotions_and_allowances_of_the_past_are_no_loss(till: TillFolder, chain: Chain) -> None:
    ended, month = (chain.clock.now() - timedelta(seconds=1)).isoformat(), "2026-10"
    rows = [
        Change(GLOBAL, "promotion", f"P{n}", {"id": f"P{n}", "name": "", "rule": {"until": ended}}) for n in range(300)
    ]
    rows += [
        Change(HERE, "allowance", f"G{n}/{month}", {"guide": f"G{n}", "month": month, "amount": 1}) for n in range(300)
    ]
    good = Change(GLOBAL, "promotion", "Q", {"id": "Q", "name": "", "rule": {}})
    chain.publish(*rows, good)
    assert held(till) == []
    chain.publish(*taken(rows))
    assert (held(till), count(till, "promotion"), count(till, "allowance")) == ([], 1, 0)
    now = f"{chain.clock.now():%Y-%m}"
    rows = [Change(HERE, "allowance", f"G{n}/{now}", {"guide": f"G{n}", "month": now, "amount": 1}) for n in range(300)]
    chain.publish(*rows)
    assert held(till) == []
    chain.publish(*taken(rows))
    assert held(till) == [(HERE, "mass_delete")]


def test_a_loss_is_measured_by_what_is_still_good(till: TillFolder, chain: Chain) -> None:
    """S-11: half of the good coupons go by accident; beside all that were ever used they would be a tenth."""
    chain.publish(*coupons(range(2000), "used"), *coupons(range(3000, 3450), "active"))
    assert held(till) == []
    chain.publish(*taken(coupons(range(3000, 3225), "active")))
    assert held(till) == [(HERE, "mass_delete")]
    assert count(till, "coupon") == 2450


@pytest.fixture
def desks(chain: Chain, tmp_path: Path) -> Iterator[tuple[Desk, Desk]]:
    """Two tills of S001, with a follow-up for whoever buys."""
    stock_up(chain, "S001")
    member(chain)
    steps = [{"step": "call", "after_minutes": 60, "name": "回访", "script": ""}]
    chain.publish(Change(GLOBAL, "cadence", "3315", {"id": "3315", "steps": steps}))
    made = Desk(chain, tmp_path / "one", chain.code("S001")), Desk(chain, tmp_path / "two", chain.code("S001"))
    yield made
    for one in made:
        one.close()


def due(desk: Desk) -> list[str]:
    return [one.id for one in care.due(desk.till, "G1", datetime(2030, 1, 1, tzinfo=UTC))]


def test_a_follow_up_that_another_till_has_done_does_not_come_back(desks: tuple[Desk, Desk], chain: Chain) -> None:
    """It was made here, where its own record still calls it open; HQ has taken the row that says otherwise away."""
    here, there = desks
    here.serve()
    here.pay()
    (task,) = due(here)
    here.sync()
    there.sync()
    assert (due(here), due(there)) == ([task], [task])
    care.change(there.till, task, "done", "")
    there.sync()
    here.sync()
    assert (due(here), due(there)) == ([], [])
    rounds(chain, 62)
    assert here.cycle().error is None
    assert there.cycle().error is None
    assert here.rows("SELECT key FROM care_task") == []
    assert (due(here), due(there)) == ([], [])
    with pytest.raises(NotFound, match="unknown_task"):
        care.change(here.till, task, "done", "")
    with pytest.raises(Refused, match="task_closed"):
        care.change(there.till, task, "done", "")
    assert [row.state for row in stored(chain, CareTaskRow)] == ["done"]


def test_without_a_cache_the_tills_own_follow_ups_are_there(desks: tuple[Desk, Desk]) -> None:
    """A broken cache was thrown away, and there is no line: nothing has come of the store that could say otherwise."""
    here, _ = desks
    here.serve()
    here.pay()
    assert here.cycle().error is None
    live_cache.renew(here.folder)
    assert len(due(here)) == 1


OWN = "terminal:S001-1"


def outcome(fact: str, **detail: object) -> Change:
    return Change(OWN, "fact_outcome", fact, {"fact": fact, "code": "sale_twice", "detail": detail})


def say(till: TillFolder) -> str:
    """The till says how it is, as with each of its questions; how far its manager has seen everything."""
    health = health_of(till.folder, till.con, till.chain.clock)
    Healths(till.chain.database, till.chain.clock).note(till.me.terminal, written(health))
    return health.seen


def see(till: TillFolder, *seen: str) -> None:
    with transaction(till.con) as con:
        outcomes.mark_seen(con, [(fact, "sale_twice") for fact in seen], "B1", till.chain.clock.now())


def told(till: TillFolder) -> list[str]:
    return sorted(key for (key,) in till.rows("SELECT key FROM fact_outcome"))


def test_an_outcome_stays_until_a_manager_has_seen_it(till: TillFolder, chain: Chain) -> None:
    """However long that takes; what the till adds by itself, since HQ keeps it aside, stays with the till's word."""
    chain.publish(outcome("F1"), outcome("F2"), outcome("F3", aside=True))
    assert held(till) == []
    see(till, "F1", "F3")
    assert say(till) == "", "F2 waits"
    assert (rounds(chain, 100), held(till), told(till)) == (0, [], ["F1", "F2", "F3"])
    see(till, "F2")
    assert say(till)
    assert (rounds(chain, 31), held(till), told(till)) == (2, [], ["F3"])
    check_equal(till, chain)
    with closing(LiveCache(till.folder)) as cache:
        assert outcomes.unseen(cache, till.con, 9) == []


def test_an_outcome_that_the_till_has_not_heard_of_stays(till: TillFolder, chain: Chain) -> None:
    """It had no line, or holds its feed back: what it says that its manager has seen is older."""
    chain.publish(outcome("F1"))
    assert held(till) == []
    see(till, "F1")
    assert say(till)
    chain.publish(outcome("F2"))
    assert rounds(chain, 70) == 1
    assert (held(till), told(till)) == ([], ["F2"])
    assert say(till) == ""


def test_what_was_seen_of_a_feed_before_hq_was_restored_says_nothing_of_it_now(till: TillFolder, chain: Chain) -> None:
    """Its versions come again, of other rows."""
    chain.publish(outcome("F1"), outcome("F2"))
    assert held(till) == []
    see(till, "F1", "F2")
    assert say(till)
    with chain.database.write() as session:
        restored(session, chain.clock)
    assert rounds(chain, 62) == 0
    assert held(till, accept=True) == []
    assert say(till)
    assert rounds(chain, 31) == 2


@pytest.mark.parametrize("said", ["", "7", "x/", "x/-1", "x/²", "x/9"])
def test_a_till_that_says_something_else_has_seen_nothing(till: TillFolder, chain: Chain, said: str) -> None:
    chain.publish(outcome("F1"))
    Healths(chain.database, chain.clock).note("S001-1", json.dumps({"seen": said}))
    assert rounds(chain, 62) == 0


def test_a_broken_cache_says_nothing(till: TillFolder) -> None:
    (till.folder / "cache.current").unlink()
    assert (say(till), health_of(till.folder, till.con, till.chain.clock).unsent) == ("", 0)
