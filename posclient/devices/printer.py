"""Where slips go: a file, a folder, a network printer. A printer that fails never undoes a sale.

``send`` does a job once or raises ``DeviceError``; it never repeats by itself: no slip is printed twice (T-63).
"""

from __future__ import annotations

import errno
import os
import re
import select
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Protocol

from posclient.config import PrinterSettings
from posclient.errors import DeviceError

#: A file here is there while its device is: nobody makes one.
DEVICES = Path("/dev")
#: But for this part of it, which is a folder of files in memory like any other.
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - nothing is put there by itself
#: Bytes of one write. A serial line says that it takes more only once it is nearly empty, a USB printer once it has
#: taken all of the last: a piece goes through in less than the time in which nothing may, also at 1200 baud.
AT_ONCE = 512
_NOT_IN_NAMES = re.compile(r"[^0-9A-Za-z_-]+")


class Printer(Protocol):
    """Takes ready ESC/POS bytes. ``job`` names them for people: the slip's number, or what it is for."""

    def send(self, job: str, data: bytes) -> None:
        """Hand over the whole job; ``DeviceError`` if that failed."""
        ...


@dataclass(frozen=True, slots=True)
class FilePrinter:
    """Appends every job to one file or device file (``/dev/usb/lp0``).

    A device without paper takes nothing, and would hold its writer until somebody brings some: ``timeout_s`` bounds how
    long it may take nothing at all.
    """

    path: Path
    timeout_s: float = 5.0

    def send(self, job: str, data: bytes) -> None:
        """Append ``data``; ``DeviceError``: ``printer_file`` or ``printer_stuck``."""
        try:
            self._append(data)
        except TimeoutError as error:
            raise DeviceError("printer_stuck", path=str(self.path), job=job) from error
        except OSError as error:
            raise DeviceError("printer_file", path=str(self.path), job=job, cause=error.strerror) from error

    def _append(self, data: bytes) -> None:
        if sys.platform == "win32":  # no file there says whether it would take something
            with self.path.open("ab") as file:
                file.write(data)
            return
        flags = os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_CLOEXEC
        device = os.open(self.path, flags if is_device(self.path) else flags | os.O_CREAT, 0o666)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[self._some(device, rest[:AT_ONCE]) :]
            self._until_it_takes(device, time.monotonic() + self.timeout_s)  # the last of it is through
        except TimeoutError:
            _let_go(device)
            raise
        finally:
            os.close(device)

    def _some(self, device: int, data: memoryview) -> int:
        """Bytes that it took; ``TimeoutError`` if none."""
        deadline = time.monotonic() + self.timeout_s
        while True:
            self._until_it_takes(device, deadline)
            try:
                return os.write(device, data)
            except BlockingIOError:  # less room than it wants at once
                time.sleep(0.01)

    def _until_it_takes(self, device: int, deadline: float) -> None:
        waiting = select.poll()
        waiting.register(device, select.POLLOUT)
        left_ms = (deadline - time.monotonic()) * 1000
        found = waiting.poll(left_ms) if left_ms > 0 else []
        if not found:
            raise TimeoutError
        if found[0][1] & (select.POLLERR | select.POLLHUP):  # unplugged, with what was on its way
            raise OSError(errno.EIO, os.strerror(errno.EIO))


@dataclass(frozen=True, slots=True)
class FolderPrinter:
    """One file per job, named after it; a copy gets a number and never replaces what was printed before."""

    folder: Path

    def send(self, job: str, data: bytes) -> None:
        """Write ``data`` to a new file; ``DeviceError("printer_file")``."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._write(file_name(job), data)
        except OSError as error:
            raise DeviceError("printer_file", path=str(self.folder), job=job, cause=error.strerror) from error

    def _write(self, name: str, data: bytes) -> None:
        for number in count(1):
            path = self.folder / (f"{name}.bin" if number == 1 else f"{name}-{number}.bin")
            try:
                with path.open("xb") as file:
                    file.write(data)
            except FileExistsError:
                continue
            return


@dataclass(frozen=True, slots=True)
class NetworkPrinter:
    """Raw bytes over TCP, as nearly all receipt printers take them. ``timeout_s`` bounds each step."""

    host: str
    port: int = 9100
    timeout_s: float = 3.0

    def send(self, job: str, data: bytes) -> None:
        """One connection per job. ``DeviceError``: ``printer_unknown_host``, ``_timeout`` or ``_unreachable``."""
        try:
            with socket.create_connection((self.host, self.port), self.timeout_s) as connection:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                _listen(connection, time.monotonic() + self.timeout_s)
        except (socket.gaierror, UnicodeError) as error:  # a name that cannot be one is a UnicodeError
            raise DeviceError("printer_unknown_host", host=self.host, port=self.port, job=job) from error
        except TimeoutError as error:
            raise DeviceError("printer_timeout", host=self.host, port=self.port, job=job) from error
        except OSError as error:
            raise DeviceError("printer_unreachable", host=self.host, port=self.port, job=job) from error


def is_device(path: Path) -> bool:
    """Is it the place of a device, whether that is switched on or not?"""
    return DEVICES in path.parents and IN_MEMORY not in path.parents


def _let_go(device: int) -> None:
    """Closing a serial line waits half a minute for what lies in it; half a slip need not stand before the next."""
    if os.isatty(device):
        import termios

        termios.tcflush(device, termios.TCOFLUSH)


def _listen(connection: socket.socket, deadline: float) -> None:
    """Until the printer closes too, which not every one does: to close over what it says of paper and cover would drop
    what is still on its way to it.
    """
    with suppress(OSError):
        while (left_s := deadline - time.monotonic()) > 0:
            connection.settimeout(left_s)
            if not connection.recv(512):
                return


def file_name(job: str) -> str:
    """The job's name as every file system takes it, without its ending."""
    return _NOT_IN_NAMES.sub("_", job)[:80] or "slip"


def printer_of(settings: PrinterSettings, data_folder: Path) -> Printer | None:
    """The till's printer; None if it has none.

    A file printer's path is a device or file if there is one, else a folder; without a path it is ``receipts`` in the
    data folder.
    """
    if settings.kind == "network":
        return NetworkPrinter(settings.host, settings.port)
    if settings.kind == "file":
        path = Path(settings.path) if settings.path else data_folder / "receipts"
        is_file = is_device(path) or (path.exists() and not path.is_dir())
        return FilePrinter(path) if is_file else FolderPrinter(path)
    return None
