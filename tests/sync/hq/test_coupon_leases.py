"""Coupons leased to stores: who gets one, for how long, and who is right where two used it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from posclient.domain import facts
from posclient.domain.signatures import LEASE, is_hqs
from posclient.errors import LinkError
from sync.asking import HoldRequest
from sync.hq.clock import milliseconds
from sync.hq.feeds import publish
from sync.hq.lease_tables import ContactRow, CouponLeaseRow, LossRow
from sync.hq.placing import coupon_changes
from sync.hq.recalls import lease_change
from sync.hq.statistics import count_all
from tests.sync.hq.leases import coupon, member, settings
from tests.sync.hq.till_at_hq import STAMP, make_sale, use
from tests.sync.tills import Chain, TillFolder, stored

WEEK = timedelta(days=7)
QUARTER = timedelta(minutes=15)


@pytest.fixture
def leasing(chain: Chain) -> Chain:
    """Leases are on; M1 of S001 has a coupon of 10 yuan, K1."""
    settings(chain, coupon_leases=True)
    member(chain)
    coupon(chain)
    return chain


@pytest.fixture
def away(leasing: Chain, tmp_path: Path) -> Iterator[TillFolder]:
    """A till of the store S002."""
    opened = TillFolder(leasing, tmp_path / "away", leasing.code("S002"))
    yield opened
    opened.close()


def leased(till: TillFolder) -> list[tuple[Any, ...]]:
    return till.rows("SELECT key, store, not_after FROM coupon_lease ORDER BY key")


def sell(till: TillFolder, coupon_id: str = "K1", amount: int = 1000) -> str:
    """A sale with a coupon, made now."""
    return till.sale(at=till.chain.clock.now(), member="M1", cashier="C7", coupons=(use(coupon_id, amount),))


def losses(chain: Chain) -> list[tuple[str, str, str, int, str]]:
    return [(one.store, one.terminal, one.cashier, one.amount, one.settled) for one in stored(chain, LossRow)]


def test_a_coupon_is_leased_to_its_members_home_store(till: TillFolder, away: TillFolder) -> None:
    assert till.cycle().error is None
    assert away.cycle().error is None
    assert leased(till) == [("K1", "S001", (till.chain.clock.now() + WEEK).isoformat())]
    assert leased(away) == []


def test_without_the_setting_nothing_is_leased(chain: Chain, till: TillFolder) -> None:
    member(chain)
    coupon(chain)
    till.cycle()
    assert (leased(till), stored(chain, CouponLeaseRow)) == ([], [])


def test_a_coupon_of_a_great_face_value_stays_with_hq(leasing: Chain, till: TillFolder) -> None:
    settings(leasing, coupon_online_over=1000)
    coupon(leasing, "K2", amount=1001)
    till.cycle()
    assert [row[0] for row in leased(till)] == ["K1"]


def test_a_lease_is_renewed_in_the_second_half_of_its_life(leasing: Chain, till: TillFolder) -> None:
    till.cycle()
    first = leasing.clock.now() + WEEK
    leasing.clock.forward(days=3)
    till.cycle()
    assert leased(till)[0][2] == first.isoformat()
    leasing.clock.forward(days=1)
    till.cycle()
    assert leased(till)[0][2] == (leasing.clock.now() + WEEK).isoformat()


def test_a_lease_from_before_hq_signed_is_signed_at_the_next_contact(leasing: Chain, till: TillFolder) -> None:
    """After ``hq migrate``: nobody waits for the second half of its life."""
    till.cycle()
    with leasing.database.write() as session:
        (row,) = session.exec(select(CouponLeaseRow))
        row.signed = False
        publish(session, [lease_change(row)])
    till.cycle()
    assert till.rows("SELECT signature FROM coupon_lease") == [("",)]
    leasing.clock.forward(minutes=5)
    till.cycle()
    ((signature, not_after),) = till.rows("SELECT signature, not_after FROM coupon_lease")
    assert is_hqs(till.me.hq_key, signature, LEASE, "K1", "S001", not_after)


def test_who_moves_home_is_leased_to_the_new_store_when_the_old_lease_is_over(
    leasing: Chain, till: TillFolder, away: TillFolder
) -> None:
    till.cycle()
    with leasing.database.write() as session:
        from sync.hq.chain_tables import CouponRow, MemberRow

        session.get_one(MemberRow, "M1").home_store = "S002"
        moved = [session.get_one(CouponRow, "K1")]
        publish(session, list(coupon_changes(moved, {"M1": "S002"}, ["S001", "S002"])))
    away.cycle()
    assert leased(away) == []
    leasing.clock.forward(days=7, minutes=14, seconds=59)
    till.cycle()
    away.cycle()
    assert leased(away) == []
    leasing.clock.forward(minutes=6)  # past the end, but the old store has last said before it that all was sent
    till.cycle()
    away.cycle()
    assert leased(away) == []
    leasing.clock.forward(minutes=6)
    till.cycle()
    away.cycle()
    assert (leased(till), [row[1] for row in leased(away)]) == ([], ["S002"])


def test_a_store_that_is_never_heard_of_again_loses_its_leases_after_a_week(
    leasing: Chain, till: TillFolder, away: TillFolder
) -> None:
    till.cycle()
    leasing.clock.forward(days=14, minutes=15)
    assert away.line.hold(HoldRequest(coupons=["K1"])).held[0].coupon == "K1"


def test_hq_holds_a_coupon_for_the_till_that_asks_first(leasing: Chain, till: TillFolder, away: TillFolder) -> None:
    """protocol.md, coupons: online HQ holds it for ten minutes, for one till."""
    coupon(leasing, "K2")
    answer = away.line.hold(HoldRequest(coupons=["K2", "K2", "K9"]))
    assert [(one.coupon, one.until) for one in answer.held] == [
        ("K2", (leasing.clock.now() + timedelta(minutes=10)).isoformat())
    ]
    assert [(one.coupon, one.code) for one in answer.refused] == [("K9", "unknown")]
    other = till.line.hold(HoldRequest(coupons=["K2"]))
    assert [(one.code, one.store) for one in other.refused] == [("held", "S002")]
    assert away.line.hold(HoldRequest(coupons=["K2"])).held
    assert len(stored(leasing, CouponLeaseRow)) == 1


def test_what_a_till_of_the_same_store_holds_is_refused_by_the_till_s_name(
    leasing: Chain, till: TillFolder, tmp_path: Path
) -> None:
    """S-17: by the store's name alone the other till took it for its store's lease, and used it too."""
    coupon(leasing, "K2")
    second = TillFolder(leasing, tmp_path / "second", leasing.code("S001", 2))
    assert till.line.hold(HoldRequest(coupons=["K2"])).held
    (refused,) = second.line.hold(HoldRequest(coupons=["K2"])).refused
    assert (refused.code, refused.store) == ("held_here", till.me.terminal)
    second.close()


def test_a_leased_coupon_is_held_for_nobody_else(till: TillFolder, away: TillFolder) -> None:
    till.cycle()
    (refused,) = away.line.hold(HoldRequest(coupons=["K1"])).refused
    assert (refused.code, refused.store) == ("recalling", "S001")
    assert refused.until == (till.chain.clock.now() + WEEK).isoformat()
    assert till.line.hold(HoldRequest(coupons=["K1"])).held


def test_a_used_coupon_is_held_for_nobody(till: TillFolder, away: TillFolder) -> None:
    till.cycle()
    sell(till)
    till.cycle()
    assert leased(till) == []
    assert [one.code for one in away.line.hold(HoldRequest(coupons=["K1"])).refused] == ["used"]


def test_a_hold_ends_and_the_coupon_is_leased_again(leasing: Chain, till: TillFolder, away: TillFolder) -> None:
    away.line.hold(HoldRequest(coupons=["K1"]))
    till.cycle()
    assert leased(till) == []
    leasing.clock.forward(minutes=41)
    till.cycle()
    away.cycle()
    leasing.clock.forward(minutes=6)
    till.cycle()
    assert leased(till) == []  # what the other till has made since the hold ended may be unsent
    away.cycle()
    leasing.clock.forward(minutes=6)
    till.cycle()
    assert [row[0] for row in leased(till)] == ["K1"]


def test_a_question_for_the_feeds_that_was_long_under_way_ends_no_hold(
    leasing: Chain, till: TillFolder, away: TillFolder
) -> None:
    """What was sold between the push before it and the hour at which it arrives is not sent."""
    away.cycle()
    away.line.hold(HoldRequest(coupons=["K1"]))
    away.note()

    def late(call: str, go: Callable[[], Any]) -> Any:
        if call == "feeds":
            sell(away)
            leasing.clock.forward(hours=8)
        return go()

    away.line.meddle = late
    assert away.cycle().unsent == 1
    leasing.clock.forward(minutes=6)
    till.cycle()
    assert leased(till) == []
    away.line.meddle = lambda _call, go: go()
    away.cycle()
    assert losses(leasing) == []


def test_who_sent_something_after_the_end_gives_the_coupon_free_at_once(
    leasing: Chain, till: TillFolder, away: TillFolder
) -> None:
    away.line.hold(HoldRequest(coupons=["K1"]))
    leasing.clock.forward(minutes=41)
    away.note()
    away.cycle()
    till.cycle()
    assert [row[0] for row in leased(till)] == ["K1"]


def test_a_till_of_before_does_not_say_until_when_it_has_sent_all(
    leasing: Chain, till: TillFolder, away: TillFolder
) -> None:
    away.line.hold(HoldRequest(coupons=["K1"]))
    leasing.clock.forward(minutes=41)
    away.line.feeds()
    till.cycle()
    assert [row[0] for row in leased(till)] == ["K1"]


@pytest.mark.parametrize("said", ["now", "2026-01-01T00:00:00", "x" * 64])
def test_a_time_until_which_all_was_sent_that_is_none(away: TillFolder, said: str) -> None:
    with pytest.raises(LinkError) as caught:
        away.line.feeds(said)
    assert (caught.value.code, caught.value.params) == ("bad_request", {"field": "sent_until"})


def test_a_time_to_come_until_which_all_was_sent_counts_as_now(leasing: Chain, away: TillFolder) -> None:
    away.line.feeds("9999-12-31T23:59:59+00:00")
    assert [row.at_ms for row in stored(leasing, ContactRow)] == [milliseconds(leasing.clock)]


def test_a_valid_lease_wins_over_who_came_first(leasing: Chain, till: TillFolder, away: TillFolder) -> None:
    """S-17, T-41: two offline stores use one coupon; both sales stand, one is right, the other a loss with a name."""
    till.cycle()
    away.cycle()
    loser, winner = sell(away, amount=700), sell(till)
    assert away.cycle().outcomes["applied"] == 1
    assert losses(leasing) == []
    assert till.cycle().outcomes["applied"] == 1
    assert losses(leasing) == [("S002", "S002-1", "C7", 700, "lease")]
    away.cycle()
    ((_, code, detail),) = away.rows("SELECT key, code, detail FROM fact_outcome")
    assert code == "coupon_used_twice"
    assert loser in detail
    assert winner not in detail
    assert till.rows("SELECT key FROM fact_outcome") == []
    figures = count_all(leasing.database)
    assert (figures["sales"], figures["settlements"], figures["losses"]) == (2, 1, 700)
    assert figures["coupons_used_twice"] == 1


def test_without_a_valid_lease_who_was_received_first_wins(leasing: Chain, till: TillFolder, away: TillFolder) -> None:
    till.cycle()
    away.cycle()
    leasing.clock.forward(days=7, minutes=15)  # the first second at which the lease is over for HQ
    sell(till)
    sell(away)
    away.cycle()
    till.cycle()
    assert losses(leasing) == [("S001", "S001-1", "C7", 1000, "first")]


def test_the_last_second_of_a_lease_still_wins(leasing: Chain, till: TillFolder, away: TillFolder) -> None:
    """S-17: the boundary second at HQ."""
    till.cycle()
    away.cycle()
    leasing.clock.forward(days=7, minutes=14, seconds=59)
    sell(till)
    sell(away)
    away.cycle()
    till.cycle()
    assert losses(leasing) == [("S002", "S002-1", "C7", 1000, "lease")]


@pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(hours=-1), timedelta(days=3), timedelta(days=-3)])
def test_a_tills_clock_that_is_off_takes_no_right_away(
    leasing: Chain, till: TillFolder, away: TillFolder, off: timedelta
) -> None:
    """S-16: its sales are of HQ's time already, but where its clock is over a day off; no hold or lease moves by it."""
    away.line.hold(HoldRequest(coupons=["K1"]))
    sell(till)
    till.cycle()
    at = leasing.clock.now() - (off if abs(off) > timedelta(days=1) else timedelta())
    away.sale(off // timedelta(milliseconds=1), at=at, member="M1", cashier="C7", coupons=(use("K1", 1000),))
    away.cycle()
    assert losses(leasing) == [("S001", "S001-1", "C7", 1000, "lease")]


@pytest.mark.parametrize(("right", "loser"), [("hold", "S001"), ("override", "S002"), ("lease", "S002"), ("", "S002")])
def test_a_clock_that_was_put_back_since_hqs_last_word(
    leasing: Chain, till: TillFolder, away: TillFolder, right: str, loser: str
) -> None:
    """S-16: three quarters of an hour, and what HQ holds is asked for before the next cycle. Whoever says that they
    used a hold did so behind it; of anything else the till's time is all that there is.
    """
    away.line.hold(HoldRequest(coupons=["K1"]))
    sell(till)
    till.cycle()
    place = {"store": away.me.store, "slot": away.me.slot, "receipt": "S002-1-20261121-1"}
    at = leasing.clock.now() - timedelta(minutes=45)
    sale = make_sale(1, **place, at=at, member="M1", cashier="C7", coupons=(use("K1", 1000),))
    content = facts.sale_completed(sale, STAMP)
    if right:
        content["rights"] = [{"coupon": "K1", "right": right, "approver": None}]
    away.fact(facts.SALE_COMPLETED, content, sale.total)
    away.cycle()
    assert [one[0] for one in losses(leasing)] == [loser]


def test_two_tills_of_the_store_that_has_the_lease(leasing: Chain, till: TillFolder, tmp_path: Path) -> None:
    """S-17: two tills with the shop's network down: the first that HQ hears of is right."""
    second = TillFolder(leasing, tmp_path / "second", leasing.code("S001", 2))
    till.cycle()
    second.cycle()
    sell(till)
    sell(second, amount=300)
    second.cycle()
    till.cycle()
    sell(second, amount=200)
    second.cycle()
    second.close()
    assert losses(leasing) == [
        ("S001", "S001-1", "C7", 1000, "first"), ("S001", "S001-2", "C7", 200, "first")
    ]  # fmt: skip


def test_both_uses_in_one_push(leasing: Chain, till: TillFolder) -> None:
    """T-41: the same coupon on two tickets of one till."""
    till.cycle()
    sell(till)
    sell(till, amount=400)
    assert till.cycle().outcomes == {"applied": 1, "applied_with_exception": 1}
    assert losses(leasing) == [("S001", "S001-1", "C7", 400, "first")]


def test_a_coupon_that_was_used_before_hq_knew_of_tills(leasing: Chain, till: TillFolder) -> None:
    from sync.hq.chain_tables import CouponRow

    with leasing.database.write() as session:
        session.get_one(CouponRow, "K1").state = "used"
    sell(till)
    till.cycle()
    assert losses(leasing) == [("S001", "S001-1", "C7", 1000, "before")]


def test_the_push_that_is_lost_on_its_way_back_settles_once(leasing: Chain, till: TillFolder, away: TillFolder) -> None:
    """G-1: a settlement comes once, however often the facts do."""
    till.cycle()
    away.cycle()
    sell(away)
    sell(till)
    away.cycle()
    from posclient.errors import LinkError

    def lose(call: str, go: Any) -> Any:
        answer = go()
        if call == "push":
            raise LinkError("timeout")
        return answer

    till.line.meddle = lose
    till.cycle()
    till.cycle()
    till.line.meddle = lambda _call, go: go()
    till.cycle()
    assert losses(leasing) == [("S002", "S002-1", "C7", 1000, "lease")]
