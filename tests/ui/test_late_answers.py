"""Somebody leaves a page before its answer comes: nothing is painted on it any more, and nothing written is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeySequence

from posclient.actions import receipts
from posclient.errors import DataError, PosError
from tests.actions.test_shift_report import SHIRT, sell
from tests.ui.conftest import Counter
from tests.ui.test_settling_once import SlowRunner
from ui.context import Message
from ui.screens.member import MemberPage
from ui.screens.payment import PaymentPage

ENTER, ESCAPE = Qt.Key.Key_Return, Qt.Key.Key_Escape
PHONE = "13900005678"


def press(counter: Counter, name: str) -> None:
    chord = QKeySequence(name)[0]  # type: ignore[index]  # the stubs leave it out
    counter.press(chord.key(), chord.keyboardModifiers())


def slow_till(counter: Counter) -> SlowRunner:
    counter.shop.context._till = slow = SlowRunner(counter.till)
    return slow


def slow_reader(counter: Counter) -> SlowRunner:
    counter.shop.context._reader = slow = SlowRunner(counter.till)
    return slow


def clean_up() -> None:
    """What is to be deleted is deleted, as between two events of a running program."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def hear(counter: Counter) -> list[Message]:
    heard: list[Message] = []
    counter.shop.context.said.connect(lambda one: heard.append(one) if one is not None else None)
    return heard


def failing(error: PosError) -> Callable[..., None]:
    def work(*_args: object, **_names: object) -> None:
        raise error

    return work


@pytest.mark.parametrize("keys", ["F11", "F4", "Shift+F4", "F3 1234", "F3 13900005678 F3", "Shift+F1", "Shift+F11"])
def test_a_slow_look_up_paints_nothing_on_a_page_that_is_gone(selling: Counter, keys: str) -> None:
    sell(selling.till, (SHIRT, 1))
    selling.scan(selling.gtin(SHIRT))
    sale, slow = selling.sale, slow_reader(selling)
    for key in keys.split():
        if key.isdigit():
            selling.type(key)
            selling.wait(250)  # the search begins when the typing ends
        else:
            press(selling, key)
    assert selling.window.front is not sale
    assert slow.waiting
    selling.press(ESCAPE)
    clean_up()
    slow.let_through()
    selling.rest()
    assert selling.window.front is sale
    assert selling.lines_of_cart() == [("红T恤", 1)]


def test_a_look_up_that_failed_for_a_page_that_is_gone_is_not_said(
    selling: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard, slow = hear(selling), slow_reader(selling)
    monkeypatch.setattr(receipts, "recent", failing(DataError("io_error")))
    press(selling, "F11")
    selling.press(ESCAPE)
    slow.let_through()
    assert heard == []
    press(selling, "F11")
    slow.let_through()
    assert [one.kind for one in heard] == ["danger"], "while it is there it is"


def test_a_member_whom_nobody_waits_for_any_more_is_not_taken(selling: Counter) -> None:
    """Enter, and then Esc before the answer: the cart stays nobody's."""
    slow = slow_reader(selling)
    press(selling, "F3")
    selling.type(f"{PHONE[:3]}12341234\n")
    assert isinstance(selling.window.front, MemberPage)
    selling.press(ESCAPE)
    slow.let_through()
    assert selling.cart.member is None


def test_a_registration_under_way_is_done_and_what_was_opened_meanwhile_stays_open(selling: Counter) -> None:
    selling.scan(selling.gtin(SHIRT))
    press(selling, "F3")
    selling.type(PHONE)
    press(selling, "F3")
    slow = slow_till(selling)
    selling.press(ENTER)
    assert slow.waiting
    selling.press(ESCAPE)
    clean_up()
    press(selling, "F11")
    opened = selling.window.front
    slow.let_through()
    selling.rest()
    assert selling.window.front is opened, "the page that has gone closes nobody else's"
    view = selling.shop.context.cart
    assert view is not None
    assert view.member is not None, "the cart on screen is the till's"


def test_the_till_is_locked_while_a_sale_is_committed(selling: Counter) -> None:
    """T-2: the drawer opens, the slip is asked for and the sync is woken, whoever looks."""
    selling.scan(selling.gtin(SHIRT))
    selling.press(ENTER)
    assert isinstance(selling.window.front, PaymentPage)
    slow, told = slow_till(selling), []
    context = selling.shop.context
    context.sold.connect(lambda done: told.append(done.receipt))
    context.receipt_wanted.connect(lambda _sale, copy: told.append(copy))
    selling.press(ENTER)
    press(selling, "Ctrl+L")
    clean_up()
    slow.let_through()
    selling.rest()
    assert told == ["S001-1-20261121-000001", False]
    assert selling.window.place is selling.window.login
    assert selling.till.selling.cart.is_empty


def test_a_page_is_deleted_once_nothing_is_on_its_way(selling: Counter) -> None:
    gone: list[str] = []
    slow = slow_reader(selling)
    press(selling, "F11")
    selling.window.front.destroyed.connect(lambda: gone.append("receipts"))
    selling.press(ESCAPE)
    clean_up()
    assert gone == []
    slow.let_through()
    clean_up()
    assert gone == ["receipts"]
