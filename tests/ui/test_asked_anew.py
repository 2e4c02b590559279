"""What HQ leased on top has ended while payment lies open: it is asked for again."""

from __future__ import annotations

from datetime import timedelta

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from tests.ui.conftest import MEMBER, Counter
from tests.ui.played_line import PlayedLine, go_online, on_top
from tests.ui.test_leases_at_the_counter import COAT, paying, rich  # noqa: F401

ENTER = Qt.Key.Key_Return


def test_on_top_is_asked_for_anew_after_its_end(rich: Counter) -> None:  # noqa: F811
    line = PlayedLine(rich)
    go_online(rich)
    rich.scan(MEMBER)
    rich.press(ENTER)
    value = [one for one in line.asked if one.value]
    assert [one.value for one in value] == [rich.cart.due - 10_000]
    end = (rich.store.clock.at + timedelta(minutes=25)).isoformat()
    line.waiting = line.waiting[-1:]
    line.answer(value=on_top("L2", value[0].value, end), time=rich.store.clock.at.isoformat())
    assert rich.cart.member is not None
    assert rich.cart.member.value is not None
    assert rich.cart.member.value.amount == rich.cart.due
    rich.store.clock.forward(minutes=11)
    rich.press(Qt.Key.Key_F4)  # refused, or as much as the till's own lease
    QApplication.processEvents()
    rich.press(Qt.Key.Key_Escape)  # back to the cart, and to payment once more
    rich.press(ENTER)
    QApplication.processEvents()
    assert len([one for one in line.asked if one.value]) == 2


def test_what_lay_open_too_long_is_taken_anew(rich: Counter) -> None:  # noqa: F811
    """The till says: remove it and take it anew. For that HQ has to be asked."""
    line = PlayedLine(rich)
    go_online(rich)
    rich.scan(MEMBER)
    rich.scan(rich.gtin(COAT))
    rich.press(ENTER)
    value = [one for one in line.asked if one.value]
    end = (rich.store.clock.at + timedelta(minutes=25)).isoformat()
    line.waiting = line.waiting[-1:]
    line.answer(value=on_top("L2", value[0].value, end), time=rich.store.clock.at.isoformat())
    rich.press(Qt.Key.Key_F4)
    assert rich.cart.payments[0].amount == 30_000
    rich.store.clock.forward(minutes=41)
    rich.press(ENTER)  # the rest in cash: own_money_over
    assert rich.cart.due == rich.cart.total - 30_000
    paying(rich)._remove(rich.cart.payments[0].id)
    QApplication.processEvents()
    assert (rich.cart.payments, rich.cart.paying) == ((), True)
    assert len([one for one in line.asked if one.value]) == 2, [one.value for one in line.asked]
