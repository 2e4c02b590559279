"""Slips reach files, folders and network printers once, or say clearly why not."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from posclient.config import PrinterSettings
from posclient.devices import drawer
from posclient.devices.escpos import drawer_pulse
from posclient.devices.printer import FilePrinter, FolderPrinter, NetworkPrinter, Printer, printer_of
from posclient.errors import DeviceError


class PrinterServer:
    """A network printer: a real socket that keeps each job's bytes."""

    def __init__(self) -> None:
        self.jobs: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self) -> None:
        while True:
            connection, _ = self.listener.accept()
            job = all_of(connection)
            if job == b"stop":
                return
            self.jobs.append(job)

    def stop(self) -> None:
        NetworkPrinter("127.0.0.1", self.port).send("stop", b"stop")
        self.thread.join()
        self.listener.close()


def all_of(connection: socket.socket) -> bytes:
    with connection:
        return b"".join(iter(lambda: connection.recv(65536), b""))


@contextmanager
def printer_server() -> Iterator[PrinterServer]:
    server = PrinterServer()
    try:
        yield server
    finally:
        server.stop()


def test_a_network_printer_gets_each_job_once_and_whole() -> None:
    """T-63, T-66: whole, once, in order; the local way takes under a second."""
    big = bytes(range(256)) * 4000
    with printer_server() as server:
        began = time.perf_counter()
        for number, data in enumerate((big, b"second")):
            NetworkPrinter("127.0.0.1", server.port).send(f"S001-{number}", data)
        assert time.perf_counter() - began < 1
    assert server.jobs == [big, b"second"]


def test_the_drawer_needs_no_slip() -> None:
    """T-65: one command, nothing printed."""
    with printer_server() as server:
        drawer.kick(NetworkPrinter("127.0.0.1", server.port))
    assert server.jobs == [drawer_pulse()]


def test_the_drawer_opens_before_its_slip_and_without_it() -> None:
    """T-65: in one job, and alone where the slip cannot be drawn."""

    def no_slip() -> bytes:
        raise DeviceError("no_labels")

    with printer_server() as server:
        printer = NetworkPrinter("127.0.0.1", server.port)
        drawer.kick_and_print(printer, "S001-1", lambda: b"slip")
        with pytest.raises(DeviceError, match="no_labels"):
            drawer.kick_and_print(printer, "S001-2", no_slip)
    assert server.jobs == [drawer_pulse() + b"slip", drawer_pulse()]


def test_a_slip_in_a_folder_has_no_pulse(tmp_path: Path) -> None:
    drawer.kick_and_print(FolderPrinter(tmp_path), "S001-1", lambda: b"slip")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("S001-1.bin", b"slip")]


def test_the_drawer_opens_though_paper_is_out() -> None:
    """T-65: the printer takes a little, and no more until somebody brings paper."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        printer = NetworkPrinter("127.0.0.1", listener.getsockname()[1], timeout_s=0.2)
        with pytest.raises(DeviceError, match="printer_timeout"):
            drawer.kick_and_print(printer, "S001-1", lambda: b"x" * 20_000_000)
        connection, _ = listener.accept()
        with connection:
            assert connection.recv(len(drawer_pulse())) == drawer_pulse()


def refused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def code_of(printer: Printer) -> str:
    with pytest.raises(DeviceError) as failed:
        printer.send("S001-1", b"x" * 20_000_000)
    assert failed.value.params["job"] == "S001-1"
    return failed.value.code


def test_a_network_printer_that_is_off_says_so() -> None:
    assert code_of(NetworkPrinter("127.0.0.1", refused_port())) == "printer_unreachable"
    assert code_of(NetworkPrinter("printer.invalid", timeout_s=0.5)) in {"printer_unknown_host", "printer_unreachable"}


def test_a_printer_out_of_paper_does_not_hang_the_till() -> None:
    """A printer that accepts the connection and takes nothing: time-out, not a frozen worker."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        began = time.perf_counter()
        assert code_of(NetworkPrinter("127.0.0.1", listener.getsockname()[1], timeout_s=0.2)) == "printer_timeout"
        assert time.perf_counter() - began < 2


def test_one_file_per_slip_and_none_replaced(tmp_path: Path) -> None:
    """T-63: a reprint is a file of its own."""
    printer = FolderPrinter(tmp_path / "receipts")
    for data in (b"first", b"copy"):
        printer.send("S001-1-20261122-000001", data)
    printer.send("../../evil/\x00name", b"third")
    files = {file.name: file.read_bytes() for file in (tmp_path / "receipts").iterdir()}
    assert files == {
        "S001-1-20261122-000001.bin": b"first",
        "S001-1-20261122-000001-2.bin": b"copy",
        "_evil_name.bin": b"third",
    }


def test_all_slips_in_one_file(tmp_path: Path) -> None:
    printer = FilePrinter(tmp_path / "lp0")
    printer.send("1", b"a")
    printer.send("2", b"b")
    assert (tmp_path / "lp0").read_bytes() == b"ab"


def test_a_file_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")
    assert code_of(FolderPrinter(tmp_path / "taken")) == "printer_file"
    assert code_of(FilePrinter(tmp_path)) == "printer_file"


def test_the_printer_of_the_settings(tmp_path: Path) -> None:
    device = tmp_path / "lp0"
    device.write_bytes(b"")
    assert printer_of(PrinterSettings(kind="none"), tmp_path) is None
    assert printer_of(PrinterSettings(), tmp_path) == FolderPrinter(tmp_path / "receipts")
    assert printer_of(PrinterSettings(path=str(tmp_path / "slips")), tmp_path) == FolderPrinter(tmp_path / "slips")
    assert printer_of(PrinterSettings(path=str(device)), tmp_path) == FilePrinter(device)
    assert printer_of(PrinterSettings(kind="network", host="h"), tmp_path) == NetworkPrinter("h", 9100)
