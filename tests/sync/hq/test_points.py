"""Points in escrow: the same books as stored value, in another unit; what sales earn goes in, what they spend out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from posclient.db import outbox
from posclient.db.connection import transaction
from posclient.domain.tenders import Payment
from sync.asking import HoldRequest
from sync.hq.erasing import erase
from sync.hq.lease_tables import LossRow, ValueAccountRow
from tests.sync.hq.leases import check_books, member, settings
from tests.sync.hq.till_at_hq import make_line
from tests.sync.tills import Chain, TillFolder, stored


@pytest.fixture
def points(chain: Chain) -> Chain:
    """100 points are a yuan, offline too; M1 of S001 has 5,000."""
    settings(chain, points_for_yuan=100, points_offline=True)
    member(chain, points=5_000)
    return chain


@pytest.fixture
def second(points: Chain, tmp_path: Path) -> Iterator[TillFolder]:
    """The other till of S001."""
    opened = TillFolder(points, tmp_path / "second", points.code("S001", 2))
    yield opened
    opened.close()


def leased(till: TillFolder) -> int:
    """Points that HQ leased to a till, as its cache has it."""
    return int(till.rows("SELECT coalesce(sum(amount), 0) FROM value_lease WHERE unit = 'points'")[0][0])


def spend(till: TillFolder, pieces: int, earned: int = 0, reference: str = "") -> None:
    """A sale paid with so many points, as a till does that does not look at its lease."""
    payment = Payment("p1", "points", pieces, pieces, reference or str(pieces))
    line = make_line("1", "A", 1, pieces)
    sold: dict[str, Any] = {"lines": (line,), "gross": pieces, "total": pieces, "shares": (), "points": earned}
    till.sale(at=till.chain.clock.now(), member="M1", payments=(payment,), cashier="C7", **sold)


def test_points_are_leased_only_where_the_chain_says_so(points: Chain, till: TillFolder) -> None:
    """T-43: optional, at the chain's own risk."""
    settings(points, points_offline=False)
    till.cycle()
    assert leased(till) == 0
    settings(points, points_offline=True)
    till.cycle()
    assert leased(till) == 2_000
    assert check_books(points, "points") == {"M1": 5_000}


def test_two_tills_of_a_store_share_what_it_may_spend(points: Chain, till: TillFolder, second: TillFolder) -> None:
    """S-18."""
    settings(points, points_lease=3_001)
    till.cycle()
    second.cycle()
    assert sorted((leased(till), leased(second))) == [1_500, 1_501]
    check_books(points, "points")


def test_a_sale_spends_and_earns_once(points: Chain, till: TillFolder) -> None:
    """T-16, G-1: the reply got lost, and the sale comes again."""
    till.cycle()
    spend(till, 1_500, earned=7)
    assert till.cycle().outcomes == {"applied": 1}
    with transaction(till.con) as con:
        outbox.replay_from(con, 1)
    assert till.cycle().outcomes == {"duplicate": 1}
    assert check_books(points, "points") == {"M1": 3_507}
    assert leased(till) == 500
    assert till.rows("SELECT points FROM member") == [(3_507,)]


def test_an_online_till_gets_points_for_minutes(points: Chain, till: TillFolder, second: TillFolder) -> None:
    settings(points, points_offline=False)
    second.cycle()
    top = till.line.hold(HoldRequest(member="M1", points=3_000)).points
    assert top is not None
    assert top.amount == 3_000
    other = second.line.hold(HoldRequest(member="M1", points=3_000)).points
    assert other is not None
    assert other.amount == 2_000
    assert check_books(points, "points") == {"M1": 5_000}


def test_points_that_were_asked_for_and_not_spent_are_free_again(points: Chain, till: TillFolder) -> None:
    """S-18: also where they are never leased for days, so that nothing else brings a till's contact to its books."""
    settings(points, points_offline=False)
    till.line.hold(HoldRequest(member="M1", points=5_000))
    till.cycle()
    for minutes in (40, 6):  # at the first contact it has said nothing since the end
        points.clock.forward(minutes=minutes)
        till.cycle()
    assert leased(till) == 0
    top = till.line.hold(HoldRequest(member="M1", points=5_000)).points
    assert top is not None
    assert top.amount == 5_000
    check_books(points, "points")


