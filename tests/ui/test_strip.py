"""The status strip where there is little room: long names give way, what is told of the till does not."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QLabel

from tests.actions.kidswear import GLOBAL, STORE, staff_row
from tests.ui.conftest import Counter
from tests.ui.test_readiness_page import STOCK, link, sell

LONG_STORE = "深圳市福田区华强北路九方购物中心旗舰店（二期）"
LONG_NAME = "阿依古丽·买买提热合曼江"


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_long_names_give_way_to_what_is_told(counter: Counter, language: str) -> None:
    """T-23: what is unsent and how old the data are is read whole, with everything at once on a small screen."""
    store = {"id": "S001", "name": LONG_STORE, "address": "", "phone": "", "zone": "z1", "kind": "store"}
    counter.store.hq.send(GLOBAL, ("store", "S001", store))
    counter.store.hq.send(STORE, staff_row("G1", LONG_NAME, "1111", "guide", "cashier"))
    counter.window.resize(1366, 768)
    counter.log_in()
    for _ in range(3):
        sell(counter)
    link(counter, code="timeout", held=(STOCK,), hub="S001-2", hub_state="through_hub")
    counter.shop.ask_status()
    counter.shop.context.change_settings(language=language)
    QApplication.processEvents()
    strip = counter.window.strip
    shown = [one for one in strip.findChildren(QLabel) if one.isVisible()]
    assert [one.text() for one in shown if not strip.rect().contains(one.geometry())] == []
    narrow = [one.text() for one in shown if one.width() < one.sizeHint().width()]
    assert set(narrow) == {LONG_STORE, LONG_NAME}
