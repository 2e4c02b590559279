"""HQ's answer to a valet order is seen where the guide stands and waits for it."""

from __future__ import annotations

from PySide6.QtCore import Qt

from tests.actions.kidswear import TERMINAL
from tests.ui.conftest import Counter
from tests.ui.test_valet_orders import valet
from ui.widgets.button import Button


def place(counter: Counter) -> str:
    """An order of one coat; its id."""
    counter.window.go("valet")
    counter.scan(counter.gtin("A001-RED-110"))
    counter.press(Qt.Key.Key_Return)
    ((order,),) = counter.store.rows("SELECT id FROM valet_order ORDER BY number DESC LIMIT 1")
    return str(order)


def answer(counter: Counter, order: str, state: str, reason: str = "") -> None:
    """A cycle brings what HQ says."""
    at = counter.store.clock.now().isoformat()
    row = {"order": order, "state": state, "ships_from": None if reason else "W001", "reason": reason, "at": at}
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


def test_nothing_is_built_anew_while_nothing_is_new(selling: Counter) -> None:
    """Whoever reaches for a button finds it there."""
    order = place(selling)
    answer(selling, order, "confirmed")
    before = valet(selling).list.findChildren(Button)
    assert before
    selling.shop.link.refreshed.emit()
    selling.rest()
    assert valet(selling).list.findChildren(Button) == before
