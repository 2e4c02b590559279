"""Rights that HQ leases, to the second: the till lets go 15 minutes before the end, HQ 15 minutes after it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from posclient.domain.leases import (
    Claim,
    Lease,
    Right,
    Spendable,
    ValueLease,
    coupon_right,
    over_for_hq,
    shares,
    spendable,
    won_by,
)

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
QUARTER = timedelta(minutes=15)
LEASE = Lease("S001", NOON + QUARTER)
CLAIM = Claim("S001", NOON - SECOND, lease=LEASE)


@pytest.mark.parametrize(
    ("now", "right"),
    [
        (NOON - SECOND, Right("lease", until=NOON)),
        (NOON, Right("", "lease_ended")),
        (NOON + QUARTER, Right("", "lease_ended")),
    ],
)
def test_a_till_stops_fifteen_minutes_before_the_lease_ends(now: datetime, right: Right) -> None:
    """S-17: the boundary second belongs to HQ."""
    assert coupon_right(replace(CLAIM, now=now)) == right


def test_without_a_lease_a_coupon_waits_for_hq() -> None:
    assert coupon_right(Claim("S001", NOON)) == Right("", "not_leased")
    assert coupon_right(Claim("S001", NOON, asks=True)) == Right("", "ask_hq")
    assert coupon_right(Claim("S001", NOON, online_only=True)) == Right("", "online_only")


def test_another_stores_lease_is_named_with_its_end() -> None:
    theirs = Lease("S002", NOON + QUARTER)
    assert coupon_right(Claim("S001", NOON, lease=theirs)) == Right("", "leased_elsewhere", NOON + QUARTER, "S002")


def test_a_lease_that_hq_calls_back() -> None:
    """Here it ends with this till's own word; where it is wanted, the answer says how the call stands."""
    assert coupon_right(replace(CLAIM, lease=replace(LEASE, given_up=True))) == Right("", "given_up")
    theirs = Lease("S002", NOON + QUARTER)
    waiting = Right("", "recalling", NOON + QUARTER, "S002")
    assert coupon_right(Claim("S001", NOON, lease=theirs, recall="recalling")) == waiting


@pytest.mark.parametrize(("now", "kind"), [(NOON - SECOND, "hold"), (NOON, "")])
def test_a_hold_is_good_until_hq_said_to_the_second(now: datetime, kind: str) -> None:
    assert coupon_right(Claim("S001", now, held_until=NOON, online_only=True)).kind == kind


@pytest.mark.parametrize(
    ("changes", "right"),
    [
        ({}, Right("", "clock_suspect")),
        ({"asks": True}, Right("", "clock_suspect")),
        ({"lease": None, "held_until": NOON + QUARTER}, Right("", "clock_suspect")),
        ({"held_until": NOON + QUARTER, "asks": True, "online_only": True}, Right("", "clock_suspect")),
        ({"lease": None, "asks": True, "online_only": True}, Right("", "clock_suspect")),
        ({"lease": None, "online_only": True}, Right("", "online_only")),
        ({"lease": None}, Right("", "not_leased")),
        ({"held_until": NOON + QUARTER, "overridden": True}, Right("override")),
    ],
)
def test_a_clock_below_the_floor_freezes_leases_and_holds(changes: dict[str, Any], right: Right) -> None:
    """S-16: a clock that was put back makes no right last longer; what is no matter of the clock is said as it is."""
    assert coupon_right(replace(CLAIM, clock_suspect=True, **changes)) == right


def test_the_stores_hub_is_asked_only_where_the_store_has_a_lease() -> None:
    """protocol.md, store hub: one lease, several tills; without an answer the lease alone counts."""
    assert coupon_right(replace(CLAIM, asks_hub=True)) == Right("", "ask_hub")
    assert coupon_right(replace(CLAIM, lease=None, asks_hub=True)) == Right("", "not_leased")
    assert coupon_right(Claim("S001", NOON - SECOND, held_until=NOON, asks_hub=True)).kind == "hold"


