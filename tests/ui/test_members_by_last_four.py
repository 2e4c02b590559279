"""Last four digits that many members have: the list that ends says so (T-26)."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.actions.kidswear import STORE, member_row
from tests.ui.conftest import Counter
from ui.screens.member import MemberPage


def found(counter: Counter, text: str) -> tuple[int, str]:
    """How many are offered, and what is said above them."""
    counter.press(Qt.Key.Key_F3)
    page = counter.window.front
    assert isinstance(page, MemberPage)
    page._field.setText(text)
    counter.wait(80)
    counter.rest()
    return len(page._choices.ids()), page._note.text()


@pytest.mark.parametrize(("there", "offered", "more"), [(49, 49, False), (50, 50, False), (51, 50, True)])
def test_a_list_of_members_that_ends_says_so(selling: Counter, there: int, offered: int, more: bool) -> None:
    """8888 is what many people have chosen; whoever is not among those shown is no stranger."""
    rows = [member_row(f"X{n}", f"客{n}", f"1390{n:03}8888") for n in range(there)]
    selling.store.hq.send(STORE, *rows)
    shown, words = found(selling, "8888")
    assert shown == offered
    assert ("完整" in words) is more
