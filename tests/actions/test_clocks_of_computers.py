"""What the clock of a shop's computer does by itself: an hour that comes twice or never, a battery that is dead (S-16).

Elsewhere a person puts the clock back; here nobody has done anything.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from posclient.actions import checkout, login, payment, readiness, receipts, shift_report, status
from posclient.actions.views import SaleDone
from posclient.db import sales, terminal
from posclient.db.instants import to_ms
from posclient.domain.sale import Sale
from posclient.errors import Refused
from tests.actions.kidswear import STORE, Shop, StandingClock, make_folder, member_row, open_shop, sku
from ui.opening import SystemClock

COAT, SHIRT = sku("A001"), sku("T001")
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
DEAD = [datetime(1970, 1, 1, 0, 0, 7, tzinfo=UTC), datetime(2000, 1, 1, tzinfo=UTC)]


@dataclass
class ZoneClock(StandingClock):
    """The clock of a computer in ``zone``: as ``ui.opening.SystemClock`` it knows the offset of the moment alone."""

    zone: ZoneInfo = BERLIN

    def now(self) -> datetime:
        return self.local(self.at)

    def local(self, at: datetime) -> datetime:
        local = at.astimezone(self.zone)
        return local.replace(tzinfo=timezone(local.utcoffset() or timedelta()))


def shop_in(zone: ZoneInfo, folder: Path, at: str) -> Shop:
    clock = ZoneClock(datetime.fromisoformat(at).astimezone(UTC), zone)
    hq = make_folder(folder, clock)
    return Shop(folder, clock, hq, open_shop(folder, clock))


def sell(shop: Shop, article: str = SHIRT) -> SaleDone:
    view = checkout.add(shop.till, article)
    payment.open(shop.till)
    payment.pay(shop.till, "cash")
    return payment.complete(shop.till, view.cart_id)


def sale_of(shop: Shop, done: SaleDone) -> Sale:
    found = sales.by_id(shop.till.db, done.sale_id)
    assert found is not None
    return found


def suspects(shop: Shop) -> list[object]:
    """What each fact says of its clock, in the order of the chain."""
    bodies = shop.rows("SELECT body FROM fact ORDER BY number")
    return [json.loads(body)["clock"].get("clock_suspect") for (body,) in bodies]


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        (BERLIN, "2026-10-25T02:30:00+02:00", date(2026, 10, 25)),
        (NEW_YORK, "2026-11-01T01:30:00-04:00", date(2026, 11, 1)),
    ],
)
def test_the_hour_that_comes_twice(tmp_path: Path, zone: ZoneInfo, at: str, day: date) -> None:
    """T-22: sales of both stand one after the other in one day, and no clock is said to be wrong."""
    shop = shop_in(zone, tmp_path, at)
    first, known = sell(shop), shop.till.now()
    shop.clock.forward(minutes=50)
    second = sell(shop)
    shop.clock.forward(minutes=10)
    assert shop.clock.now().replace(tzinfo=None) == known.replace(tzinfo=None), "the same figures on the wall"
    assert not status.status(shop.till).clock_suspect
    third = sell(shop, COAT)
    assert [one.receipt[-15:] for one in (first, second, third)] == [f"{day:%Y%m%d}-00000{n}" for n in (1, 2, 3)]
    found = [sale_of(shop, one) for one in (first, second, third)]
    assert [one.at for one in found] == sorted(one.at for one in found)
    assert found[2].at - found[0].at == timedelta(hours=1)
    assert {one.business_date for one in found} == {day}
    assert [one.id for one in sales.recent(shop.till.db, 3)] == [one.id for one in reversed(found)]
    assert suspects(shop) == [None, None, None]
    figures = shift_report.reading(shop.till, day).figures
    assert (figures.sales, figures.net) == (3, 2 * 5900 + 25900)
    assert shop.reopen().now() == shop.clock.now()
    shop.till.close()


@pytest.mark.parametrize(
    ("zone", "start", "begins", "ends"),
    [
        (BERLIN, "2026-10-25T02:10:00+02:00", "2026-10-25T02:15:00+01:00", "2026-10-25T02:45:00+01:00"),
        (NEW_YORK, "2026-11-01T01:10:00-04:00", "2026-11-01T01:15:00-05:00", "2026-11-01T01:45:00-05:00"),
        (BERLIN, "2026-03-29T01:00:00+01:00", "2026-03-29T02:05:00+01:00", "2026-03-29T03:35:00+02:00"),
        (NEW_YORK, "2026-03-08T01:00:00-05:00", "2026-03-08T03:05:00-04:00", "2026-03-08T02:35:00-05:00"),
    ],
    ids=["Berlin twice", "New York twice", "Berlin never", "New York never"],
)
def test_prices_promotions_and_coupons_hold_by_instants(
    tmp_path: Path, zone: ZoneInfo, start: str, begins: str, ends: str
) -> None:
    """S-17: from and until name one of the two hours; the figures of the other on the wall are no matter."""
    shop = shop_in(zone, tmp_path, start)
    opens, closes = datetime.fromisoformat(begins), datetime.fromisoformat(ends)
    shop.hq.price(SHIRT, 1000, "p2", opens, until=ends)
    shop.hq.promotion(
        {"id": "P1", "kind": "amount_off", "amount": 100, "from": begins, "until": ends, "include": ["category:coat"]}
    )
    shop.hq.send(STORE, member_row("M9", "王", "13900000009"))
    shop.hq.coupon("K1", "M9", {"kind": "amount_off", "amount": 7, "from": begins, "until": ends}, until=ends)
    checkout.set_member(shop.till, "M9")
    checkout.add(shop.till, SHIRT)
    checkout.add(shop.till, COAT)
    second = timedelta(seconds=1)
    for at, holds in [(shop.clock.at, False), (opens - second, False), (opens, True), (closes - second, True),
                      (closes, False)]:  # fmt: skip
        shop.clock.at = at.astimezone(UTC)
        view = checkout.set_member(shop.till, "M9")
        assert view.total == (1000 + 25900 - 107 if holds else 5900 + 25900), at
    shop.till.close()


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [(BERLIN, "2026-10-25T00:00:00+02:00", 25), (BERLIN, "2026-03-29T00:00:00+01:00", 23),
     (NEW_YORK, "2026-11-01T00:00:00-04:00", 25), (NEW_YORK, "2026-03-08T00:00:00-05:00", 23)],
)  # fmt: skip
def test_a_day_of_23_or_25_hours_ends_at_midnight(tmp_path: Path, zone: ZoneInfo, day: str, hours: int) -> None:
    begins = datetime.fromisoformat(day)
    shop, ends = shop_in(zone, tmp_path, day), begins + timedelta(hours=hours)
    for at in (begins, ends - timedelta(seconds=1), ends):
        shop.clock.at = at.astimezone(UTC)
        sell(shop)
    days = [day for (day,) in shop.rows("SELECT business_date FROM sale ORDER BY number")]
    today = begins.date()
    assert days == [today.isoformat()] * 2 + [(today + timedelta(days=1)).isoformat()]
    assert suspects(shop) == [None] * 3
    shop.till.close()


def test_a_computer_that_sets_its_clock_back_and_not_its_zone_is_suspect(tmp_path: Path) -> None:
    """The end of summer time done by hand, or by a second system on the disk: the floor holds for that hour."""
    shop = shop_in(BERLIN, tmp_path, "2026-10-25T23:30:00+01:00")
    sell(shop)
    shop.clock.forward(minutes=40)
    sell(shop)
    floor = shop.till.now()
    shop.clock.forward(hours=-1)
    assert status.status(shop.till).clock_suspect
    assert sell(shop).receipt.endswith("20261026-000003")
    assert shop.till.now() == floor
    shop.clock.forward(hours=1, minutes=1)
    assert not status.status(shop.till).clock_suspect
    sell(shop)
    assert suspects(shop) == [None, None, True, None]
    shop.till.close()


@pytest.mark.parametrize("dead", DEAD, ids=["1970", "2000"])
@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK], ids=["Berlin", "New York"])
def test_a_dead_battery_at_the_start_of_the_program(tmp_path: Path, zone: ZoneInfo, dead: datetime) -> None:
    """In New York 1970 is still 1969. The sale goes on in the business day that was used last, leases rest."""
    shop = shop_in(zone, tmp_path, "2026-11-20T18:00:00+01:00")
    shop.hq.setting("coupon_leases", True)
    shop.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 1000})
    lease = {"coupon": "K1", "store": "S001", "not_after": "2026-11-27T00:00:00+01:00"}
    shop.hq.send(STORE, ("coupon_lease", "K1", lease))
    sell(shop)
    right, floor = shop.clock.at, shop.till.now()
    shop.clock.at = dead
    shop.reopen_logged_out()
    with pytest.raises(Refused, match="wrong_pin"):
        login.log_in(shop.till, "0000")
    login.log_in(shop.till, "1111")
    told = status.status(shop.till)
    assert (told.clock_suspect, told.clock_jumped) == (True, False)
    assert told.business_date == floor.date().isoformat()
    assert min(age for age in (*told.ages.values(), told.oldest_unsent_s) if age is not None) == 0
    assert readiness.look(shop.till, None, {}).clock_behind == shop.till.now() == floor
    checkout.add(shop.till, COAT)
    view = checkout.set_member(shop.till, "M1")
    assert view.member is not None
    assert [(one.state, one.reason) for one in view.member.coupons] == [("unused", "clock_suspect")]
    checkout.set_member(shop.till, None)
    sold = sell(shop)
    assert sold.receipt.endswith(f"{floor:%Y%m%d}-000002")
    assert sale_of(shop, sold).at == floor
    assert receipts.receipt(shop.till, sold.sale_id).at == floor
    assert shift_report.reading(shop.till).figures.sales == 2
    assert min(at for (at,) in shop.rows("SELECT at_ms FROM fact")) >= 0

    shop.clock.at = right + timedelta(hours=14)
    shop.reopen()
    told = status.status(shop.till)
    assert (told.clock_suspect, told.clock_jumped) == (False, False)
    assert sell(shop).receipt.endswith(f"{shop.clock.now():%Y%m%d}-000003")
    assert suspects(shop) == [None, True, None]
    oldest = status.status(shop.till).oldest_unsent_s
    assert oldest is not None
    assert oldest == 14 * 3600
    shop.till.close()


@pytest.mark.parametrize("dead", DEAD, ids=["1970", "2000"])
def test_a_till_that_never_knew_another_time(tmp_path: Path, dead: datetime) -> None:
    """It was enrolled and never used: nothing contradicts its clock, so it sells; put right, a manager is asked."""
    shop = shop_in(NEW_YORK, tmp_path, "2026-11-20T09:00:00-05:00")
    right = shop.clock.at
    shop.clock.at = dead
    shop.reopen()
    sold = sell(shop)
    assert sold.receipt.endswith(f"{shop.clock.now():%Y%m%d}-000001")
    assert terminal.floor_and_offset(shop.till.db)[0] == to_ms(dead)
    shop.clock.at = right
    shop.reopen()
    assert status.status(shop.till).clock_jumped
    assert sell(shop).receipt.endswith("20261120-000002")
    login.confirm_time(shop.till, "9999")
    told = status.status(shop.till)
    assert (told.clock_jumped, told.clock_suspect) == (False, False)
    assert sell(shop).receipt.endswith("20261120-000003")
    assert [one.receipt[-6:] for one in sales.recent(shop.till.db, 5)] == ["000003", "000002", "000001"]
    shop.till.close()


@pytest.mark.parametrize(
    ("zone", "late"),
    [(BERLIN, "2026-07-20T00:20:00+02:00"), (NEW_YORK, "2026-07-20T00:20:00-04:00")],
    ids=["Berlin", "New York"],
)
def test_a_dead_battery_in_summer_does_not_bring_yesterday_back(tmp_path: Path, zone: ZoneInfo, late: str) -> None:
    """The clock says winter, where the zone is an hour behind; what the till has used is shown by summer's hour."""
    shop = shop_in(zone, tmp_path, late)
    first = sell(shop)
    shop.clock.at = DEAD[0]
    shop.reopen()
    second = sell(shop)
    assert [one.receipt[-15:] for one in (first, second)] == ["20260720-000001", "20260720-000002"]
    assert [sale_of(shop, one).at.isoformat() for one in (first, second)] == [late, late]
    assert status.status(shop.till).business_date == "2026-07-20"
    assert shift_report.reading(shop.till).figures.sales == 2
    shop.till.close()


def test_the_computers_own_clock_knows_summer_and_winter(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        monkeypatch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        shown = [SystemClock().local(datetime(2026, month, 1, 12, tzinfo=UTC)).hour for month in (1, 7)]
    finally:
        monkeypatch.undo()
        time.tzset()
    assert shown == [13, 14]
