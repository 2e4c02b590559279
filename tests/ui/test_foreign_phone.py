"""A foreign number that nobody has yet is registered as it is, and not as another one of the chain's country (C4)."""

from __future__ import annotations

from PySide6.QtCore import Qt

from posclient.actions import members
from tests.ui.conftest import Counter
from ui.screens.member import MemberPage
from ui.screens.register import RegisterPage

F3, ENTER = Qt.Key.Key_F3, Qt.Key.Key_Return


def test_a_foreign_phone_keeps_its_plus(selling: Counter) -> None:
    """Eleven digits that begin with 1 are a mobile number of mainland China, which is another person's."""
    selling.press(F3)
    page = selling.window.front
    assert isinstance(page, MemberPage)
    page._field.setText("+1 415 555 2671")
    selling.press(F3)
    assert isinstance(selling.window.front, RegisterPage)
    selling.press(ENTER)
    assert selling.cart.member is not None
    assert selling.cart.member.member.phone == "+14155552671"
    assert members.find(selling.till, "14155552671") == ()
    assert len(members.find(selling.till, "+1 415 555 2671")) == 1


def test_a_phone_of_the_country_needs_none(selling: Counter) -> None:
    selling.press(F3)
    page = selling.window.front
    assert isinstance(page, MemberPage)
    page._field.setText("+86 137-0000-1111")
    selling.press(F3)
    selling.press(ENTER)
    assert selling.cart.member is not None
    assert selling.cart.member.member.phone == "13700001111"
