"""A till that is offline believes HQ's signature, and neither its cache nor its cart (S-23, S-24)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from posclient.actions import checkout, holding, payment
from posclient.actions.holding import Answer, Kept
from posclient.actions.views import CartView
from posclient.db.live_cache import LiveCache
from sync.hq.feeds import Change
from sync.hq.lease_signing import hold_signature, signed
from tests.actions.kidswear import HQ_SEED, STORE, TERMINAL, Shop, kept, member_row, on_top, sku

ANOTHERS = b"x" * 32


@pytest.fixture
def leasing(shop: Shop) -> Shop:
    """Coupon K1 (10 yuan) is leased to S001, 50 of M1's 300 yuan to this till, for two days; a coat is in the cart."""
    shop.hq.setting("coupon_leases", True)
    shop.hq.setting("stored_value", True)
    shop.hq.send(STORE, member_row("M1", "王小明", "13912341234", stored_value=30_000))
    shop.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 1000})
    end = (shop.clock.at + timedelta(days=2)).isoformat()
    shop.hq.send(STORE, ("coupon_lease", "K1", {"coupon": "K1", "store": "S001", "not_after": end}))
    shop.hq.send(TERMINAL, ("value_lease", "L1", {"id": "L1", "member": "M1", "amount": 5_000, "not_after": end}))
    checkout.add(shop.till, sku("A001"))
    return shop


def edit(shop: Shop, table: str, column: str, value: Any) -> None:
    """As somebody with an editor for SQLite."""
    cache = LiveCache(shop.folder, writable=True)
    cache.con.execute(f"UPDATE {table} SET {column} = ?", (value,))
    cache.close()
    shop.reopen()


def served(shop: Shop) -> CartView:
    checkout.set_member(shop.till, None)
    return checkout.set_member(shop.till, "M1")


def rights(shop: Shop) -> tuple[int, int]:
    """Fen that the coupon takes off, and fen of stored value that may be spent."""
    view = served(shop)
    assert view.member is not None
    assert view.member.value is not None
    return view.coupon_off, view.member.value.amount


def test_what_hq_signed_is_believed(leasing: Shop) -> None:
    assert rights(leasing) == (1000, 5_000)


@pytest.mark.parametrize(
    ("table", "column", "value", "left"),
    [
        ("coupon_lease", "not_after", "2027-11-21T00:00:00+08:00", (0, 5_000)),
        ("coupon_lease", "signature", "", (0, 5_000)),
        ("coupon_lease", "signature", "not base64", (0, 5_000)),
        ("value_lease", "amount", 30_000, (1000, 0)),
        ("value_lease", "not_after", "2027-11-21T00:00:00+08:00", (1000, 0)),
        ("value_lease", "unit", "points", (1000, 0)),
    ],
)
def test_an_edited_row_gives_no_right(
    leasing: Shop, table: str, column: str, value: Any, left: tuple[int, int]
) -> None:
    edit(leasing, table, column, value)
    assert rights(leasing) == left


def test_another_stores_lease_cannot_be_written_over(leasing: Shop) -> None:
    row = {"coupon": "K1", "store": "S002", "not_after": (leasing.clock.at + timedelta(days=2)).isoformat()}
    leasing.hq.send(STORE, ("coupon_lease", "K1", row))
    edit(leasing, "coupon_lease", "store", "S001")
    assert rights(leasing)[0] == 0


def test_another_keys_signature_is_none(leasing: Shop) -> None:
    """S-13: whoever sits in the line may send rows, and cannot sign them."""
    row = {"coupon": "K1", "store": "S001", "not_after": (leasing.clock.at + timedelta(days=9)).isoformat()}
    (change,) = signed(ANOTHERS, [Change(STORE, "coupon_lease", "K1", row)])
    leasing.hq.send(STORE, ("coupon_lease", "K1", dict(change.data or {})))
    assert rights(leasing)[0] == 0


def test_a_lease_of_another_till_is_not_ours(leasing: Shop) -> None:
    """S-18: the row of a neighbour's cache, signature and all."""
    end = (leasing.clock.at + timedelta(days=2)).isoformat()
    row = {"id": "L1", "member": "M1", "unit": "value", "amount": 9_000, "not_after": end}
    (change,) = signed(HQ_SEED, [Change("terminal:T2", "value_lease", "L1", row)])
    leasing.hq.send(TERMINAL, ("value_lease", "L1", dict(change.data or {})))
    assert rights(leasing)[1] == 0


def test_a_hold_is_good_until_hq_signed_whatever_the_cart_says(leasing: Shop) -> None:
    leasing.hq.send(STORE, ("coupon_lease", "K1", None))
    leasing.till.online = True
    asked = holding.question(served(leasing))
    assert asked is not None
    until = leasing.clock.at + timedelta(minutes=10)
    assert holding.take(leasing.till, asked, Answer({"K1": kept("K1", until)})).coupon_off == 1000
    cart = leasing.till.selling.cart
    longer = replace(cart.holds[0], until=(until + timedelta(days=9)).isoformat())
    for hold in (longer, replace(longer, hq_until=longer.until)):
        leasing.till.selling.cart = replace(cart, holds=(hold,))
        leasing.till.selling.card = None
        leasing.clock.at = until
        assert checkout.set_quantity(leasing.till, "1", 1).coupon_off == 0


def test_a_hold_of_another_coupon_or_till_is_none(leasing: Shop) -> None:
    leasing.hq.send(STORE, ("coupon_lease", "K1", None))
    leasing.till.online = True
    asked = holding.question(served(leasing))
    assert asked is not None
    until = (leasing.clock.at + timedelta(minutes=10)).isoformat()
    for who in (("T2", "K1"), ("T1", "K2")):
        said = Kept(until, hold_signature(HQ_SEED, *who, until))
        assert holding.take(leasing.till, asked, Answer({"K1": said})).coupon_off == 0


def test_more_on_top_counts_only_as_hq_signed_it(leasing: Shop) -> None:
    served(leasing)
    view = payment.open(leasing.till)
    asked = holding.question(view)
    assert asked is not None
    end = (leasing.clock.at + timedelta(minutes=25)).isoformat()
    more = on_top("L2", "M1", 10_000, end)
    view = holding.take(leasing.till, asked, Answer(on_top=(replace(more, amount=20_000),)))
    assert view.member is not None
    assert view.member.value is not None
    assert view.member.value.amount == 5_000
    view = holding.take(leasing.till, asked, Answer(on_top=(more,)))
    assert view.member is not None
    assert view.member.value is not None
    assert view.member.value.amount == 15_000


def test_a_till_whose_hq_signed_nothing_yet_asks_hq(leasing: Shop, tmp_path: Path) -> None:
    """A row of an older HQ has no signature at all: it says nothing offline, and online HQ is asked."""
    row = {"coupon": "K1", "store": "S001", "not_after": "2027-11-21T00:00:00+08:00", "signature": ""}
    leasing.hq.send(STORE, ("coupon_lease", "K1", row))
    leasing.till.online = True
    view = served(leasing)
    assert view.member is not None
    assert view.member.coupons[0].reason == "ask_hq"
