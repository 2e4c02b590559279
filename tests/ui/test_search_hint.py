"""What is typed into the search has a way out by touch, too: the hint of Esc comes and goes with the text."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from tests.ui.test_late_answers import press
from ui.i18n import tr


def is_offered(counter: Counter) -> bool:
    return any(one.text() == tr("key.back") for one in counter.window.hints._hints)


@pytest.mark.parametrize("place", ["sale", "valet"])
def test_a_search_that_was_begun_is_left_by_touch(selling: Counter, place: str) -> None:
    if place == "valet":
        press(selling, "F5")
    search = selling.window.place.search  # type: ignore[attr-defined]
    selling.type("hyrf")
    assert search.text() == "hyrf"
    assert is_offered(selling)
    selling.click(selling.button(tr("key.back")))
    assert search.text() == ""


def test_the_hint_goes_with_the_last_sign(selling: Counter) -> None:
    selling.type("h")
    assert is_offered(selling)
    selling.press(Qt.Key.Key_Backspace)
    assert selling.sale.search.text() == ""
    assert not is_offered(selling)
