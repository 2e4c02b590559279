"""Started from the desktop there may be no standard error at all: the till opens all the same."""

from __future__ import annotations

import os
import subprocess
import sys

OPEN = """
import sys
sys.stderr = None  # as for a program of Windows that has no console
from ui.display import application_of
application_of(["posclient"])
print("open")
"""


def test_what_qt_says_at_its_start_needs_no_console() -> None:
    """On Windows it warns at nearly every start, of the monitor's scale or of the fonts."""
    warning = {"QT_QPA_PLATFORM": "offscreen", "QT_DEBUG_PLUGINS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", OPEN], env=os.environ | warning, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "open\n"


def test_without_a_display_it_ends_with_its_status() -> None:
    done = subprocess.run(
        [sys.executable, "-c", OPEN], env=os.environ | {"QT_QPA_PLATFORM": "of-no-such-kind"}, capture_output=True,
        text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
