"""A finger that bounces on a key at the foot is for that key alone: others move to its place at once (T-15)."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint

from tests.ui.conftest import MEMBER, Counter
from tests.ui.test_late_answers import press
from tests.ui.test_part_paid_once import breathe
from ui.widgets.button import Button


def hint(counter: Counter, deed: str) -> QPoint:
    """Where it is."""
    hints = counter.window.hints.findChildren(Button)
    found = next(one for one in hints if one.isVisible() and one._key == f"key.{deed}")
    return found.mapTo(counter.window, found.rect().center())


def touch(counter: Counter, spot: QPoint) -> None:
    """Whatever lies there."""
    part = counter.window.childAt(spot)
    assert part is not None
    counter.click(part, part.mapFrom(counter.window, spot))


@pytest.mark.parametrize(("keys", "deed", "front"), [("", "member", "member"), ("Shift+F5", "reprint", "receipts")])
def test_the_second_touch_does_not_lock_the_till(selling: Counter, keys: str, deed: str, front: str) -> None:
    """The customer stood there, and the cashier had to log in again."""
    selling.scan(MEMBER)
    selling.scan(selling.gtin("A001-RED-110"))
    selling.scan(selling.gtin("T001-BLUE-120"))
    for key in keys.split():
        press(selling, key)
    spot = hint(selling, deed)
    for _ in range(2):
        touch(selling, spot)
        selling.wait(120)
    assert selling.shop.context.staff is not None
    assert selling.window.front.name == front
    breathe(selling)
    touch(selling, hint(selling, "lock"))
    assert selling.shop.context.staff is None


def test_the_same_key_is_touched_as_often_as_one_likes(selling: Counter) -> None:
    for sku in ("A001-RED-110", "T001-BLUE-120", "R001-RED-130"):
        selling.scan(selling.gtin(sku))
    for _ in range(2):
        touch(selling, hint(selling, "remove"))
    assert len(selling.cart.lines) == 1
