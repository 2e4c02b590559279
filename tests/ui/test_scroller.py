"""Parts of pages that scroll: every word can be read to its end, and the row that keys have marked is in sight."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from tests.actions.kidswear import STORE, staff_row
from tests.ui.conftest import Counter
from ui.screens.guide import GuidePage
from ui.widgets.boxes import column, frame
from ui.widgets.choices import Choices
from ui.widgets.scroller import Scroller
from ui.widgets.text import Text

WORDS = "总部的改动已暂缓，仍用旧数据。请店长在右侧查看；确认无误再接收。" * 4


def cards() -> tuple[QFrame, list[Text]]:
    """Cards whose words take several lines each, and the words."""
    texts = [Text(wrap=True) for _ in range(6)]
    for text in texts:
        text.put(WORDS)
    boxes = [frame("card", column(text, margins=(20, 12, 20, 14))) for text in texts]
    return frame("background", column(*boxes, None, gap=12)), texts


def plain(content: QFrame) -> QScrollArea:
    """Qt's own area."""
    area = QScrollArea(widgetResizable=True)
    area.setWidget(content)
    return area


def shown(qtbot: QtBot, area: QScrollArea, width: int) -> None:
    qtbot.addWidget(area)
    area.resize(width, 200)
    area.show()
    qtbot.waitExposed(area)


def cut(texts: list[Text], content: QFrame) -> list[int]:
    """Those that are lower than their words, or stand below the content's end, by their places."""
    ends = [text.mapTo(content, QPoint(0, text.height())).y() for text in texts]
    return [
        place
        for place, (text, end) in enumerate(zip(texts, ends, strict=True))
        if text.height() < text.heightForWidth(text.width()) or end > content.height()
    ]


@pytest.mark.parametrize("width", [340, 760])
def test_wrapped_words_are_whole_at_any_width(qtbot: QtBot, width: int) -> None:
    content, texts = cards()
    area = Scroller(content)
    shown(qtbot, area, width)
    assert texts[0].heightForWidth(texts[0].width()) > 2 * texts[0].fontMetrics().height(), "several lines"
    assert cut(texts, content) == []
    assert area.verticalScrollBar().maximum() >= content.height() - area.viewport().height() > 0


def test_they_stay_whole_in_a_window_that_becomes_narrow(qtbot: QtBot) -> None:
    content, texts = cards()
    area = Scroller(content)
    shown(qtbot, area, 760)
    area.resize(340, 200)
    QApplication.processEvents()
    assert cut(texts, content) == []


@pytest.mark.parametrize("width", [340, 760])
@pytest.mark.parametrize(("kind", "whole"), [(Scroller, True), (plain, False)])
def test_words_that_grow_where_they_stand_are_whole(
    qtbot: QtBot, kind: Callable[[QFrame], QScrollArea], whole: bool, width: int
) -> None:
    """A reason more, or the other language. Where Qt's own area leaves them whole too, ``Scroller`` can go."""
    content, texts = cards()
    area = kind(content)
    shown(qtbot, area, width)
    texts[2].put(WORDS * 3)
    QApplication.processEvents()
    assert (cut(texts, content) == []) is whole


def many_guides(counter: Counter) -> None:
    counter.store.hq.send(STORE, *[staff_row(f"X{n}", f"导购{n:02d}", f"55{n:02d}", "guide") for n in range(16)])


def in_sight(area: QScrollArea, part: QWidget, place: QRect) -> bool:
    return area.viewport().rect().contains(QRect(part.mapTo(area.viewport(), place.topLeft()), place.size()))


def marked_row(page: GuidePage) -> tuple[QScrollArea, Choices, QRect]:
    (area,), choices = page.findChildren(Scroller), page._choices
    height = choices.height() // len(choices.ids())
    return area, choices, QRect(0, choices.current * height, choices.width(), height)


def test_arrows_keep_the_marked_row_in_sight(selling: Counter) -> None:
    many_guides(selling)
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(Qt.Key.Key_F4)
    page = selling.window.front
    assert isinstance(page, GuidePage)
    for _ in range(len(marked_row(page)[1].ids())):
        selling.press(Qt.Key.Key_Down)
        assert in_sight(*marked_row(page))


def test_the_row_that_is_marked_at_first_is_in_sight(selling: Counter) -> None:
    many_guides(selling)
    selling.scan(selling.gtin("A001-RED-110"))
    selling.scan("BADGE-X15")
    selling.press(Qt.Key.Key_F4)
    selling.wait(1)
    page = selling.window.front
    assert isinstance(page, GuidePage)
    area, choices, row = marked_row(page)
    assert choices.current > 8, "below what there is room for"
    assert in_sight(area, choices, row)


def test_arrows_at_the_login_keep_the_chosen_name_in_sight(counter: Counter) -> None:
    many_guides(counter)
    counter.shop.open(with_sync=False)
    panel = counter.window.login.panel
    for _ in range(len(panel._staff)):
        counter.press(Qt.Key.Key_Down)
        button = panel._staff[panel._chosen]
        assert in_sight(panel._area, button, button.rect())
