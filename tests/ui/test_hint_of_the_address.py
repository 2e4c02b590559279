"""On the valet screen F5 asks for the address: its button says so, and the foot does not say otherwise."""

from __future__ import annotations

import pytest

from tests.ui.conftest import Counter
from tests.ui.test_late_answers import press
from tests.ui.test_settling_once import COAT
from ui.screens.address import AddressPage
from ui.widgets.button import Button


@pytest.mark.parametrize(("language", "words"), [("zh_CN", "代客"), ("en", "Valet")])
def test_no_hint_leads_where_one_is(selling: Counter, language: str, words: str) -> None:
    selling.shop.context.change_settings(language=language)
    selling.scan(selling.gtin(COAT))
    at_the_sale = [one.text() for one in selling.window.hints.findChildren(Button)]
    assert words in at_the_sale
    press(selling, "F5")
    selling.rest()
    assert words not in [one.text() for one in selling.window.hints.findChildren(Button) if one.isVisible()]
    press(selling, "F5")
    assert isinstance(selling.window.front, AddressPage)
