"""What a person lets in of what was held back is what they saw: field_failures.md S-11."""

from __future__ import annotations

import pytest
from sqlmodel import delete

from posclient.db.losses import Loss
from posclient.errors import LinkError
from sync.accepting import Accepted, MassDelete
from sync.hq.feeds import Change
from sync.hq.tables import Snapshot, SnapshotChunk
from sync.report import CycleReport, HeldBack
from tests.sync.test_engine_pull import alter, count, gone, refuse, set_feed
from tests.sync.tills import Chain, TillFolder, tiers


def brands(numbers: range) -> list[Change]:
    """Rows of another table of the same feed."""
    values = {"name": "", "address": "", "phone": "", "zone": "z1", "kind": "store"}
    return [Change("global", "store", f"B{n}", {"id": f"B{n}", **values}) for n in numbers]


def forget_snapshots(chain: Chain) -> None:
    """The next one is of that moment."""
    with chain.database.write() as session:
        session.exec(delete(SnapshotChunk))
        session.exec(delete(Snapshot))


def numbers(report: CycleReport) -> list[tuple[object, object, object]]:
    """Table, rows lost and rows there of all that is held back."""
    assert report.error is None
    return [(one.params.get("table"), one.params.get("lost"), one.params.get("total")) for one in report.held]


def test_a_delete_that_came_after_the_look_is_held_back_again(till: TillFolder, chain: Chain) -> None:
    """S-11: in the very cycle in which the manager let another one through."""
    chain.publish(*tiers(range(1000)))
    till.cycle()
    chain.publish(*gone(range(300)))
    seen = till.cycle()
    assert numbers(seen) == [("tier", 300, 1000)]
    chain.publish(*gone(range(300, 600)))
    more = till.cycle(accept=seen)
    assert (numbers(more), count(till)) == ([("tier", 600, 1000)], 1000)
    assert numbers(till.cycle()) == [("tier", 600, 1000)], "nobody has let this in"
    assert (numbers(till.cycle(accept=more)), count(till)) == ([], 400)


def test_what_comes_after_the_look_and_is_no_mass_goes_with_it(till: TillFolder, chain: Chain) -> None:
    chain.publish(*tiers(range(1000)))
    till.cycle()
    chain.publish(*gone(range(300)))
    seen = till.cycle()
    chain.publish(*gone(range(300, 310)), *tiers(range(1000, 1005)))
    assert (numbers(till.cycle(accept=seen)), count(till)) == ([], 695)


def test_each_step_of_a_long_pull_counts_what_came_before(
    till: TillFolder, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.engine.PAGE_ROWS", 150)
    monkeypatch.setattr("sync.paging.PAGES_AT_ONCE", 2)
    chain.publish(*tiers(range(2000)))
    till.cycle()
    chain.publish(*gone(range(900)))
    report, left = till.cycle(), []
    while report.held:
        left.append((*numbers(report)[0][1:], count(till)))
        report = till.cycle(accept=report)
    assert (left, count(till)) == ([(600, 2000, 1700), (300, 1400, 1400)], 1100)


def test_of_two_tables_both_are_seen_and_let_in_at_once(till: TillFolder, chain: Chain) -> None:
    """Else each decision would undo the other."""
    before = len(till.rows("SELECT key FROM store"))
    chain.publish(*tiers(range(300)), *brands(range(400)))
    till.cycle()
    chain.publish(*gone(range(250)), *(Change("global", "store", f"B{n}", None) for n in range(400)))
    seen = till.cycle()
    assert numbers(seen) == [("tier", 250, 300), ("store", 400, 400 + before)]
    assert (numbers(till.cycle(accept=seen)), count(till)) == ([], 50)


def test_a_snapshot_takes_no_more_than_was_seen(till: TillFolder, chain: Chain) -> None:
    """S-11: no way round for what came since."""
    chain.publish(*tiers(range(1000)))
    till.cycle()
    chain.publish(*gone(range(300)))
    till.line.meddle = refuse("page", LinkError("snapshot_required"))
    forget_snapshots(chain)
    seen = till.cycle()
    assert numbers(seen) == [("tier", 300, 1000)]
    chain.publish(*gone(range(300, 600)))
    forget_snapshots(chain)
    more = till.cycle(accept=seen)
    assert (numbers(more), count(till)) == ([("tier", 600, 1000)], 1000)
    till.cycle(accept=more)
    assert count(till) == 400


def test_what_was_let_in_by_pages_is_not_let_in_again_by_a_snapshot(till: TillFolder, chain: Chain) -> None:
    """S-11: sums that disagree are no way round either."""
    chain.publish(*tiers(range(1000)))
    till.cycle()
    chain.publish(*gone(range(300)))
    seen = till.cycle()

    def differs(page: object) -> object:
        forget_snapshots(chain)
        chain.publish(*gone(range(300, 600)))  # as HQ makes the page; the snapshot lacks them
        return page.model_copy(update={"checksum": 7})  # type: ignore[attr-defined]

    till.line.meddle = alter("page", differs)
    assert (numbers(till.cycle(accept=seen)), count(till)) == ([("tier", 300, 700)], 700)


def test_a_feed_that_is_listed_no_more_takes_no_more_than_was_seen(till: TillFolder, chain: Chain) -> None:
    chain.publish(*tiers(range(600)))
    till.cycle()
    chain.publish(*gone(range(300)))
    seen = till.cycle()
    till.line.meddle = alter(
        "feeds", lambda reply: reply.model_copy(update={"feeds": [one for one in reply.feeds if one.name != "global"]})
    )
    unlisted = till.cycle(accept=seen)
    assert (numbers(unlisted), count(till)) == ([("tier", 600, 600)], 600)
    assert (numbers(till.cycle(accept=unlisted)), count(till)) == ([], 0)


def test_hq_that_was_restored_once_more_is_held_back_again(till: TillFolder, chain: Chain) -> None:
    """S-11: the manager let in another HQ than the one that is there now."""
    chain.publish(*tiers(range(400)))
    till.cycle()
    set_feed(chain, epoch="restored")
    seen = till.cycle()
    set_feed(chain, epoch="restored again")
    again = till.cycle(accept=seen)
    assert [(one.feed, one.code) for one in again.held] == [("global", "other_epoch")]
    chain.publish(*gone(range(300)))  # the whole feed was decided about
    assert (numbers(till.cycle(accept=again)), count(till)) == ([], 100)


def test_hq_that_went_further_back_is_held_back_again(till: TillFolder, chain: Chain) -> None:
    chain.publish(*tiers(range(400)))
    till.cycle()
    set_feed(chain, head=300)
    seen = till.cycle()
    set_feed(chain, head=3)
    again = till.cycle(accept=seen)
    assert [(one.code, one.params["there"]) for one in again.held] == [("went_back", 3)]


def test_a_number_that_is_none_lets_nothing_in() -> None:
    said = HeldBack("global", "mass_delete", {"table": "tier", "lost": "300", "version": None})
    assert Accepted((said,)).upto("global") == 0
    with pytest.raises(MassDelete):
        Accepted((said,)).refuse("global", [Loss("tier", 300, 300)], 9)
    assert Accepted(everything=True).without("global").upto("global") > 2**62
