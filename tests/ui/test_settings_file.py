"""settings.toml: whole after a power cut, told where it cannot be written, and never the end of a till."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from posclient.config import Settings, load_settings, save_settings, settings_path
from posclient.errors import InputError
from tests.actions.kidswear import StandingClock, make_folder
from tests.ui.conftest import Counter

WINDOW = """
import sys
from pathlib import Path
from PySide6.QtTest import QTest
from ui.app import opened
with opened(Path(sys.argv[1])) as shop:
    for _ in range(200):
        QTest.qWait(50)
        if shop.window.login.has_staff:
            break
    print("staff" if shop.window.login.has_staff else "nobody")
    print(shop.window.message.text)
"""


@pytest.mark.parametrize("spoilt", [b"\0" * 40, b"theme = 7\n"], ids=["torn", "mistyped"])
def test_a_till_whose_settings_are_spoilt_opens_and_says_so(tmp_path: Path, spoilt: bytes) -> None:
    """A power cut, an editor: whoever starts it from the desktop sees no console, and has to sell."""
    make_folder(tmp_path, StandingClock())
    settings_path(tmp_path).write_bytes(spoilt)
    done = subprocess.run(
        [sys.executable, "-c", WINDOW, str(tmp_path)], env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip
    said = done.stdout.splitlines()
    assert said[:1] == ["staff"], done.stderr
    assert "settings.toml" in said[1]
    assert "（）" not in said[1], "nobody looks for what has no name"
    assert settings_path(tmp_path).read_bytes() == spoilt, "whoever mends it finds what was there"


def test_a_change_that_cannot_be_kept_is_told(selling: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """T-6: the disk is full, or the folder is not ours."""

    def full(_self: Path, *_values: object, **_names: object) -> int:
        raise OSError(28, os.strerror(28))

    selling.press(Qt.Key.Key_F10)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        selling.click(selling.button("深色"))
    assert selling.window.message.kind == "danger"
    assert "settings.toml" in selling.window.message.text
    assert selling.shop.context.settings.theme == "dark", "for now it is as somebody wanted it"
    selling.click(selling.button("浅色"))
    assert load_settings(selling.store.folder).theme == "light"


def test_the_settings_are_on_the_disk_before_their_name_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a power cut leaves the new name over nothing, and with it no printer."""
    done: list[str] = []
    replace = Path.replace

    def renamed(path: Path, to: Path) -> Path:
        done.append("replace")
        return replace(path, to)

    monkeypatch.setattr(os, "fsync", lambda _file: done.append("fsync"))
    monkeypatch.setattr(Path, "replace", renamed)
    save_settings(tmp_path, Settings())
    assert done == ["fsync", "replace"]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    settings_path(tmp_path).mkdir()
    with pytest.raises(InputError, match="settings"):
        load_settings(tmp_path)


@pytest.mark.parametrize("spoilt", ['theme = 7\n[printer]\nkind = "network"\n', "[printer\n"])
def test_the_first_change_in_the_window_keeps_the_spoilt_file(tmp_path: Path, spoilt: str) -> None:
    """One wrong word, and F10: keys and printer that somebody wrote by hand are still there to be looked up."""
    settings_path(tmp_path).write_text(spoilt, encoding="utf-8")
    save_settings(tmp_path, Settings(theme="dark"))
    assert load_settings(tmp_path).theme == "dark"
    kept = tmp_path / "settings.toml.spoilt"
    assert kept.read_text(encoding="utf-8") == spoilt
    save_settings(tmp_path, Settings())
    assert kept.read_text(encoding="utf-8") == spoilt


def test_a_file_that_was_mended_in_notepad_is_read(tmp_path: Path) -> None:
    """It puts a mark in front of UTF-8, which no TOML has; whoever does as the message says is not told it again."""
    settings_path(tmp_path).write_bytes(b"\xef\xbb\xbf" + b'theme = "dark"\r\n')
    assert load_settings(tmp_path).theme == "dark"
