"""T-40: keys come from one editable file, and are shown as people call them."""

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

from posclient.config import DEFAULT_KEYS
from ui.keys import KeyMap

NONE, SHIFT, CTRL, PAD = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.KeypadModifier,
)


def pressed(key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE, text: str = "") -> QKeyEvent:
    return QKeyEvent(QEvent.Type.KeyPress, key, modifiers, text)


@pytest.mark.parametrize(
    ("event", "deed"),
    [
        (pressed(Qt.Key.Key_Return, text="\r"), "collect"),
        (pressed(Qt.Key.Key_Enter, PAD, "\r"), "collect"),
        (pressed(Qt.Key.Key_Asterisk, SHIFT, "*"), "quantity"),
        (pressed(Qt.Key.Key_Asterisk, PAD, "*"), "quantity"),
        (pressed(Qt.Key.Key_Delete), "remove"),
        (pressed(Qt.Key.Key_Delete, SHIFT), "void"),
        (pressed(Qt.Key.Key_F9), "pay"),
        (pressed(Qt.Key.Key_L, CTRL, "\x0c"), "lock"),
        (pressed(Qt.Key.Key_L, NONE, "l"), ""),
        (pressed(Qt.Key.Key_Escape, text="\x1b"), "back"),
        (pressed(Qt.Key.Key_8, text="8"), ""),
    ],
)
def test_a_key_finds_its_deed(event: QKeyEvent, deed: str) -> None:
    assert KeyMap(DEFAULT_KEYS).deed(event) == deed


def test_another_key_in_the_file_is_in_force() -> None:
    """T-40: the keys can be changed."""
    keys = KeyMap({**DEFAULT_KEYS, "pay": "F5", "valet": "Ctrl+D"})
    assert keys.deed(pressed(Qt.Key.Key_F5)) == "pay"
    assert keys.deed(pressed(Qt.Key.Key_D, CTRL, "\x04")) == "valet"
    assert keys.deed(pressed(Qt.Key.Key_F9)) == ""


def test_names_of_keys_as_people_read_them() -> None:
    keys = KeyMap(DEFAULT_KEYS)
    caps = {deed: keys.cap(deed) for deed in ("collect", "remove", "void", "lock", "quantity", "nothing")}
    assert caps == {
        "collect": "Enter",
        "remove": "Del",
        "void": "⇧Del",
        "lock": "Ctrl L",
        "quantity": "*",
        "nothing": "",
    }
