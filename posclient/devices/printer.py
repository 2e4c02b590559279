"""Where slips go: a file, a folder, a network printer. A printer that fails never undoes a sale.

``send`` does a job once or raises ``DeviceError``; it never repeats by itself: no slip is printed twice (T-63).
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Protocol

from posclient.config import PrinterSettings
from posclient.errors import DeviceError

_NOT_IN_NAMES = re.compile(r"[^0-9A-Za-z_-]+")


class Printer(Protocol):
    """Takes ready ESC/POS bytes. ``job`` names them for people: the slip's number, or what it is for."""

    def send(self, job: str, data: bytes) -> None:
        """Hand over the whole job; ``DeviceError`` if that failed."""
        ...


@dataclass(frozen=True, slots=True)
class FilePrinter:
    """Appends every job to one file or device file (``/dev/usb/lp0``)."""

    path: Path

    def send(self, job: str, data: bytes) -> None:
        """Append ``data``; ``DeviceError("printer_file")``."""
        try:
            with self.path.open("ab") as file:
                file.write(data)
        except OSError as error:
            raise DeviceError("printer_file", path=str(self.path), job=job, cause=error.strerror) from error


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
        except socket.gaierror as error:
            raise DeviceError("printer_unknown_host", host=self.host, port=self.port, job=job) from error
        except TimeoutError as error:
            raise DeviceError("printer_timeout", host=self.host, port=self.port, job=job) from error
        except OSError as error:
            raise DeviceError("printer_unreachable", host=self.host, port=self.port, job=job) from error


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
        return FilePrinter(path) if path.exists() and not path.is_dir() else FolderPrinter(path)
    return None
