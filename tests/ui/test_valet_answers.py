"""HQ's answer to a valet order is seen where the guide stands and waits for it."""

from __future__ import annotations

import json

from PySide6.QtCore import Qt

from tests.actions.kidswear import TERMINAL
from tests.ui.conftest import Counter
from tests.ui.test_valet_orders import valet
from ui.screens.once import DOUBLE_S
from ui.widgets.button import Button


def place(counter: Counter) -> str:
    """An order of one coat; its id."""
    counter.window.go("valet")
    counter.scan(counter.gtin("A001-RED-110"))
    counter.press(Qt.Key.Key_Return)
    ((order,),) = counter.store.rows("SELECT id FROM valet_order ORDER BY number DESC LIMIT 1")
    return str(order)


def answer(counter: Counter, order: str, state: str, reason: str = "", place: str = "W001") -> None:
    """A cycle brings what HQ says."""
    at = counter.store.clock.now().isoformat()
    row = {"order": order, "state": state, "ships_from": None if reason else place, "reason": reason, "at": at}
    counter.store.hq.send(TERMINAL, ("valet_outcome", order, row))
    counter.shop.link.refreshed.emit()
    counter.rest()


def shown(counter: Counter) -> str:
    return " ".join(counter.words(valet(counter).list))


def test_the_answer_comes_while_the_guide_looks_at_the_list(selling: Counter) -> None:
    order = place(selling)
    assert "待总部确认" in shown(selling)
    answer(selling, order, "rejected", "no_stock")
    assert "待总部确认" not in shown(selling)
    assert "总部无货" in shown(selling)


def test_an_answer_that_only_a_later_hq_gives_is_shown_as_it_is(selling: Counter) -> None:
    answer(selling, place(selling), "halved")
    assert "halved" in shown(selling)
    assert "valet.state" not in shown(selling)


def test_nothing_is_built_anew_while_nothing_is_new(selling: Counter) -> None:
    """Whoever reaches for a button finds it there."""
    order = place(selling)
    answer(selling, order, "confirmed")
    before = valet(selling).list.findChildren(Button)
    assert before
    selling.shop.link.refreshed.emit()
    selling.rest()
    assert valet(selling).list.findChildren(Button) == before


def test_a_place_that_is_told_goes_with_the_order_and_a_move_is_news_each_time(selling: Counter) -> None:
    """The customer heard of the warehouse; the guide has to tell them of any other."""
    selling.window.go("valet")
    selling.scan(selling.gtin("A001-RED-110"))
    assert any("预计 中央仓" in words for words in selling.words(valet(selling)))
    selling.press(Qt.Key.Key_Return)
    ((order, body),) = selling.store.rows("SELECT id, (SELECT body FROM fact WHERE number = fact) FROM valet_order")
    assert json.loads(body)["expected"] == "W001"
    assert "预计 中央仓" in shown(selling)
    for place, name in (("S002", "徐家汇店"), ("S001", "南京东路店")):
        answer(selling, order, "rerouted", place=place)
        assert f"已改仓 · {name}" in shown(selling)
        assert "原先告知顾客 中央仓" in shown(selling)
        selling.wait(round(DOUBLE_S * 1000) + 50)
        selling.click(selling.button("知道了"))
        assert "知道了" not in [one.text() for one in selling.shown_buttons()]
