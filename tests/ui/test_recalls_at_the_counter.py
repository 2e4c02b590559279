"""A coupon that HQ calls back, on screen: in the store that waits for it, and in the store that has it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from posclient.errors import LinkError
from sync.asking import RefusedCoupon
from tests.ui.conftest import MEMBER, Counter
from tests.ui.played_line import PlayedLine, detail, go_online, held, lease
from ui.models.coupon_rows import clock
from ui.screens.approval import ApprovalPage

COAT = "A001-RED-110"


@pytest.fixture
def line(leasing: Counter) -> PlayedLine:
    """The member is served; HQ is asked for K1 and has not answered yet."""
    line = PlayedLine(leasing)
    go_online(leasing)
    leasing.scan(MEMBER)
    return line


def recalling(counter: Counter, again_s: int = 1) -> RefusedCoupon:
    end = counter.store.clock.at + timedelta(days=3)
    return RefusedCoupon(coupon="K1", code="recalling", store="S002", until=end.isoformat(), again_s=again_s)


def ask_again(counter: Counter) -> None:
    """The seconds until the next question are over."""
    timer = counter.shop.holding._again
    assert timer.isActive()
    timer.stop()
    timer.timeout.emit()
    QApplication.processEvents()


def test_the_cashier_sees_that_it_is_being_called_back_and_hears_when_it_is_here(
    leasing: Counter, line: PlayedLine
) -> None:
    line.answer(refused=[recalling(leasing)])
    assert detail(leasing) == "正在从 S002 店调回，请稍候…"
    assert leasing.shop.holding._again.interval() == 1000
    ask_again(leasing)
    assert detail(leasing) == "正在从 S002 店调回，请稍候…"  # nothing flickers meanwhile
    assert [one.coupons for one in line.asked] == [["K1"], ["K1"]]
    until = leasing.store.clock.at + timedelta(minutes=10)
    line.answer(held=[held(until.isoformat())], time=leasing.store.clock.at.isoformat())
    assert leasing.cart.coupon_off == 1000
    assert "优惠券“券K1”已调回，可以使用" in leasing.words(leasing.window)
    assert leasing.shop.context.tones.played == "success"
    assert not leasing.shop.holding._again.isActive()


def test_a_store_that_does_not_answer_is_named_with_the_end_and_a_manager_may_let_it_through(
    leasing: Counter, line: PlayedLine
) -> None:
    leasing.store.hq.setting("coupon_override_cap", 1000)
    line.answer(refused=[recalling(leasing, again_s=10)])
    end = clock(leasing.store.clock.at + timedelta(days=3))
    assert detail(leasing) == f"S002 店尚未交还，保留至 {end}"
    leasing.sale.side.coupons.chosen.emit("K1", "pinned")
    assert isinstance(leasing.window.front, ApprovalPage)
    leasing.type("9999\n")
    assert leasing.cart.coupon_off == 1000


def test_one_answer_that_is_lost_does_not_end_the_waiting(leasing: Counter, line: PlayedLine) -> None:
    line.answer(refused=[recalling(leasing)])
    ask_again(leasing)
    line.waiting.pop(0).set_exception(LinkError("timeout"))
    QApplication.processEvents()
    assert detail(leasing) == "正在从 S002 店调回，请稍候…"
    ask_again(leasing)
    assert len(line.asked) == 3


def test_nobody_is_asked_while_payment_is_open_nor_for_the_next_customer(leasing: Counter, line: PlayedLine) -> None:
    line.answer(refused=[recalling(leasing)])
    leasing.press(Qt.Key.Key_Return)
    ask_again(leasing)
    assert len(line.asked) == 1
    assert leasing.shop.holding._again.isActive()
    leasing.press(Qt.Key.Key_Return)
    assert leasing.store.rows("SELECT count(*) FROM sale") == [(1,)]
    leasing.press(Qt.Key.Key_Return)
    assert not leasing.shop.holding._again.isActive()


def test_a_line_that_is_cut_ends_the_waiting(leasing: Counter, line: PlayedLine) -> None:
    line.answer(refused=[recalling(leasing)])
    go_online(leasing, online=False)
    assert detail(leasing) == "未分配到本店，联网后可用"
    ask_again(leasing)
    assert len(line.asked) == 1


def after_a_cycle(counter: Counter) -> None:
    """As the sync thread says it."""
    assert counter.shop.link._give_up() == 0
    QApplication.processEvents()


def facts(counter: Counter) -> list[str]:
    return [row[0] for row in counter.store.rows("SELECT kind FROM fact WHERE kind = 'LeaseReturned'")]


def test_what_hq_calls_back_is_given_up_after_the_cycle_that_brought_it(leasing: Counter) -> None:
    """The member stands in another store: nobody at this counter has to do anything."""
    woken: list[None] = []
    leasing.shop.context.sync_wanted.connect(lambda: woken.append(None))
    end = leasing.store.clock.at + timedelta(hours=3)
    lease(leasing, end, recalled=True)
    after_a_cycle(leasing)
    assert (facts(leasing), len(woken)) == (["LeaseReturned"], 1)
    leasing.scan(MEMBER)
    assert detail(leasing) == "已交还给别的门店使用，联网后可用"
    assert leasing.cart.coupon_off == 0


def test_a_cart_that_uses_it_keeps_it_until_it_is_done(leasing: Counter) -> None:
    """S-17: the customer at this counter is served first."""
    end = leasing.store.clock.at + timedelta(hours=3)
    lease(leasing, end)
    leasing.scan(MEMBER)
    lease(leasing, end, recalled=True)
    after_a_cycle(leasing)
    leasing.scan(leasing.gtin(COAT))
    assert (leasing.cart.coupon_off, facts(leasing)) == (1000, [])
    leasing.sale.side.coupons.chosen.emit("K1", "excluded")
    assert facts(leasing) == ["LeaseReturned"]
    leasing.sale.side.coupons.chosen.emit("K1", "auto")
    assert leasing.cart.coupon_off == 0


def test_a_coupon_that_was_sold_with_is_answered_by_its_sale(leasing: Counter) -> None:
    lease(leasing, leasing.store.clock.at + timedelta(hours=3))
    leasing.scan(MEMBER)
    leasing.press(Qt.Key.Key_Return)
    leasing.press(Qt.Key.Key_Return)
    lease(leasing, leasing.store.clock.at + timedelta(hours=3), recalled=True)
    after_a_cycle(leasing)
    assert facts(leasing) == []


def test_a_till_that_nobody_is_logged_in_at_answers_too(leasing: Counter) -> None:
    leasing.shop.context.show_staff(None)
    lease(leasing, leasing.store.clock.at + timedelta(hours=3), recalled=True)
    after_a_cycle(leasing)
    assert facts(leasing) == ["LeaseReturned"]
