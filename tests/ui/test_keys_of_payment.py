"""On the payment page F2 to F5 are tenders; with Shift they are other keys, and take nothing from anybody (ux.md)."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import MEMBER, Counter
from tests.ui.test_late_answers import press
from tests.ui.test_leases_at_the_counter import paying, rich, with_points

__all__ = ["rich"]


@pytest.mark.parametrize("key", ["Shift+F2", "Shift+F3", "Shift+F4", "Shift+F5", "Ctrl+F5", "Alt+F4"])
def test_a_key_of_the_cart_pays_with_nothing(rich: Counter, key: str) -> None:
    """Shift+F5 are the follow-ups, Shift+F4 the guide of a line: neither is at hand here."""
    with_points(rich, step=50)
    rich.scan(MEMBER)
    rich.press(Qt.Key.Key_Return)
    page = paying(rich)
    press(rich, key)
    assert rich.cart.payments == ()
    assert not page.charge_pending
    assert rich.store.rows("SELECT count(*) FROM sale") == [(0,)]
    assert rich.window.front is page