def test_what_was_leased_is_free_again_after_the_chain_leases_no_more(points: Chain, till: TillFolder) -> None:
    till.cycle()
    settings(points, points_offline=False, points_for_yuan=0)
    points.clock.forward(days=8)
    till.note()
    till.cycle()
    assert leased(till) == 0
    check_books(points, "points")


def test_points_of_a_claimed_code_go_into_the_account(points: Chain, till: TillFolder) -> None:
    """The till did not know the code: HQ credits them, and the next spending must not lose them."""
    till.cycle()
    till.sale(at=points.clock.now(), claimed_code="CM1", points_base=50_000)
    till.cycle()
    assert check_books(points, "points") == {"M1": 5_500}
    spend(till, 1_000)
    till.cycle()
    assert till.rows("SELECT points FROM member") == [(4_500,)]


def test_where_points_are_no_tender_nothing_is_leased_of_them(points: Chain, till: TillFolder) -> None:
    settings(points, points_for_yuan=0)
    reply = till.line.hold(HoldRequest(member="M1", points=3_000, value=1))
    assert (reply.points, reply.value) == (None, None)
    assert till.line.hold(HoldRequest(member="M9", points=3_000)).points is None


def test_more_than_the_member_had_is_a_loss_at_its_worth(points: Chain, till: TillFolder) -> None:
    """A disk that was put back: the sale stands, nothing goes below 0."""
    till.cycle()
    spend(till, 8_000)
    assert till.cycle().outcomes == {"applied_with_exception": 1}
    assert till.rows("SELECT code FROM fact_outcome") == [("points_overspent",)]
    assert check_books(points, "points") == {"M1": 0}
    assert [(one.kind, one.amount) for one in stored(points, LossRow)] == [("points", 3_000)]


@pytest.mark.parametrize("reference", ["-5", "１２", "9" * 30, "many"])
def test_a_number_of_points_that_is_none_spends_what_the_amount_is_worth(
    points: Chain, till: TillFolder, reference: str
) -> None:
    """S-5: not nothing, or the member would have the goods and keep the points."""
    spend(till, 100, reference=reference)
    assert till.cycle().outcomes == {"applied": 1}
    assert check_books(points, "points") == {"M1": 4_900}


def test_where_points_are_worth_nothing_a_payment_with_them_is_a_loss(points: Chain, till: TillFolder) -> None:
    settings(points, points_for_yuan=0)
    spend(till, 100, reference="many")
    assert till.cycle().outcomes == {"applied_with_exception": 1}
    assert [(one.kind, one.amount) for one in stored(points, LossRow)] == [("points", 100)]


def test_without_the_tender_no_account_is_kept(chain: Chain, till: TillFolder) -> None:
    member(chain, points=5_000)
    till.sale(at=chain.clock.now(), member="M1", points=3)
    till.cycle()
    assert stored(chain, ValueAccountRow) == []
    assert till.rows("SELECT points FROM member") == [(5_003,)]


def test_tills_that_keep_to_their_leases_never_overspend(points: Chain, till: TillFolder, second: TillFolder) -> None:
    """S-18: earnings, spends, contacts and time in any order: the books balance and no loss is ever made."""
    chance = Random(11)
    tills = (till, second)
    left = [0, 0]
    for _ in range(40):
        at = chance.randrange(2)
        deed = chance.randrange(4)
        if deed == 0:
            points.clock.forward(hours=chance.choice((1, 5, 80)))
            left = [0, 0]  # a till that does not look at its clock may not spend
        elif deed == 1:
            assert tills[at].cycle().error is None
            left[at] = leased(tills[at])
        elif left[at] > 0 and tills[at].unsent() == 0:
            spend(tills[at], chance.randint(1, min(left[at], 800)), earned=chance.randrange(50))
            left[at] = 0
        check_books(points, "points")
    assert stored(points, LossRow) == []


def test_points_of_a_member_who_was_forgotten_before_the_sale_came(points: Chain, till: TillFolder) -> None:
    """S-18: leased by HQ, spent offline: an honest sale, which no loss is booked for."""
    till.cycle()
    spend(till, leased(till))
    erase(points.database, points.clock, "boss", "M1")
    assert till.cycle().outcomes == {"applied": 1}
    assert stored(points, LossRow) == []
