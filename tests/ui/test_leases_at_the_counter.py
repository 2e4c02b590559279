"""Leases on screen: what can be used offline and until when, why not, and what can be done instead."""

from __future__ import annotations

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from posclient.db import terminal
from posclient.errors import LinkError
from sync.asking import HeldCoupon, RefusedCoupon
from sync.handed_on import HubHold
from tests.actions.kidswear import STORE, TERMINAL, member_row
from tests.ui.conftest import MEMBER, Counter
from tests.ui.played_line import PlayedLine, detail, go_online, held, later, lease, on_top
from ui.context import LinkState
from ui.models.coupon_rows import clock
from ui.screens.approval import ApprovalPage
from ui.screens.payment import PaymentPage

COAT = "A001-RED-110"


@pytest.fixture
def rich(leasing: Counter) -> Counter:
    """M1 has 300 yuan of stored value, 100 of them leased to this till."""
    hq = leasing.store.hq
    hq.setting("stored_value", True)
    hq.send(STORE, member_row("M1", "王小明", "13912341234", stored_value=30_000, code=MEMBER))
    end = (leasing.store.clock.at + timedelta(days=2)).isoformat()
    hq.send(TERMINAL, ("value_lease", "L1", {"id": "L1", "member": "M1", "amount": 10_000, "not_after": end}))
    return leasing


def with_points(counter: Counter, step: int) -> None:
    """M1 may spend 60 points here, by the step: a hundred are a yuan."""
    hq = counter.store.hq
    hq.setting("points_for_yuan", 100)
    hq.setting("points_step", step)
    end = counter.store.clock.at + timedelta(days=2)
    row = {"id": "L2", "member": "M1", "unit": "points", "amount": 60, "not_after": end.isoformat()}
    hq.send(TERMINAL, ("value_lease", "L2", row))


def paying(counter: Counter) -> PaymentPage:
    page = counter.window.front
    assert isinstance(page, PaymentPage)
    return page


def test_a_leased_coupon_says_until_when_it_is_good_offline(leasing: Counter) -> None:
    end = leasing.store.clock.at + timedelta(hours=3)
    lease(leasing, end)
    leasing.scan(MEMBER)
    assert detail(leasing) == f"本店离线可用至 {clock(end)}"


def test_a_coupon_without_a_lease_says_that_it_needs_hq(leasing: Counter) -> None:
    leasing.scan(MEMBER)
    assert detail(leasing) == "未分配到本店，联网后可用"
    assert leasing.cart.coupon_off == 0


def test_a_wrong_clock_is_said_rather_than_asked_about(leasing: Counter) -> None:
    """S-16: HQ could answer, but nobody here could tell when its answer ends."""
    line = PlayedLine(leasing)
    go_online(leasing)
    terminal.raise_floor(leasing.till.db, leasing.store.clock.at + timedelta(hours=1))
    leasing.scan(MEMBER)
    assert (detail(leasing), line.asked) == ("本机时间不对，校时后可用", [])
    leasing.store.clock.forward(hours=1)
    leasing.scan(leasing.gtin(COAT))
    assert (detail(leasing), len(line.asked)) == ("正在向总部确认…", 1)


def test_an_online_till_asks_hq_by_itself_and_once(leasing: Counter) -> None:
    """protocol.md, coupons: the scan is long done when HQ answers."""
    line = PlayedLine(leasing)
    go_online(leasing)
    leasing.scan(MEMBER)
    assert detail(leasing) == "正在向总部确认…"
    assert [one.coupons for one in line.asked] == [["K1"]]
    leasing.scan(leasing.gtin(COAT))
    assert len(line.asked) == 1
    until = (leasing.store.clock.at + timedelta(minutes=10)).isoformat()
    line.answer(held=[held(until)], time=leasing.store.clock.at.isoformat())
    assert leasing.cart.coupon_off == 1000
    assert detail(leasing).startswith("总部已保留至")


