"""HQ's answer to a valet order is acknowledged by one touch: one touch, one answer."""

from __future__ import annotations

from tests.ui.conftest import Counter
from tests.ui.test_valet_answers import answer, place
from tests.ui.test_valet_orders import valet
from ui.screens.once import DOUBLE_S
from ui.widgets.button import Button


def unseen(counter: Counter) -> int:
    """Answers that are still marked."""
    return sum(order.changed for order in valet(counter).list._orders)


def test_a_finger_that_bounces_acknowledges_one_answer(selling: Counter) -> None:
    """The next answer moves up under the same finger, that there is no stock: nobody had read it."""
    for state, reason in (("rejected", "no_stock"), ("confirmed", ""), ("confirmed", "")):
        answer(selling, place(selling), state, reason)
    assert unseen(selling) == 3
    first = next(one for one in selling.shown_buttons() if one.text() == "知道了")
    spot = first.mapTo(selling.window, first.rect().center())

    def touch() -> None:
        below = selling.window.childAt(spot)
        assert isinstance(below, Button)
        selling.click(below)
        selling.rest()

    touch()
    selling.wait(120)
    touch()
    assert unseen(selling) == 2
    selling.wait(round(DOUBLE_S * 1000) + 50)
    touch()
    assert unseen(selling) == 1
