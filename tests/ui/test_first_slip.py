"""The drawer opens with the first sale of the day as with any (T-66): what its slip needs was imported before."""

from __future__ import annotations

import subprocess
import sys

#: Prints whose modules a slip imports, Python's own small ones aside.
DRAWN = """
import importlib, sys
from posclient.config import PrinterSettings
from ui.printing import slip
from ui.shop import WANTED_SOON
for module in WANTED_SOON:
    importlib.import_module(module)
before = {*sys.modules}
from posclient.devices.drawer import kick_and_print
from posclient.domain.receipt_layout import lay_out, lay_out_test
assert slip(lambda labels, columns: lay_out_test(labels, columns, "TEST"), PrinterSettings(), "zh_CN")
new = {name.partition(".")[0] for name in {*sys.modules} - before}
print(*sorted(new - sys.stdlib_module_names))
"""


def test_its_slip_has_nothing_to_wait_for() -> None:
    """It took 0.12 s of imports, and a second beside a program that was still opening."""
    done = subprocess.run([sys.executable, "-c", DRAWN], capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert (done.stderr, done.stdout) == ("", "\n")
