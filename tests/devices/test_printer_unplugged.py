"""A printer that is unplugged while the last of a slip is on its way to it has not printed it."""

from __future__ import annotations

import fcntl
import os
import sys
import time
from pathlib import Path

import pytest

from posclient.devices.printer import AT_ONCE, FilePrinter
from tests.devices.test_printer_stuck import BUFFER, codes_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a device that is unplugged is made of a Linux pipe")


@pytest.mark.parametrize("pieces", [1, 2])
def test_a_slip_that_lies_in_the_buffer_is_not_printed(tmp_path: Path, pieces: int) -> None:
    """The last piece counted as printed: the slip was not among those that are missing, and the next one a copy."""
    path = tmp_path / "lp0"
    os.mkfifo(path)
    end = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, BUFFER)
    thread, told = codes_of(FilePrinter(path, timeout_s=2.0), b"x" * AT_ONCE * pieces)
    time.sleep(0.2)
    assert told == [], "it waits until the printer has it"
    os.close(end)
    thread.join(5)
    assert told == ["printer_file"]
