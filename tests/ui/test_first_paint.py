"""What the login waits for (stack.md, start and scan): Qt's widgets and a few light modules, nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from resources import FOLDER
from ui import theme
from ui.widgets.flags import CENTER, MIDDLE, NO_FOCUS, STRONG_FOCUS, TAB_FOCUS, make_plain, set_focus_policy

#: Loaded behind the login, or only when used.
LATER = (
    "sqlite3", "json", "tomllib", "sqlmodel", "sqlalchemy", "pydantic", "httpx", "keyring", "nacl", "zstandard", "cv2",
    "xml.etree.ElementTree", "posclient.actions", "posclient.db", "sync", "ui.main_window", "ui.context",
)  # fmt: skip
FACE = f"""
import sys
from ui.app import application
from ui.shell import Shell
from posclient.config import Settings
import PySide6.QtCore, PySide6.QtWidgets
app = application(Settings())
shell = Shell()
shell.show_face()
assert shell.painted_at
print(*[name for name in {LATER!r} if name in sys.modules])
print(*[name for name, module in (("Qt", PySide6.QtCore), ("QStyle", PySide6.QtWidgets)) if name in vars(module)])
"""


def test_the_login_waits_for_little() -> None:
    """Neither what comes behind it nor Qt's two largest sets of enumerations (ui/widgets/flags.py)."""
    # coverage follows child processes and loads modules of its own there
    alone = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run([sys.executable, "-c", FACE], env=alone, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_numbers_are_qts_own(qtbot: QtBot) -> None:
    label = QLabel("<b>x</b>")
    qtbot.addWidget(label)
    make_plain(label)
    assert label.textFormat() is Qt.TextFormat.PlainText
    assert label.textInteractionFlags() == Qt.TextInteractionFlag.NoTextInteraction
    assert Qt.AlignmentFlag.AlignCenter.value == CENTER
    assert Qt.AlignmentFlag.AlignVCenter.value == MIDDLE
    for number, policy in (
        (NO_FOCUS, Qt.FocusPolicy.NoFocus),
        (TAB_FOCUS, Qt.FocusPolicy.TabFocus),
        (STRONG_FOCUS, Qt.FocusPolicy.StrongFocus),
    ):
        set_focus_policy(label, number)
        assert label.focusPolicy() is policy


def test_tokens_are_toml_as_any_reader_reads_it() -> None:
    assert theme.tokens() == tomllib.loads((FOLDER / "style" / "tokens.toml").read_text(encoding="utf-8"))
