"""Whoever scans is at the next sale: what lay open goes, and the line that was rung up is to be seen."""

from __future__ import annotations

import pytest

from tests.ui.conftest import Counter
from tests.ui.test_late_answers import press

SHIRT = "T001-RED-110"


@pytest.mark.parametrize("name", ["settings", "report", "care"])
def test_a_scan_at_another_place_leads_to_the_sale(counter: Counter, name: str) -> None:
    counter.log_in("9999")
    counter.window.go(name)
    assert counter.window.place.name == name
    counter.scan(counter.gtin(SHIRT))
    assert counter.window.front is counter.window.place
    assert counter.lines() == [("红T恤", "1")]


@pytest.mark.parametrize("key", ["F1", "F11", "Shift+F1"])
def test_a_scan_puts_away_what_only_tells(selling: Counter, key: str) -> None:
    press(selling, key)
    assert selling.window.pages
    selling.scan(selling.gtin(SHIRT))
    assert selling.window.pages == []
    assert selling.lines() == [("红T恤", "1")]
