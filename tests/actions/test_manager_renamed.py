"""HQ corrects the row of a manager who is logged in and shares a PIN: they approve on, without another log-in."""

from __future__ import annotations

from posclient.actions import login
from tests.actions.kidswear import STORE, Shop, staff_row


def test_whoever_is_logged_in_is_known_by_their_id(shop: Shop) -> None:
    """A name, a badge or a role more: the message said to log in as one of the two, which they had done."""
    shop.hq.send(STORE, staff_row("M2", "副店长", "9999", "manager"))
    login.log_in(shop.till, "9999", "M2")
    shop.hq.send(STORE, staff_row("M2", "副店长王", "9999", "manager", "guide"))
    approver = login.approve(shop.till, "9999", "discount")
    assert (approver.id, approver.name) == ("M2", "副店长王")
