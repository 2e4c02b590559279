"""The reason for `pyside6-essentials<6.12` in pyproject.toml, as a loop that a release must survive."""

import os
import subprocess
import sys

CALLS = 200_000
LOOP = f"""
from PySide6.QtWidgets import QApplication, QLabel
app = QApplication([])
label = QLabel()
for _ in range({CALLS}):
    label.setText("x")
print("alive")
"""


def test_many_bound_calls_do_not_end_the_interpreter() -> None:
    """PySide6 6.12.0 on Python 3.11 dies here: each call that returns None drops one reference to None."""
    done = subprocess.run(
        [sys.executable, "-c", LOOP],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "alive"), done.stderr[-500:]
