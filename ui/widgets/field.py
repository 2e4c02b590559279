"""The text field. Input methods are off unless it is for Chinese text (ux.md, scanning)."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QLineEdit

from ui import theme
from ui.i18n import tr

#: What a field takes: nothing else can be typed or pasted into it.
PATTERNS = {
    "digits": "[0-9]*",
    "amount": r"[0-9]{0,8}(\.[0-9]{0,2})?",
    "phone": "[0-9+ -]{0,20}",
    "date": "[0-9-]{0,10}",
}


class Field(QLineEdit):
    """``kind``: ``text`` (Chinese allowed), ``latin``, ``pin`` or one of ``PATTERNS``. ``hint`` is an id of words."""

    def __init__(self, hint: str = "", kind: str = "text", most: int = 80) -> None:
        super().__init__()
        self._hint = hint
        self.kind = kind
        self.setMaxLength(most)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)  # a till is no text editor
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, kind == "text")
        if kind == "pin":
            self.setEchoMode(QLineEdit.EchoMode.Password)
        pattern = PATTERNS.get("digits" if kind == "pin" else kind)
        if pattern:
            self.setValidator(QRegularExpressionValidator(pattern, self))
        self.retranslate()

    def retranslate(self) -> None:
        if self._hint:
            self.setPlaceholderText(tr(self._hint))

    def wrong(self, is_wrong: bool) -> None:
        """Mark it; the sentence beside it says why."""
        if bool(self.property("wrong")) != is_wrong:
            self.setProperty("wrong", is_wrong)
            self.style().unpolish(self)
            self.style().polish(self)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), theme.size("touch"))
