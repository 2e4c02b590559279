"""Which key does what, by the names of ``posclient.config`` (one editable file); found by events, shown on buttons."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

#: Deeds in the order in which the hints at the foot and F1 list them.
ORDER = (
    "collect", "pay", "pay_quiet", "help", "readiness", "find", "member", "guide", "line_guide", "valet", "coupon",
    "discount", "quantity", "price", "remove", "void", "reprint", "drawer", "care", "report", "settings", "lock",
    "back",
)  # fmt: skip
#: Keys that also write or edit: a text field with text in it comes first.
EDITING = ("quantity", "remove")
SHORT = {"Return": "Enter", "Delete": "Del", "Escape": "Esc"}


class KeyMap:
    """``keys``: deed -> the key's name."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._keys = dict(keys)
        self._deeds = {normal: deed for deed, name in keys.items() if (normal := _normal(name))}

    def deed(self, event: QKeyEvent) -> str:
        """What the key of ``event`` is for; empty for any other key."""
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        name = QKeySequence(event.key() | modifiers.value).toString() if event.key() > 0 else ""
        typed = event.text() if not modifiers & ~Qt.KeyboardModifier.ShiftModifier else ""
        return self._deeds.get(_normal(name)) or (self._deeds.get(typed, "") if typed else "")

    def cap(self, deed: str) -> str:
        """The key's name for people: Enter, Del, Ctrl L; empty where the deed has none, or one that no key bears."""
        name = self._keys.get(deed, "")
        if not _normal(name):
            return ""
        parts = [SHORT.get(part, part) for part in name.split("+")] if name != "+" else [name]
        return " ".join("⇧" if part == "Shift" else part for part in parts).replace("⇧ ", "⇧")


def _normal(name: str) -> str:
    """One spelling: Qt's own, with both Enter keys alike."""
    if len(name) == 1:
        return name.upper() if name.isalpha() else name
    text = QKeySequence(name).toString()
    return "Return" if text == "Enter" else text
