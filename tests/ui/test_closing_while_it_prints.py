"""The window is closed while the last slip prints: it is on paper, and known to be, when the till opens again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from posclient.actions import status
from posclient.config import PrinterSettings, Settings, save_settings
from tests.actions.kidswear import StandingClock, make_folder
from tests.ui.conftest import GTINS
from ui.opening import open_folder

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the printer is a pipe here")

LAST_SALE = """
import fcntl, os, sys, threading, time
from pathlib import Path
from PySide6.QtWidgets import QApplication
from posclient.actions import checkout, login
from ui.app import opened
from ui.screens import payment_steps as steps

folder, device, code = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
end = os.open(device, os.O_RDONLY | os.O_NONBLOCK)
paper = bytearray()

def printer():
    time.sleep(0.5)
    while True:
        try:
            paper.extend(os.read(end, 65536))
        except BlockingIOError:
            time.sleep(0.02)

def wait_for(is_there, seconds=20):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if is_there():
            return
        QApplication.processEvents()
        time.sleep(0.01)
    raise SystemExit("in vain")

with opened(folder) as shop:
    context, sold = shop.context, []
    wait_for(lambda: shop.window.login.has_staff)
    context.do(lambda till: login.log_in(till, "1111"), context.show_staff)
    context.do(lambda till: checkout.scan(till, code))
    context.do(steps.open_payment)
    context.do(lambda till: steps.pay_cash(till, None), sold.append)
    wait_for(lambda: sold)
    fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, 4096)
    context.receipt_wanted.emit(sold[0].done.sale_id, False)
    until = time.monotonic() + HOW_LONG / 1000
    while time.monotonic() < until:
        QApplication.processEvents()
        time.sleep(0.01)
    threading.Thread(target=printer, daemon=True).start()
print(len(paper))
"""


@pytest.mark.parametrize("moment", [0, 400], ids=["it has hardly been asked for", "it is being printed"])
def test_the_last_slip_of_the_day_is_printed_once(tmp_path: Path, moment: int) -> None:
    """T-63, T-2: else the next morning offers it as one that never came out, and prints a second original."""
    folder, device = tmp_path / "till", tmp_path / "lp0"
    folder.mkdir()
    make_folder(folder, StandingClock())
    os.mkfifo(device)
    save_settings(folder, Settings(sounds=False, printer=PrinterSettings(path=str(device))))
    program = LAST_SALE.replace("HOW_LONG", str(moment))
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder), str(device), GTINS["T001-RED-110"]],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"}, capture_output=True, encoding="utf-8", timeout=90,
        check=False,
    )  # fmt: skip
    assert done.stdout.strip().isdecimal(), done.stderr
    assert int(done.stdout) > 1000
    till = open_folder(folder)
    try:
        assert status.status(till).not_printed == ()
    finally:
        till.close()
