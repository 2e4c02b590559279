"""Tills with a screen of 1024 by 768, and English words: nobody presses a button that says three dots."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt

from tests.ui.conftest import Counter
from ui.widgets.hints import SLACK

F3, F8, SHIFT = Qt.Key.Key_F3, Qt.Key.Key_F8, Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier


@pytest.mark.parametrize(("language", "width"), [("zh_CN", 1024), ("zh_CN", 1366), ("en", 1366)])
@pytest.mark.parametrize(("key", "held"), [(F8, NONE), (F8, SHIFT), (F3, NONE)], ids=["discount", "price", "member"])
def test_what_a_page_offers_can_be_read(
    selling: Counter, language: str, width: int, key: Qt.Key, held: Qt.KeyboardModifier
) -> None:
    """Yuan or per cent, this line or the whole sale, and the reason that goes into the audit."""
    selling.window.resize(width, 768)
    selling.shop.context.change_settings(language=language)
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(key, held)
    page = selling.window.front
    offered = [one for one in selling.shown_buttons() if page.isAncestorOf(one)]
    assert [one.text() for one in offered if one.width() < one.sizeHint().width() and one.text()] == []
    assert [one.text() for one in offered if one.mapTo(page, QPoint(one.width(), 0)).x() > page.width()] == []


@pytest.mark.parametrize(("language", "width", "lines"), [("zh_CN", 1024, 2), ("en", 1024, 2), ("zh_CN", 1366, 1)])
def test_the_keys_at_the_foot_have_their_words(selling: Counter, language: str, width: int, lines: int) -> None:
    """By touch alone F11, F12 and the void of a sale were three dots each."""
    selling.window.resize(width, 768)
    selling.shop.context.change_settings(language=language)
    selling.scan(selling.gtin("A001-RED-110"))
    hints = [one for one in selling.shown_buttons() if selling.window.hints.isAncestorOf(one)]
    assert len(hints) > 10
    assert [one.text() for one in hints if one.width() < one.sizeHint().width() - SLACK] == []
    assert len({one.y() for one in hints}) == lines
    assert all(selling.window.hints.rect().contains(one.geometry()) for one in hints)


def test_a_wider_window_has_one_row_again(selling: Counter) -> None:
    selling.window.resize(1024, 768)
    selling.scan(selling.gtin("A001-RED-110"))
    high = selling.window.hints.height()
    selling.window.resize(1366, 768)
    selling.rest()
    assert selling.window.hints.height() * 2 == high
