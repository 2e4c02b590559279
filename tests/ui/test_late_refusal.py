"""A price or discount is refused when its page has gone: that is said, and the keys stay where they are."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from tests.ui.test_late_answers import press, slow_till


@pytest.mark.parametrize(("keys", "figure"), [("Shift+F8", "9"), ("F8", "9")])
def test_a_refusal_leaves_the_keys_to_the_sale(selling: Counter, keys: str, figure: str) -> None:
    """They went into the field of a page that nobody sees."""
    selling.scan(selling.gtin("T001-RED-110"))
    slow = slow_till(selling)
    press(selling, keys)
    selling.type(figure)
    selling.press(Qt.Key.Key_Return)  # no reason is given
    selling.press(Qt.Key.Key_Escape)
    slow.let_through()
    selling.rest()
    assert selling.window.front is selling.sale
    said = selling.window.message.isVisible()
    selling.type("hyrf")
    assert selling.sale.search.text() == "hyrf"
    assert said