def test_an_answer_that_comes_while_the_till_is_locked_counts(leasing: Counter) -> None:
    """Else the coupon would be said to be asked for until the next cart."""
    line = PlayedLine(leasing)
    go_online(leasing)
    leasing.scan(MEMBER)
    leasing.scan(leasing.gtin(COAT))
    leasing.shop.context.show_staff(None)
    until = (leasing.store.clock.at + timedelta(minutes=10)).isoformat()
    line.answer(held=[held(until)], time=leasing.store.clock.at.isoformat())
    leasing.log_in()
    assert leasing.cart.coupon_off == 1000
    assert detail(leasing).startswith("总部已保留至")


def test_a_till_without_hq_asks_the_stores_hub_and_once(leasing: Counter) -> None:
    """protocol.md, store hub: a lease of the store, for the till that asked first."""
    line = PlayedLine(leasing)
    lease(leasing, leasing.store.clock.at + timedelta(hours=3))
    leasing.shop.context.show_link(LinkState(known=True, hub="S001-2", hub_state="through_hub"))
    leasing.scan(MEMBER)
    assert detail(leasing) == "正在向本店中继机确认…"
    assert [one.coupons for one in line.asked] == [["K1"]]
    until = leasing.store.clock.at + timedelta(minutes=10)
    kept = {"time": leasing.store.clock.at.isoformat(), "held": [HeldCoupon(coupon="K1", until=until.isoformat())]}
    line.answer(HubHold, hub="S001-2", **kept)
    assert leasing.cart.coupon_off == 1000
    assert detail(leasing).startswith("本店离线可用至")
    leasing.store.clock.at = until
    leasing.scan(leasing.gtin(COAT))
    assert [one.coupons for one in line.asked] == [["K1"], ["K1"]]  # what was given has ended


def test_the_stores_hub_says_which_till_has_the_coupon(leasing: Counter) -> None:
    line = PlayedLine(leasing)
    end = leasing.store.clock.at + timedelta(minutes=9)
    lease(leasing, leasing.store.clock.at + timedelta(hours=3))
    leasing.shop.context.show_link(LinkState(known=True, hub="S001-2", hub_state="through_hub"))
    leasing.scan(MEMBER)
    taken = RefusedCoupon(coupon="K1", code="held_here", store="S001-3", until=end.isoformat())
    line.answer(HubHold, hub="S001-2", refused=[taken])
    assert detail(leasing) == f"正在收银机 S001-3 上使用，至 {clock(end)}"
    assert leasing.cart.coupon_off == 0


def test_who_has_the_coupon_and_until_when(leasing: Counter) -> None:
    line = PlayedLine(leasing)
    go_online(leasing)
    leasing.scan(MEMBER)
    end = leasing.store.clock.at + timedelta(days=3)
    line.answer(refused=[RefusedCoupon(coupon="K1", code="leased", store="S002", until=end.isoformat())])
    assert detail(leasing) == f"S002 店保留至 {clock(end)}"


@pytest.mark.parametrize("fault", [LinkError("timeout"), ValueError("a time that is none")])
def test_hq_that_does_not_answer_is_no_hq(leasing: Counter, fault: Exception) -> None:
    """T-21: slow, or talking nonsense: the counter goes on as if offline."""
    line = PlayedLine(leasing)
    go_online(leasing)
    leasing.scan(MEMBER)
    line.waiting.pop(0).set_exception(fault)
    QApplication.processEvents()
    assert detail(leasing) == "未分配到本店，联网后可用"
    go_online(leasing, online=False)
    go_online(leasing)
    assert len(line.asked) == 2


