"""From the follow-ups back to the sale, as from every other place: by Esc."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from tests.ui.test_care import care, guide  # noqa: F401  the fixture with a follow-up

ESCAPE = Qt.Key.Key_Escape


@pytest.mark.parametrize("named", ["selling", "guide"])
def test_esc_leads_to_the_sale(request: pytest.FixtureRequest, named: str) -> None:
    """With follow-ups and without: by keys alone there was no way but that by the settings."""
    counter: Counter = request.getfixturevalue(named)
    care(counter)
    counter.press(ESCAPE)
    assert counter.window.place.name == "sale"
    counter.scan(counter.gtin("T001-RED-110"))
    assert len(counter.cart.lines) == 1
