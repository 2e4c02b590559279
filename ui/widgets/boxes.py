"""Rows and columns in one expression: a widget, a layout, a number (a gap in px) or None (what is left over)."""

from __future__ import annotations

from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from ui import theme

Part = QWidget | QLayout | int | None


def row(*parts: Part, gap: int = 8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)) -> QHBoxLayout:
    """Side by side."""
    box = QHBoxLayout()
    _fill(box, parts, gap, margins)
    return box


def column(*parts: Part, gap: int = 8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)) -> QVBoxLayout:
    """Below each other."""
    box = QVBoxLayout()
    _fill(box, parts, gap, margins)
    return box


def frame(look: str, layout: QLayout | None = None) -> QFrame:
    """A piece of ground: card, side, rail, strip, hints, surface, background."""
    made = QFrame()
    made.setProperty("look", look)
    if layout is not None:
        made.setLayout(layout)
    return made


def rule() -> QFrame:
    """A line of 1 px across."""
    made = frame("rule")
    made.setFixedHeight(1)
    return made


def pad() -> tuple[int, int, int, int]:
    """The margins of a screen's area."""
    edge = theme.size("pad")
    return (edge, 16, edge, 16)


def clear(box: QLayout) -> None:
    """Take everything out of a layout, and let it go."""
    while (item := box.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()


def _fill(box: QBoxLayout, parts: tuple[Part, ...], gap: int, margins: tuple[int, int, int, int]) -> None:
    box.setSpacing(gap)
    box.setContentsMargins(*margins)
    for part in parts:
        if part is None:
            box.addStretch(1)
        elif isinstance(part, int):
            box.addSpacing(part)
        elif isinstance(part, QLayout):
            box.addLayout(part)
        else:
            box.addWidget(part)
