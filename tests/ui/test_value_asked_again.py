"""Stored value and points at an open payment, where HQ's answer was lost or its lease came another way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from posclient.errors import LinkError
from sync.asking import RefusedCoupon
from tests.actions.kidswear import STORE, TERMINAL, member_row
from tests.ui.conftest import MEMBER, Counter
from tests.ui.played_line import PlayedLine, go_online, later, on_top
from ui.screens.payment import PaymentPage

#: What M1 lacks at this till to pay the coat whole.
MISSING = 25_900 - 10_000


@pytest.fixture
def line(leasing: Counter) -> PlayedLine:
    """M1 has 300 yuan, 100 of them leased to this till; payment is open, and HQ is asked for the rest of the coat."""
    hq, line = leasing.store.hq, PlayedLine(leasing)
    hq.setting("stored_value", True)
    hq.send(STORE, member_row("M1", "王小明", "13912341234", stored_value=30_000, code=MEMBER))
    come(leasing, "L1", 10_000)
    go_online(leasing)
    leasing.scan(MEMBER)
    line.answer(refused=[RefusedCoupon(coupon="K1", code="used")])
    leasing.press(Qt.Key.Key_Return)
    assert [one.value for one in line.asked[1:]] == [MISSING]
    line.asked.clear()
    return line


def come(counter: Counter, lease: str, amount: int, unit: str = "value") -> None:
    """A cycle brings a lease of M1's account."""
    end = (counter.store.clock.at + timedelta(days=2)).isoformat()
    row = {"id": lease, "member": "M1", "unit": unit, "amount": amount, "not_after": end}
    counter.store.hq.send(TERMINAL, ("value_lease", lease, row))
    counter.shop.link.refreshed.emit()
    QApplication.processEvents()


def lose(line: PlayedLine) -> None:
    """No answer comes in time."""
    line.waiting.pop(0).set_exception(LinkError("timeout"))
    QApplication.processEvents()


def note(counter: Counter) -> str:
    page = counter.window.front
    assert isinstance(page, PaymentPage)
    return page._value.note.text()


def test_stored_value_that_got_no_answer_is_asked_for_again(leasing: Counter, line: PlayedLine) -> None:
    lose(line)
    assert line.asked == []
    later(leasing)
    assert [one.value for one in line.asked] == [MISSING]
    lose(line)
    later(leasing)
    line.answer(value=on_top("L2", MISSING, (leasing.store.clock.at + timedelta(minutes=25)).isoformat()))
    assert len(line.asked) == 2
    assert "本机可用 259.00" in note(leasing)
    assert not leasing.shop.holding._open_again.isActive()
    leasing.press(Qt.Key.Key_F4)
    assert leasing.store.rows("SELECT tender, amount FROM payment") == [("stored_value", 25_900)]


def test_it_is_not_asked_in_a_loop(leasing: Counter, line: PlayedLine) -> None:
    """HQ gives as much again to whoever asks again: whatever it leased is to be seen first."""
    woken: list[None] = []
    leasing.shop.link.wake = lambda: woken.append(None)  # type: ignore[method-assign]
    lose(line)
    assert len(woken) == 1
    for _ in range(5):
        leasing.shop.link.refreshed.emit()
        QApplication.processEvents()
    assert line.asked == []


def test_what_hq_has_answered_is_not_asked_again(leasing: Counter, line: PlayedLine) -> None:
    """Nothing of the member's is free: that is an answer."""
    line.answer()
    leasing.shop.link.refreshed.emit()
    assert line.asked == []
    assert not leasing.shop.holding._open_again.isActive()


def test_without_a_line_nobody_is_asked(leasing: Counter, line: PlayedLine) -> None:
    lose(line)
    go_online(leasing, online=False)
    assert not leasing.shop.holding._open_again.isActive()
    leasing.shop.holding._open_again.timeout.emit()
    assert line.asked == []
    go_online(leasing)
    assert [one.value for one in line.asked] == [MISSING]


def test_what_nobody_wants_any_more_is_not_asked_for(leasing: Counter, line: PlayedLine) -> None:
    """The customer pays in cash after all."""
    lose(line)
    leasing.press(Qt.Key.Key_Escape)
    later(leasing)
    assert line.asked == []
    leasing.press(Qt.Key.Key_Return)
    assert [one.value for one in line.asked] == [MISSING]


def test_a_till_that_is_locked_asks_when_somebody_is_back(leasing: Counter, line: PlayedLine) -> None:
    """What HQ leases to a till that nobody is at is kept from the member elsewhere."""
    leasing.shop.context.show_staff(None)
    lose(line)
    later(leasing)
    assert line.asked == []
    leasing.log_in()
    assert [one.value for one in line.asked] == [MISSING]


def test_a_lease_whose_answer_was_lost_counts_when_its_feed_brings_it(leasing: Counter, line: PlayedLine) -> None:
    lose(line)
    come(leasing, "L2", MISSING)
    assert "本机可用 259.00" in note(leasing)
    later(leasing)
    assert line.asked == []
    leasing.press(Qt.Key.Key_F4)
    assert leasing.store.rows("SELECT tender, amount FROM payment") == [("stored_value", 25_900)]


def test_a_part_of_it_that_comes_leaves_the_rest_to_ask_for(leasing: Counter, line: PlayedLine) -> None:
    lose(line)
    come(leasing, "L2", 5_000)
    assert [one.value for one in line.asked] == [MISSING - 5_000]


def test_it_comes_also_while_the_line_is_away(leasing: Counter, line: PlayedLine) -> None:
    """The store's hub hands on HQ's pages."""
    lose(line)
    go_online(leasing, online=False)
    come(leasing, "L2", MISSING)
    assert "本机可用 259.00" in note(leasing)


def test_points_that_come_count_too(leasing: Counter, line: PlayedLine) -> None:
    line.answer()
    leasing.store.hq.setting("points_for_yuan", 100)
    leasing.shop.link.refreshed.emit()
    come(leasing, "L3", 100, "points")
    page = leasing.window.front
    assert isinstance(page, PaymentPage)
    assert page._points.button.isEnabled()


def test_whoever_has_begun_to_enter_is_not_disturbed(leasing: Counter, line: PlayedLine) -> None:
    """Only what can be used rises; what was typed and what was paid stay."""
    lose(line)
    leasing.type("50")
    leasing.press(Qt.Key.Key_F2)
    leasing.type("12.5")
    page = leasing.window.front
    assert isinstance(page, PaymentPage)
    shown, painted = page._entered.text(), page.side.figure.painted_at
    come(leasing, "L2", MISSING)
    assert leasing.window.front is page
    assert (page._entered.text(), page._typed.text, page.side.figure.painted_at) == (shown, "12.5", painted)
    assert [(one.tender, one.amount) for one in leasing.cart.payments] == [("cash", 5_000)]
    assert (leasing.cart.due, "本机可用 259.00" in note(leasing)) == (20_900, True)
    leasing.press(Qt.Key.Key_F4)
    assert [(one.tender, one.amount) for one in leasing.cart.payments] == [("cash", 5_000), ("stored_value", 1_250)]


def test_a_cart_that_is_not_being_paid_stays_as_it_is(leasing: Counter, line: PlayedLine) -> None:
    """T-25: news change no open cart by themselves."""
    leasing.press(Qt.Key.Key_Escape)
    seen: list[object] = []
    leasing.shop.context.cart_changed.connect(seen.append)
    come(leasing, "L2", MISSING)
    assert seen == []
