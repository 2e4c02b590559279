"""A contact that the store's hub brought says nothing of how slow the till's clock is."""

from __future__ import annotations

from datetime import timedelta

from posclient.db import contact, terminal
from posclient.db.instants import to_ms
from tests.actions.kidswear import Shop
from tests.actions.test_coupon_rights import lease, leasing, seen  # noqa: F401  (one is a fixture)


def test_an_answer_that_the_hub_had_for_hours_ends_no_lease(leasing: Shop) -> None:  # noqa: F811
    """protocol.md, store hub 8: the till asked at nine, HQ signed at twelve; no lease goes by it."""
    lease(leasing, leasing.clock.at + timedelta(hours=5))
    asked = to_ms(leasing.clock.at)
    for _ in range(5):
        terminal.note_offset(leasing.till.db, 0)
    contact.note(leasing.till.db, asked, asked)
    leasing.clock.at += timedelta(hours=3)
    contact.note(leasing.till.db, to_ms(leasing.clock.at), asked)
    assert seen(leasing).state == "used"
