"""The day that a coupon is said to be good until is one on which the till takes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from posclient.actions.views import CouponView
from ui.i18n import tr
from ui.models.coupon_rows import coupon_row


def said(until: datetime) -> str:
    return coupon_row(CouponView("K1", "满减券", "used", 1000, "", 0, "auto", until)).detail


def test_an_end_at_midnight_is_the_day_before() -> None:
    """``until`` is the first instant at which it is good no more (pricing.md), and most coupons end at midnight."""
    midnight = datetime(2026, 12, 1).astimezone()
    for end in (midnight, midnight.astimezone(UTC)):
        assert said(end) == tr("coupon.until", day="2026-11-30")
    assert said(midnight + timedelta(minutes=1)) == tr("coupon.until", day="2026-12-01")


@pytest.mark.parametrize("end", ["9999-12-31T23:59:59+00:00", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
def test_an_end_that_no_calendar_here_has_is_said_as_it_came(end: str) -> None:
    assert said(datetime.fromisoformat(end))[-10:] in {"9999-12-31", "0001-01-01"}
