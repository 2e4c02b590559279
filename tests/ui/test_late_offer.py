"""The price of a valet order comes when its grid is closed already: it is nobody's any more."""

from __future__ import annotations

from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from tests.ui.test_late_answers import press, slow_reader
from tests.ui.test_valet_orders import orders, valet
from ui.i18n import tr


def test_a_late_price_is_not_shown_beside_the_list_of_orders(selling: Counter) -> None:
    """A sum, an address and a button to submit would stand there with no article chosen."""
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(Qt.Key.Key_F5)
    slow = slow_reader(selling)
    selling.press(Qt.Key.Key_F8)  # the guide's next discount is priced
    press(selling, "Escape")
    slow.let_through()
    selling.rest()
    assert not orders(selling)
    side = valet(selling).side
    assert not side.submit.isEnabled()
    assert tr("valet.address") not in selling.words(side)
    assert "259.00" not in side.due.text()
