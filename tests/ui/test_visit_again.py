"""HQ did not answer whose code it is: it is asked again, as for coupons, when the code is scanned again."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from posclient.errors import LinkError
from tests.ui.conftest import Counter
from tests.ui.played_line import go_online
from tests.ui.test_members_from_elsewhere import COAT, CODE, Desk, desk

__all__ = ["desk"]


def silent(counter: Counter, desk: Desk) -> None:
    """The code is scanned, and HQ's answer is lost."""
    go_online(counter)
    counter.scan(CODE)
    desk.waiting.pop(0).set_exception(LinkError("timeout"))
    QApplication.processEvents()
    assert desk.asked == [CODE]


def test_a_code_that_is_scanned_again_is_asked_for_again(desk: Desk) -> None:
    """Else the customer pays the price of a stranger, because one answer was slow."""
    counter = desk.counter
    silent(counter, desk)
    counter.scan(CODE)
    assert desk.asked == [CODE, CODE]
    desk.answer("M7")
    desk.bring()
    assert counter.cart.served == "M7"


def test_one_question_at_a_time(desk: Desk) -> None:
    counter = desk.counter
    silent(counter, desk)
    counter.scan(counter.gtin(COAT))
    counter.scan(CODE)
    counter.scan(counter.gtin(COAT))
    assert (len(desk.asked), len(desk.waiting)) == (2, 1)


def test_a_no_of_hqs_is_an_answer(desk: Desk) -> None:
    go_online(desk.counter)
    desk.counter.scan(CODE)
    desk.answer("")
    desk.counter.scan(CODE)
    assert desk.asked == [CODE]
