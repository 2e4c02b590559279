"""A lease of the store where a member was at home before is called back in vain: it ends when it would have ended."""

from __future__ import annotations

from datetime import datetime

import pytest

from sync.hq.chain_tables import CouponRow, MemberRow
from tests.sync.hq.desks import Desk
from tests.sync.hq.test_recalls import away, home, leasing, refused, second, two_stores
from tests.sync.tills import Chain

__all__ = ["away", "home", "leasing", "second", "two_stores"]


def end(home: Desk) -> datetime:
    ((not_after,),) = home.rows("SELECT not_after FROM coupon_lease")
    return datetime.fromisoformat(not_after)


def moves(chain: Chain) -> None:
    with chain.database.write() as session:
        session.get_one(MemberRow, "M1").home_store = "S002"


def is_dear_now(chain: Chain) -> None:
    with chain.database.write() as session:
        coupon = session.get_one(CouponRow, "K1")
        coupon.data = coupon.data.replace('"amount": 1000', '"amount": 90000')


@pytest.mark.parametrize("change", [moves, is_dear_now])
def test_it_is_left_to_its_end(leasing: Chain, home: Desk, second: Desk, away: Desk, change: object) -> None:
    """With a till of the old store switched off, each time that the customer asked kept the coupon there for another
    week, and then for the week that HQ waits for that till.
    """
    before = end(home)
    change(leasing)  # type: ignore[operator]
    for _ in range(3):
        leasing.clock.forward(days=1)
        assert refused(away).code == "recalling"
        leasing.clock.forward(minutes=11)
        home.sync()
        assert home.rows("SELECT recalled FROM coupon_lease") == [(0,)]
    assert before < end(home)
    assert (end(home) - before).total_seconds() < 1


def test_one_that_would_be_leased_today_goes_on(leasing: Chain, home: Desk, second: Desk, away: Desk) -> None:
    before = end(home)
    leasing.clock.forward(days=4)
    assert refused(away).code == "recalling"
    leasing.clock.forward(minutes=11)
    home.sync()
    assert (end(home) - before).days == 4