def test_a_coupon_that_got_no_answer_is_asked_for_again(leasing: Counter) -> None:
    """T-21: one slow second must not cost the customer their coupon; nor does the till ask in a loop."""
    line = PlayedLine(leasing)
    go_online(leasing)
    leasing.scan(MEMBER)
    for _ in range(2):
        line.waiting.pop(0).set_exception(LinkError("timeout"))
        QApplication.processEvents()
        assert (line.waiting, detail(leasing)) == ([], "未分配到本店，联网后可用")
        later(leasing)
    assert [one.coupons for one in line.asked] == [["K1"]] * 3
    now = leasing.store.clock.at
    line.answer(held=[held((now + timedelta(minutes=10)).isoformat())], time=now.isoformat())
    assert next(row.reason for row in leasing.sale.side.coupon_rows() if row.id == "K1") == ""
    assert not leasing.shop.holding._open_again.isActive()


def test_the_next_customer_is_not_asked_for_the_last_ones_coupon(leasing: Counter) -> None:
    line = PlayedLine(leasing)
    go_online(leasing)
    leasing.scan(MEMBER)
    line.waiting.pop(0).set_exception(LinkError("timeout"))
    QApplication.processEvents()
    leasing.scan(leasing.gtin(COAT))
    for _ in range(3):
        leasing.press(Qt.Key.Key_Return)
    assert leasing.store.rows("SELECT count(*) FROM sale") == [(1,)]
    assert not leasing.shop.holding._open_again.isActive()
    assert len(line.asked) == 1


def test_a_line_that_comes_back_is_used_for_the_cart_on_screen(leasing: Counter) -> None:
    line = PlayedLine(leasing)
    leasing.scan(MEMBER)
    assert line.asked == []
    go_online(leasing)
    assert len(line.asked) == 1
    go_online(leasing, online=False)
    assert detail(leasing) == "未分配到本店，联网后可用"


def test_an_answer_that_comes_after_the_lock_is_let_go(leasing: Counter) -> None:
    line = PlayedLine(leasing)
    go_online(leasing)
    leasing.scan(MEMBER)
    leasing.shop.context.show_staff(None)
    line.answer()
    go_online(leasing, online=False)
    assert leasing.till.online is False


def test_a_manager_lets_a_coupon_through(leasing: Counter) -> None:
    leasing.store.hq.setting("coupon_override_cap", 1000)
    leasing.scan(MEMBER)
    leasing.sale.side.coupons.chosen.emit("K1", "pinned")
    assert isinstance(leasing.window.front, ApprovalPage)
    leasing.type("1111\n")  # the guide's own
    assert isinstance(leasing.window.front, ApprovalPage)
    leasing.type("9999\n")
    assert leasing.window.pages == []
    assert leasing.cart.coupon_off == 1000
    assert "店长放行" in detail(leasing)


def test_where_a_manager_may_let_it_through_the_coupon_says_so(leasing: Counter) -> None:
    """ux.md, manners: what needs HQ says what can be done instead."""

    def offers() -> list[str]:
        return [row.offer for row in leasing.sale.side.coupon_rows()]

    leasing.scan(MEMBER)
    assert offers() == [""], "the chain allows none"
    leasing.store.hq.setting("coupon_override_cap", 1000)
    leasing.scan(leasing.gtin(COAT))
    assert offers() == ["可请店长放行"]
    leasing.sale.side.coupons.chosen.emit("K1", "pinned")
    leasing.type("9999\n")
    assert (leasing.cart.coupon_off, offers()) == (1000, [""])


def test_without_a_cap_nobody_is_asked_for_a_pin(leasing: Counter) -> None:
    leasing.scan(MEMBER)
    leasing.sale.side.coupons.chosen.emit("K1", "pinned")
    assert leasing.window.front is leasing.sale
    assert "券K1: 未分配到本店，联网后可用" in leasing.words(leasing.window)


