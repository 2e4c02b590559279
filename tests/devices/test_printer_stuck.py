"""A printer on a device file (USB, serial) that is out of paper takes nothing: that is told, and holds up nobody."""

from __future__ import annotations

import fcntl
import os
import sys
import termios
import threading
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from posclient.devices.printer import FilePrinter
from posclient.errors import DeviceError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a device that takes nothing is made of a Linux pipe")
#: The least that a pipe holds: a device with a buffer of one page.
BUFFER = 4096


@pytest.fixture
def device(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A device file and the printer's end of it, which nobody reads."""
    path = tmp_path / "lp0"
    os.mkfifo(path)
    end = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, BUFFER)
    yield path, end
    os.close(end)


def codes_of(printer: FilePrinter, data: bytes) -> tuple[threading.Thread, list[str]]:
    """Send in a thread, as the till does; what came of it."""
    told: list[str] = []

    def send() -> None:
        try:
            printer.send("S001-1", data)
        except DeviceError as error:
            told.append(error.code)
        else:
            told.append("printed")

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    return thread, told


def test_a_device_that_takes_nothing_more_is_told_and_does_not_hang_the_till(device: tuple[Path, int]) -> None:
    """T-63: closing the window waits for the printer's thread, and each later slip for this one."""
    thread, told = codes_of(FilePrinter(device[0], timeout_s=0.2), b"x" * 3 * BUFFER)
    thread.join(5)
    assert told == ["printer_stuck"]


def test_a_device_that_takes_it_bit_by_bit_gets_all_of_it(device: tuple[Path, int]) -> None:
    """A slow printer is no broken one."""
    path, end = device
    data = bytes(range(256)) * 64
    thread, told = codes_of(FilePrinter(path, timeout_s=1.0), data)
    got = b""
    until = time.monotonic() + 10
    while len(got) < len(data) and time.monotonic() < until:
        time.sleep(0.05)
        try:
            got += os.read(end, BUFFER)
        except BlockingIOError:
            continue
    thread.join(5)
    assert (told, got) == (["printed"], data)


def test_a_slow_serial_printer_is_no_stuck_one(device: tuple[Path, int]) -> None:
    """At 4800 baud a full buffer of 4 KB takes eight seconds: a serial line says that it takes more only once it is
    nearly empty, and this pipe once it is.
    """
    path, end = device
    data = bytes(range(256)) * 32
    thread, told = codes_of(FilePrinter(path, timeout_s=0.6), data)
    got = b""
    until = time.monotonic() + 15
    while len(got) < len(data) and time.monotonic() < until and not (told and told != ["printed"]):
        time.sleep(0.05)
        try:
            got += os.read(end, 200)
        except BlockingIOError:
            continue
    thread.join(5)
    assert (told, got) == (["printed"], data)


def test_what_a_stuck_line_did_not_take_does_not_hold_up_its_closing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel would wait for it half a minute, on a line whose printer is switched off (CTS)."""
    dropped: list[int] = []
    monkeypatch.setattr(termios, "tcflush", lambda _line, queue: dropped.append(queue))
    end, line = os.openpty()
    tty.setraw(line)
    thread, told = codes_of(FilePrinter(Path(os.ttyname(line)), timeout_s=0.2), b"x" * 200_000)
    thread.join(5)
    os.close(line)
    os.close(end)
    assert (told, dropped) == (["printer_stuck"], [termios.TCOFLUSH])
