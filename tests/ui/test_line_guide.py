"""A badge that is scanned where a line's guide is asked about is that line's guide (C5, T-69)."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import Counter

COAT, SHIRT = "A001-RED-110", "T001-RED-110"


@pytest.fixture
def asked(selling: Counter) -> Counter:
    """Two articles; who sold the second one is asked."""
    selling.scan(selling.gtin(COAT))
    selling.scan(selling.gtin(SHIRT))
    selling.press(Qt.Key.Key_F4, Qt.KeyboardModifier.ShiftModifier)
    assert selling.window.front.name == "guide"
    return selling


def guides(counter: Counter) -> dict[str, str | None]:
    """Of the sale, and of each line."""
    return {"sale": counter.cart.guide_id} | {line.sku: line.guide_id for line in counter.cart.lines}


def test_a_badge_names_the_guide_of_the_line(asked: Counter) -> None:
    """Else the whole sale's performance goes to whoever sold one shirt of it."""
    asked.scan("BADGE-G2")
    assert asked.window.front is asked.sale
    assert guides(asked) == {"sale": "G1", COAT: "G1", SHIRT: "G2"}
    assert asked.shop.context.tones.played == "success"


def test_an_article_is_rung_up_all_the_same(asked: Counter) -> None:
    asked.scan(asked.gtin(COAT))
    assert asked.window.front is asked.sale
    assert sorted(asked.lines_of_cart()) == [("红T恤", 1), ("红羽绒服", 2)]


def test_a_badge_is_the_sales_again_afterwards(asked: Counter) -> None:
    asked.scan("BADGE-G2")
    asked.scan("BADGE-G2")
    assert guides(asked) == {"sale": "G2", COAT: "G2", SHIRT: "G2"}
