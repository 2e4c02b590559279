"""The flags of Qt that the login needs, as plain numbers.

``PySide6.QtCore.Qt`` makes a hundred enumerations when it is first named: 30 ms, a fifth of what a bare window takes to
start. So what is on screen first does without it, and whoever needs it there for a deed imports it in that deed.
"""

from __future__ import annotations

from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QLabel, QWidget

#: Of ``drawText`` and the property ``alignment``.
MIDDLE, CENTER = 0x80, 0x84
#: Of the property ``focusPolicy``.
NO_FOCUS, TAB_FOCUS, STRONG_FOCUS = 0, 1, 11
_PLAIN_TEXT = _NO_INTERACTION = 0


def set_focus_policy(widget: QWidget, policy: int) -> None:
    """How a widget gets the focus."""
    widget.setProperty("focusPolicy", policy)


def make_plain(label: QLabel) -> None:
    """Text is text, whatever is in it (S-7)."""
    label.setProperty("textFormat", _PLAIN_TEXT)
    label.setProperty("textInteractionFlags", _NO_INTERACTION)


def center(label: QLabel) -> None:
    """In the middle, both ways."""
    label.setProperty("alignment", CENTER)


def elided(metrics: QFontMetrics, text: str, room: int, *, middle: bool = False) -> str:
    """``text`` with ... at its end, or in its ``middle``, where it has no room."""
    if metrics.horizontalAdvance(text) <= room:
        return text
    from PySide6.QtCore import Qt

    mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
    return metrics.elidedText(text, mode, room)
