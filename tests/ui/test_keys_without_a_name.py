"""A deed whose key was taken away has none, and no nameless key does it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

from posclient.config import DEFAULT_KEYS, load_settings, settings_path
from posclient.errors import InputError
from ui.keys import KeyMap


def deed(keys: KeyMap, key: int, text: str = "") -> str:
    return keys.deed(QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, text))


@pytest.mark.parametrize("key", [0, Qt.Key.Key_unknown.value])
def test_a_key_that_qt_has_no_name_for_does_nothing(key: int) -> None:
    """Fn keys, a loudness wheel, a key of an input method."""
    keys = KeyMap({**DEFAULT_KEYS, "drawer": ""})
    assert keys.cap("drawer") == ""
    assert deed(keys, key) == ""


def test_keys_may_be_taken_away(tmp_path: Path) -> None:
    """One key for two deeds is refused; none for two is no clash."""
    settings_path(tmp_path).write_text('[keys]\ndrawer = ""\nvoid = ""\n')
    keys = load_settings(tmp_path).keys
    assert (keys["drawer"], keys["void"]) == ("", "")
    settings_path(tmp_path).write_text('[keys]\ndrawer = "F9"\n')
    with pytest.raises(InputError):
        load_settings(tmp_path)
