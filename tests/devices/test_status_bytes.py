"""A network printer with little memory that talks of itself, as many do when paper or cover change."""

from __future__ import annotations

import socket
import threading
import time

from posclient.devices.escpos import Paper, slip_bytes
from posclient.devices.printer import NetworkPrinter
from posclient.domain.slip_rows import Barcode, Row

#: A slip of twenty lines and its barcode, some 9 KB.
SLIP = slip_bytes([*(Row("轻暖羽绒服 M", "699.00") for _ in range(20)), Barcode("S001-1-000123")], Paper())
#: ``GS a``: the four bytes that tell of drawer, cover and paper.
STATUS = b"\x10\x00\x00\x0f"


class Talking:
    """Takes a slip at the speed of paper; says ``STATUS`` as a job begins."""

    def __init__(self) -> None:
        self.job = b""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        self.port: int = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self) -> None:
        connection, _ = self.listener.accept()
        with connection, self.listener:
            connection.sendall(STATUS)
            try:
                while piece := connection.recv(256):
                    self.job += piece
                    time.sleep(0.01)
            except ConnectionResetError:
                return


def test_a_slip_comes_out_whole_where_the_printer_speaks() -> None:
    """What was on its way was dropped with the line, and the slip counted as printed."""
    printer = Talking()
    NetworkPrinter("127.0.0.1", printer.port).send("S001-1-000123", SLIP)
    printer.thread.join()
    assert len(SLIP) > 6000
    assert printer.job == SLIP