def test_stored_value_is_shown_with_what_is_usable_and_pays(rich: Counter) -> None:
    """T-43: the whole sale by keyboard, F4 taking what may be taken."""
    rich.scan(MEMBER)
    assert "储值 · 可付 100.00 至 11-23" in rich.words(rich.sale.side.member)
    rich.press(Qt.Key.Key_Return)
    page = paying(rich)
    end = clock(rich.store.clock.at + timedelta(days=2) - timedelta(minutes=15))
    assert page._value.note.text() == f"储值余额 300.00，本机可用 100.00，至 {end}"
    rich.press(Qt.Key.Key_F4)
    view = rich.cart
    assert [(one.tender, one.amount) for one in view.payments] == [("stored_value", 10_000)]
    assert not page._value.button.isEnabled()
    assert page._value.note.text().startswith("储值余额 200.00：本机的离线额度已用完")
    rich.press(Qt.Key.Key_Return)
    assert rich.store.rows("SELECT tender, amount FROM payment ORDER BY position")[0] == ("stored_value", 10_000)


def test_a_typed_amount_of_stored_value_beyond_what_may_be_spent_is_refused(rich: Counter) -> None:
    rich.scan(MEMBER)
    rich.press(Qt.Key.Key_Return)
    rich.type("150")
    rich.press(Qt.Key.Key_F4)
    assert rich.cart.payments == ()
    rich.type("\b")
    assert paying(rich)._value.button.isEnabled()


def test_no_lease_and_no_line_says_why_and_what_else(rich: Counter) -> None:
    rich.store.hq.send(TERMINAL, ("value_lease", "L1", None))
    rich.scan(MEMBER)
    rich.press(Qt.Key.Key_Return)
    tender = paying(rich)._value
    assert not tender.button.isEnabled()
    assert tender.note.text() == "储值余额 300.00：本机没有离线额度，联网后才能用。现在请收现金或刷卡。"


def test_an_online_till_gets_more_of_it_while_payment_is_open(rich: Counter) -> None:
    line = PlayedLine(rich)
    go_online(rich)
    rich.scan(MEMBER)
    line.answer(refused=[RefusedCoupon(coupon="K1", code="used")])
    rich.press(Qt.Key.Key_Return)
    assert [(one.member, one.value) for one in line.asked[1:]] == [("M1", 25_900 - 10_000)]
    end = (rich.store.clock.at + timedelta(minutes=25)).isoformat()
    line.answer(value=on_top("L2", 15_900, end))
    assert "本机可用 259.00" in paying(rich)._value.note.text()
    rich.press(Qt.Key.Key_F4)
    assert rich.store.rows("SELECT tender, amount FROM payment") == [("stored_value", 25_900)]


def test_a_hold_that_ends_while_payment_is_open_is_asked_for_by_itself(leasing: Counter) -> None:
    """The customer looks for another card for a quarter of an hour."""
    line = PlayedLine(leasing)
    go_online(leasing)
    leasing.scan(MEMBER)
    until = leasing.store.clock.at + timedelta(minutes=10)
    line.answer(held=[held(until.isoformat())], time=leasing.store.clock.at.isoformat())
    leasing.rest()
    leasing.press(Qt.Key.Key_Return)
    leasing.store.clock.forward(minutes=40)
    leasing.shop.holding._ends.timeout.emit()
    leasing.rest()
    assert [one.coupons for one in line.asked] == [["K1"], ["K1"]]
    later = leasing.store.clock.at + timedelta(minutes=10)
    line.answer(held=[held(later.isoformat())], time=leasing.store.clock.at.isoformat())
    leasing.rest()
    leasing.press(Qt.Key.Key_Return)
    assert leasing.store.rows("SELECT total FROM sale") == [(23_900 - 1000,)]


