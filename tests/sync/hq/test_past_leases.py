"""Leases of coupons that no store is to have any more: they end, and are not granted anew."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from sync.hq import leasing as module
from sync.hq.chain_tables import CouponRow, MemberRow
from sync.hq.feeds import publish, store_feed
from sync.hq.lease_tables import CouponLeaseRow
from sync.hq.leasing import face
from sync.hq.placing import coupon_changes, stores
from sync.hq.retiring import retire
from sync.hq.tables import FeedRow
from tests.sync.hq.leases import coupon, member, settings
from tests.sync.tills import Chain, TillFolder, stored


@pytest.fixture
def leasing(chain: Chain) -> Chain:
    """M1 of S001 has K1 and K2, both for ever, and leases are on."""
    settings(chain, coupon_leases=True)
    member(chain)
    coupon(chain, "K1")
    coupon(chain, "K2")
    return chain


def changed(chain: Chain, name: str, **values: Any) -> None:
    """As an import of coupons does it."""
    with chain.database.write(shared=True) as session:
        row = session.get_one(CouponRow, name)
        row.data = json.dumps({**json.loads(row.data), **values})
        session.flush()
        homes = {row.member: session.get_one(MemberRow, row.member).home_store}
        publish(session, list(coupon_changes([row], homes, stores(session))))


def leased(till: TillFolder) -> list[str]:
    return [key for (key,) in till.rows("SELECT key FROM coupon_lease ORDER BY key")]


def go_on(till: TillFolder, days: int) -> None:
    """The till comes by each day."""
    for _ in range(days):
        till.chain.clock.forward(days=1)
        assert till.cycle().error is None


def test_no_store_has_the_lease_of_a_coupon_that_is_past_for_ever(leasing: Chain, till: TillFolder) -> None:
    """Each member has some in a year: all tills of a store would carry their leases, signed twice a week anew."""
    changed(leasing, "K1", until=(leasing.clock.now() + timedelta(days=2)).isoformat())
    till.cycle()
    assert leased(till) == ["K1", "K2"]
    go_on(till, 10)
    assert leased(till) == ["K2"]
    go_on(till, 10)
    assert [(one.coupon, one.state) for one in stored(leasing, CouponLeaseRow)] == [("K1", "lapsed"), ("K2", "open")]
    changed(leasing, "K1", until=(leasing.clock.now() + timedelta(days=30)).isoformat())
    go_on(till, 1)
    assert leased(till) == ["K1", "K2"]


def test_a_coupon_that_left_the_feed_is_not_even_read(
    leasing: Chain, till: TillFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that a store's members did not use in all years would be read at each contact, while all writers wait."""
    changed(leasing, "K1", until=(leasing.clock.now() - timedelta(days=1)).isoformat())
    assert retire(leasing.database, leasing.clock, lambda: False) == 0
    go_on(till, 40)
    assert retire(leasing.database, leasing.clock, lambda: False) == 1
    with leasing.database.read() as session:
        gone = session.get(FeedRow, (store_feed("S001"), "coupon", "K1"))
        assert gone is not None
        assert gone.data is None
    read: list[str] = []

    def noted(one: CouponRow) -> int:
        read.append(one.id)
        return face(one)

    monkeypatch.setattr(module, "is_past", lambda *_said: False)
    monkeypatch.setattr(module, "face", noted)
    go_on(till, 8)
    assert set(read) == {"K2"}


def test_what_became_too_dear_for_stores_goes_back_to_hq(leasing: Chain, till: TillFolder) -> None:
    """protocol.md, coupons: high value, online only; also where the chain says so later."""
    till.cycle()
    settings(leasing, coupon_online_over=500)
    go_on(till, 10)
    assert leased(till) == []


def test_those_that_are_past_are_not_in_the_way_of_the_others(
    leasing: Chain, till: TillFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A campaign's coupons end together, more than one contact renews; what is good is renewed all the same."""
    monkeypatch.setattr(module, "MOST_AT_ONCE", 2)
    for number in range(6):
        coupon(leasing, f"A{number}")
    for _ in range(8):
        leasing.clock.forward(minutes=6)
        till.cycle()
    assert len(leased(till)) == 8
    for number in range(6):
        changed(leasing, f"A{number}", until=(leasing.clock.now() + timedelta(days=1)).isoformat())
    before = {one.coupon: one.not_after_ms for one in stored(leasing, CouponLeaseRow)}
    leasing.clock.forward(days=4)
    till.cycle()
    now = {one.coupon: one.not_after_ms for one in stored(leasing, CouponLeaseRow)}
    assert {name for name in now if now[name] > before[name]} == {"K1", "K2"}
