"""A poke pulls the feeds that moved, and asks for nothing else; what is odd about them is left to a whole cycle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from posclient.db.terminal import REVOKED
from posclient.errors import LinkError
from sync import paging, poked
from sync.hq.backups import restored
from sync.hq.feeds import Change
from sync.poked import pull_poked
from sync.report import CycleReport, HeldBack
from tests.sync.test_engine_pull import alter, count, gone, refuse
from tests.sync.tills import Chain, TillFolder, tiers, unreachable

BEFORE = CycleReport({"applied": 3}, 0, {"global": 1}, held=(HeldBack("zone:z1", "mass_delete"),), resent=2)

MEMBER: dict[str, Any] = {
    "id": "M1", "code": "C1", "name": "Wang", "phone": "13900001234", "birthday": None, "tier": "basic", "points": 0,
    "stored_value": 0, "own_guide": None, "home_store": "S001", "tags": [],
}  # fmt: skip


def pull(till: TillFolder, *feeds: str) -> CycleReport | None:
    till.line.calls.clear()
    own = till.keeper.own
    return pull_poked(till.line, till.con, till.folder, till.chain.clock, own, feeds or {"global"}, BEFORE)


def test_a_poke_asks_for_the_page_alone(till: TillFolder, chain: Chain) -> None:
    chain.publish(*tiers(range(20), "new"))
    report = pull(till)
    assert report is not None
    assert till.line.calls == ["page"]
    assert count(till) == 20
    assert report.feeds["global"] == chain.hq.heads()["global"][1]
    assert report.feeds.keys() == {"global", "zone:z1", "store:S001", "terminal:S001-1"}
    assert (report.held, report.error, report.outcomes, report.resent) == (BEFORE.held, None, {}, 0)
    assert till.cycle().snapshots == ()  # nothing is left to mend


def test_facts_that_wait_stay_for_the_cycle(till: TillFolder, chain: Chain) -> None:
    chain.publish(*tiers(range(3), "new"))
    till.note()
    report = pull(till)
    assert report is not None
    assert report.unsent == till.unsent() == 1


def test_many_pages_of_several_feeds(till: TillFolder, chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poked, "PAGE_ROWS", 3)
    monkeypatch.setattr(paging, "PAGES_AT_ONCE", 2)
    chain.publish(*tiers(range(30), "new"))
    chain.publish(Change("zone:z1", "stock", "A", {"sku": "A", "qty": {"S001": 3}}))
    report = pull(till, "zone:z1", "global")
    assert report is not None
    assert count(till) == 30
    assert till.rows("SELECT key FROM stock") == [("A",)]
    assert till.line.calls == ["page"] * 11


def test_a_member_who_is_erased_goes_at_once(till: TillFolder, chain: Chain) -> None:
    """Tombstones in the store's feed come by a poke as by a cycle."""
    assert till.cycle().error is None  # opens personal data
    chain.publish(Change("store:S001", "member", "M1", MEMBER))
    assert pull(till, "store:S001") is not None
    assert till.rows("SELECT key FROM member") == [("M1",)]
    chain.publish(Change("store:S001", "member", "M1", None))
    assert pull(till, "store:S001") is not None
    assert till.rows("SELECT key FROM member") == []


def test_sealed_personal_data_are_for_a_cycle(till: TillFolder, chain: Chain) -> None:
    """It is HQ's session that opens them."""
    till.keeper.own.drop()
    chain.publish(Change("store:S001", "member", "M1", MEMBER))
    assert pull(till, "store:S001") is None
    assert till.cycle().error is None
    assert till.rows("SELECT key FROM member") == [("M1",)]


def _mass_delete(till: TillFolder, chain: Chain) -> None:
    chain.publish(*tiers(range(500)))
    assert till.cycle().error is None
    chain.publish(*gone(range(400)))


def _restored(_till: TillFolder, chain: Chain) -> None:
    with chain.database.write() as session:
        restored(session, chain.clock)


def _revoked(_till: TillFolder, chain: Chain) -> None:
    chain.hq.revoke("S001-1")


def _disagrees(till: TillFolder, chain: Chain) -> None:
    chain.publish(*tiers(range(3), "new"))
    till.line.meddle = alter("page", lambda page: page.model_copy(update={"count": page.count + 1}))


def _gap(till: TillFolder, chain: Chain) -> None:
    chain.publish(*tiers(range(3), "new"))
    till.line.meddle = alter("page", lambda page: page.model_copy(update={"from_": page.from_ + 1}))


@pytest.mark.parametrize("odd", [_mass_delete, _restored, _revoked, _disagrees, _gap])
def test_what_is_odd_is_left_to_a_cycle(
    till: TillFolder, chain: Chain, odd: Callable[[TillFolder, Chain], None]
) -> None:
    """S-11, S-12, S-21: whom to ask, what to hold back and what to seal is decided in one place."""
    odd(till, chain)
    rows = count(till)
    assert pull(till) is None
    assert count(till) >= rows
    till.line.meddle = lambda _call, go: go()
    report = till.cycle()
    assert report.held or report.trouble == REVOKED or report.error is None


def test_a_feed_that_the_till_has_not_loaded_is_for_a_cycle(till: TillFolder) -> None:
    assert pull(till, "zone:z9") is None
    assert till.line.calls == []


def test_where_hq_does_not_answer_a_cycle_would_be_in_vain(till: TillFolder, chain: Chain) -> None:
    chain.publish(*tiers(range(3), "new"))
    till.line.meddle = refuse("page", unreachable())
    report = pull(till)
    assert report is not None
    assert report.error is not None
    assert (report.error.code, report.held) == ("unreachable", BEFORE.held)
    till.line.meddle = refuse("page", LinkError("upgrade_required"))
    assert pull(till) is None
