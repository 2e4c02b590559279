"""Why a coupon is not used, and what to do about it, fits its card."""

from __future__ import annotations

import re

import pytest
from PySide6.QtGui import QFontMetrics

from resources import FOLDER
from tests.ui.conftest import MEMBER, Counter
from ui import i18n, theme
from ui.widgets.coupon_list import BAR

KEY = re.compile(r'id="(coupon\.reason\.\w+)"')
SAID = {"missing": "10000.00", "store": "S1234", "time": "11-28 14:03", "code": "unknown"}


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_each_reason_is_read_whole_on_a_coupon(selling: Counter, language: str) -> None:
    """In English three of them ended in ..., before what to do: go online."""
    selling.store.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 1000})
    selling.scan(MEMBER)
    selling.shop.context.change_settings(language=language)
    selling.rest()
    room = selling.sale.side.coupons.viewport().width() - BAR - 1 - 44 - 12
    assert room > 200
    keys = KEY.findall((FOLDER / "i18n" / f"posclient_{language}.ts").read_text(encoding="utf-8"))
    assert len(keys) > 20
    metrics = QFontMetrics(theme.font("small"))
    words = [i18n.tr(key, **SAID) for key in keys]
    assert [one for one in words if metrics.horizontalAdvance(one) > room] == []
