"""S-25: a payment card's number that somebody types or scans is on no byte of the till's disk, and in no fact."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from posclient.actions import care, checkout, members, payment, search
from posclient.actions.views import ScanKind
from posclient.db import outbox
from tests.actions.kidswear import Shop, sku

CARD = "6222021234567894"
SPACED = "6222 0212 3456 7894"
MASKED = "622202******7894"
COAT = sku("A001")


def typed_everywhere(shop: Shop) -> None:
    """Wherever there is a field for it, and by the scanner."""
    till = shop.till
    for text in (CARD, SPACED):
        assert checkout.scan(till, text).kind is ScanKind.UNKNOWN
        refused = checkout.claim(till, text)
        assert (refused.kind, refused.code) == (ScanKind.REFUSED, "card_number")
        assert search.products(till, text) == ()
        assert members.find(till, text) == ()
    checkout.set_member(till, "M1")
    line = checkout.add(till, COAT).lines[0].id
    checkout.set_price(till, line, 100, f"card {CARD}")
    checkout.discount(till, "amount_off", 10, SPACED)
    cart = payment.open(till).cart_id
    payment.begin_card(till)
    payment.end_card(till, approved=True, reference=f"ok {CARD}")
    payment.complete(till, cart)
    (task, *_) = care.due(till, "G1", till.now() + timedelta(days=60)) or care.due(
        till, "G2", till.now() + timedelta(days=60)
    )
    assert care.change(till, task.id, "done", f"paid with {SPACED}").note == f"paid with {MASKED}"
    checkout.add(till, COAT)
    checkout.void(till, f"wrong card {CARD}")


def test_a_card_number_is_kept_nowhere(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    """S-25: the first six and the last four digits are left, in database, journal and outbox alike."""
    caplog.set_level(logging.DEBUG)
    typed_everywhere(shop)
    bodies = [one.fact.body.decode() for one in outbox.pending(shop.till.db, 500, 10**7)]
    assert sum(MASKED in body for body in bodies) >= 2  # what was said is still understood
    for needle in (CARD, SPACED, CARD[6:], SPACED[7:]):
        assert not any(needle in body for body in bodies)
        assert needle not in caplog.text
        for path in shop.folder.rglob("*"):
            if path.is_file():
                assert needle.encode() not in path.read_bytes(), path
    caplog.clear()


def test_member_codes_of_that_form_are_the_chains_own(shop: Shop) -> None:
    """A chain whose member codes look like card numbers has said so."""
    shop.hq.setting("claimed_codes", [{"prefix": "6222", "length": 16}])
    assert checkout.scan(shop.till, CARD).kind is ScanKind.CLAIMED_MEMBER
    assert checkout.view(shop.till).claimed_code == CARD
