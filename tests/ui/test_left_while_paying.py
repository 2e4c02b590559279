"""Somebody locks the till while it still settles the sale (T-15, T-40); the rail leads nowhere then."""

from __future__ import annotations

from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from tests.ui.test_late_answers import hear, slow_till

ENTER = Qt.Key.Key_Return


def test_the_change_of_a_sale_whose_page_has_gone_is_told(selling: Counter) -> None:
    """The drawer opens; a word that the cart is empty would have the goods rung up once more."""
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(ENTER)
    selling.type("300")
    slow, heard = slow_till(selling), hear(selling)
    selling.press(ENTER)
    selling.press(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    slow.let_through()
    selling.rest()
    assert selling.store.rows("SELECT count(*), total FROM sale") == [(1, 25_900)]
    assert [one.kind for one in heard] == ["good"]
    assert "41.00" in selling.window.message.text
    assert selling.store.rows("SELECT receipt FROM sale")[0][0] in selling.window.message.text
    assert selling.window.front is selling.window.place


def test_a_sale_whose_page_is_there_is_told_by_the_page_alone(selling: Counter) -> None:
    selling.scan(selling.gtin("A001-RED-110"))
    heard = hear(selling)
    for _ in range(2):
        selling.press(ENTER)
    assert selling.store.rows("SELECT count(*) FROM sale") == [(1,)]
    assert heard == []