@pytest.mark.parametrize(("now", "until"), [(NOON - SECOND, NOON), (NOON, None), (NOON + SECOND, None)])
def test_what_the_hub_keeps_is_good_until_it_said_to_the_second(now: datetime, until: datetime | None) -> None:
    claim = replace(CLAIM, now=now, lease=Lease("S001", NOON + 4 * QUARTER), asks_hub=True, granted_until=NOON)
    assert coupon_right(claim) == (Right("lease", until=until) if until else Right("", "ask_hub"))
    short = replace(claim, now=NOON - SECOND, lease=Lease("S001", NOON + QUARTER - timedelta(milliseconds=500)))
    assert coupon_right(short).until == NOON - timedelta(milliseconds=500)


def test_a_manager_is_asked_only_where_there_is_no_right() -> None:
    assert coupon_right(replace(CLAIM, overridden=True)).kind == "lease"
    assert coupon_right(Claim("S001", NOON, asks=True, overridden=True)) == Right("override")


@pytest.mark.parametrize(
    ("now", "last_sync", "over"),
    [
        (NOON + QUARTER - SECOND, NOON + QUARTER - SECOND, False),
        (NOON + QUARTER, NOON + QUARTER, True),
        (NOON + timedelta(days=6), NOON + QUARTER - SECOND, False),
        (NOON + timedelta(days=6), None, False),
        (NOON + QUARTER + timedelta(days=7) - SECOND, None, False),
        (NOON + QUARTER + timedelta(days=7), None, True),
    ],
)
def test_hq_waits_for_the_holders_next_sync_but_no_longer_than_a_week(
    now: datetime, last_sync: datetime | None, over: bool
) -> None:
    assert over_for_hq(NOON, now, last_sync) is over


def test_a_late_use_still_stands_on_its_lease_for_hq() -> None:
    """Between the till's end and HQ's lies half an hour: no pair of clocks within it makes two rights of one."""
    end = LEASE.not_after + QUARTER
    assert won_by(LEASE, "S001", end - SECOND)
    assert not won_by(LEASE, "S001", end)
    assert not won_by(LEASE, "S002", NOON)


def value(amount: int, ends: datetime = NOON, name: str = "L1") -> ValueLease:
    return ValueLease(name, "M1", amount, ends + QUARTER)


@pytest.mark.parametrize(
    ("leases", "unsent", "balance", "suspect", "found"),
    [
        ((value(500),), 0, 900, False, Spendable(500, NOON)),
        ((value(500), value(100, NOON + QUARTER, "L2")), 150, 900, False, Spendable(450, NOON)),
        ((value(500),), 500, 400, False, Spendable(0, reason="spent")),
        ((value(500),), 700, 400, False, Spendable(0, reason="spent")),
        ((value(500),), 0, 900, True, Spendable(0, reason="clock_suspect")),
        ((value(500, NOON - SECOND),), 0, 900, False, Spendable(0, reason="lease_ended")),
        ((value(500, NOON - 2 * SECOND), value(30, NOON - SECOND)), 0, 9, False, Spendable(0, reason="lease_ended")),
        ((), 0, 900, False, Spendable(0, reason="not_leased")),
        ((), 0, 900, True, Spendable(0, reason="not_leased")),
        ((), 0, 0, False, Spendable(0, reason="empty")),
    ],
)
def test_stored_value_is_what_is_left_of_the_leases(
    leases: tuple[ValueLease, ...], unsent: int, balance: int, suspect: bool, found: Spendable
) -> None:
    """T-43, S-18: never more than was leased less what was spent, and a reason where it is nothing."""
    now = NOON - SECOND
    assert spendable(leases, unsent, balance, now, clock_suspect=suspect) == found


def test_the_tills_of_a_store_share_its_quota_to_the_last_fen() -> None:
    """S-18: two tills without a line to each other can never spend the same yuan."""
    for quota in (0, 1, 7, 20_000):
        for tills in (1, 2, 3, 7):
            assert sum(shares(quota, tills, place) for place in range(tills)) == quota
