"""The guides of the registration come anew when a page over it goes; one of them may have left meanwhile."""

from __future__ import annotations

from tests.ui.conftest import Counter
from tests.ui.test_guide_stays_marked import leaves
from tests.ui.test_late_answers import clean_up, press
from ui.screens.register import RegisterPage


def test_a_guide_who_is_gone_breaks_no_registration(selling: Counter) -> None:
    for key in ("F3", "F3", "Shift+F1"):
        press(selling, key)
    leaves(selling)
    press(selling, "Esc")
    clean_up()
    page = selling.window.front
    assert isinstance(page, RegisterPage)
    selling.click(selling.button("林"))
    assert page._guide == "G1"
    assert selling.button("林").isChecked()
    selling.scan("BADGE-G1")
    selling.type("13900005678\n")
    assert selling.cart.served is not None
