"""All tills change a price at one instant, HQ's, whatever their own clocks say (protocol.md, clocks)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from posclient.actions import checkout, payment, status
from posclient.db import contact, terminal
from posclient.db.instants import to_ms
from tests.actions.kidswear import Shop, sku
from tests.actions.test_coupon_rights import lease, leasing, seen

__all__ = ["leasing"]

SHIRT = sku("T001")
HOUR = timedelta(hours=1)


def heard(shop: Shop, ahead: timedelta) -> None:
    """HQ's signed time, as at a contact: its clock is ``ahead`` of this till's."""
    here, offset_ms = to_ms(shop.clock.at), ahead // timedelta(milliseconds=1)
    terminal.note_offset(shop.till.db, offset_ms, proved=True)
    contact.note(shop.till.db, here + offset_ms, here)


def price_now(shop: Shop) -> int:
    """A shirt's, as the next customer pays it."""
    price = checkout.add(shop.till, SHIRT).total
    checkout.void(shop.till, "顾客不要")
    return price


def sold_at(shop: Shop) -> datetime:
    checkout.add(shop.till, SHIRT)
    cart = payment.open(shop.till).cart_id
    payment.pay(shop.till, "cash")
    payment.complete(shop.till, cart)
    ((body,),) = shop.rows("SELECT body FROM fact WHERE kind = 'SaleCompleted'")
    return datetime.fromisoformat(json.loads(body)["at"])


@pytest.mark.parametrize("ahead", [3 * HOUR, -3 * HOUR])
def test_a_price_changes_when_hqs_clock_says_so(shop: Shop, ahead: timedelta) -> None:
    """A clock three hours slow sold for yesterday's price until three, a fast one for tomorrow's from nine."""
    at_hq = shop.clock.at
    shop.hq.price(SHIRT, 100, "new", at_hq + HOUR)
    shop.clock.at -= ahead
    heard(shop, ahead)
    assert price_now(shop) != 100
    shop.clock.forward(hours=1)
    assert price_now(shop) == 100


@pytest.mark.parametrize("ahead", [3 * HOUR, -3 * HOUR])
def test_a_sale_is_of_hqs_hour(shop: Shop, ahead: timedelta) -> None:
    """Its slip, its day and its place among the others'; nothing is said to be wrong, for nothing is."""
    at_hq = shop.clock.at
    shop.clock.at -= ahead
    heard(shop, ahead)
    assert sold_at(shop) == at_hq
    assert terminal.read(shop.till.db).floor_ms == to_ms(at_hq)
    strip = status.status(shop.till)
    assert (strip.clock_suspect, strip.clock_jumped) == (False, False)


def test_a_clock_that_is_days_off_is_told_of_and_not_corrected(shop: Shop) -> None:
    """It is HQ's or ours, and one of them has stopped: a person has to look."""
    here = shop.clock.at
    heard(shop, timedelta(days=400))
    assert sold_at(shop) == here


def test_a_clock_that_is_put_right_counts_from_the_next_contact(shop: Shop) -> None:
    """The median of the last five differences would go on for three contacts with what is over."""
    for _ in range(5):
        heard(shop, 3 * HOUR)
    shop.clock.forward(hours=3)
    heard(shop, timedelta())
    assert sold_at(shop) == shop.clock.at


def test_one_late_answer_is_no_new_clock(shop: Shop) -> None:
    """T-22: it was under way for a minute."""
    for _ in range(3):
        heard(shop, timedelta())
    heard(shop, timedelta(minutes=-1))
    assert sold_at(shop) == shop.clock.at


def test_a_fast_clock_put_right_without_hq_gives_no_lease_more_time(leasing: Shop) -> None:
    """S-17: by the difference that was, HQ's clock would be three hours behind what it is."""
    leasing.clock.forward(hours=3)
    heard(leasing, -3 * HOUR)
    leasing.clock.forward(hours=-3)
    lease(leasing, leasing.clock.at + HOUR)
    leasing.clock.forward(hours=3.5)
    assert seen(leasing).reason == "lease_ended"


def test_a_clock_that_is_put_back_brings_nothing_back(shop: Shop) -> None:
    """S-16: the floor is of HQ's hours as well."""
    shop.hq.price(SHIRT, 100, "gone", shop.clock.at - HOUR, until=(shop.clock.at + HOUR).isoformat())
    heard(shop, 3 * HOUR)
    assert price_now(shop) != 100
    sold_at(shop)
    shop.clock.forward(hours=-3)
    assert price_now(shop) != 100
    assert status.status(shop.till).clock_suspect