@pytest.mark.parametrize("who", ["the timer", "the key"])
def test_what_the_hub_keeps_is_asked_for_anew_while_payment_is_open(leasing: Counter, who: str) -> None:
    """S-17: ten minutes are over, and nobody has touched the till; or somebody did before its timer rang."""
    line, clock = PlayedLine(leasing), leasing.store.clock
    lease(leasing, clock.at + timedelta(hours=3))
    leasing.shop.context.show_link(LinkState(known=True, hub="S001-2", hub_state="through_hub"))

    def keep() -> None:
        until = (clock.at + timedelta(minutes=10)).isoformat()
        line.answer(HubHold, hub="S001-2", held=[held(until)], time=clock.at.isoformat())
        leasing.rest()

    leasing.scan(MEMBER)
    keep()
    leasing.press(Qt.Key.Key_Return)
    assert leasing.shop.holding._ends.isActive()
    clock.forward(minutes=11)
    if who == "the timer":
        leasing.shop.holding._ends.timeout.emit()
    else:
        leasing.press(Qt.Key.Key_Return)
        assert "请稍等几秒" in leasing.window.message.text
    leasing.rest()
    assert [one.coupons for one in line.asked] == [["K1"], ["K1"]]
    assert leasing.store.rows("SELECT total FROM sale") == []
    keep()
    leasing.press(Qt.Key.Key_Return)
    assert leasing.store.rows("SELECT total FROM sale") == [(23_900 - 1000,)]


def test_a_payment_that_lay_open_for_too_long_says_what_to_do(leasing: Counter) -> None:
    """S-17: no money is taken for a coupon that may be somebody else's by now."""
    lease(leasing, leasing.store.clock.at + timedelta(hours=3))
    leasing.scan(MEMBER)
    leasing.press(Qt.Key.Key_Return)
    leasing.store.clock.forward(days=1)
    leasing.press(Qt.Key.Key_Return)
    assert "优惠券“券K1”不再为它保留" in leasing.window.message.text
    leasing.press(Qt.Key.Key_Escape)
    assert leasing.cart.coupon_off == 0
    assert leasing.store.rows("SELECT count(*) FROM sale") == [(0,)]


def test_where_the_chain_has_no_stored_value_there_is_no_such_button(leasing: Counter) -> None:
    leasing.scan(MEMBER)
    assert "储值" in leasing.words(leasing.sale.side.member)
    leasing.press(Qt.Key.Key_Return)
    assert not paying(leasing)._value.button.isVisible()


def test_points_pay_by_f5_and_the_page_says_how_much(rich: Counter) -> None:
    """T-43: beside stored value, in whole steps."""
    hq = rich.store.hq
    hq.setting("points_for_yuan", 100)
    end = rich.store.clock.at + timedelta(days=2)
    row = {"id": "L2", "member": "M1", "unit": "points", "amount": 60, "not_after": end.isoformat()}
    hq.setting("points_step", 50)
    hq.send(TERMINAL, ("value_lease", "L2", row))
    rich.scan(MEMBER)
    rich.press(Qt.Key.Key_Return)
    page = paying(rich)
    assert page._points.note.text() == f"积分 100，本机可抵 0.50 元，至 {clock(end - timedelta(minutes=15))}"
    rich.press(Qt.Key.Key_F5)
    assert [(one.tender, one.amount, one.reference) for one in rich.cart.payments] == [("points", 50, "50")]
    assert not page._points.button.isEnabled()
    assert page._points.note.text().startswith("积分 50：")
    assert page._value.button.isEnabled()
    rich.press(Qt.Key.Key_F5)
    assert len(rich.cart.payments) == 1


def test_an_online_till_asks_for_points_while_payment_is_open(rich: Counter) -> None:
    rich.store.hq.setting("points_for_yuan", 100)
    line = PlayedLine(rich)
    go_online(rich)
    rich.scan(MEMBER)
    line.answer(refused=[RefusedCoupon(coupon="K1", code="used")])
    rich.press(Qt.Key.Key_Return)
    assert [one.points for one in line.asked[1:]] == [100]
    end = (rich.store.clock.at + timedelta(minutes=25)).isoformat()
    line.answer(points=on_top("L3", 100, end, "points"))
    assert "本机可抵 1.00 元" in paying(rich)._points.note.text()
