"""Keys of the tenders in payment, where settings.toml gives them to another deed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from posclient.config import DEFAULT_KEYS
from tests.ui.conftest import Counter


@pytest.mark.parametrize("deed", ["pay", "pay_quiet", "lock"])
def test_the_card_s_key_takes_no_cash(selling: Counter, deed: str) -> None:
    """The tile says F3: whoever collects by F3 at the cart had the sale booked as cash, and the drawer open."""
    keys = {**DEFAULT_KEYS, deed: "F3", "member": "Ctrl+M"}
    selling.shop.context.change_settings(keys=keys)
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(Qt.Key.Key_Return)
    selling.press(Qt.Key.Key_F3)
    assert selling.shop.context.staff is not None
    assert selling.cart.card_pending == 25_900
    selling.press(Qt.Key.Key_Return)
    assert selling.store.rows("SELECT tender FROM payment") == [("card",)]
