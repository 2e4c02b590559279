"""A relay between a till and a server that counts what it brings of each chunk, and cuts the line at a byte."""

from __future__ import annotations

import re
import socket
import threading
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_ASKED = re.compile(rb"^GET (/v1/snapshots/\S+) ")
_PIECE = 16 * 1024


class CuttingRelay:
    """``url`` is for the till. ``plan(n)``: after n more bytes of chunks, headers included, the line is cut once.

    ``attempts``: [path, bytes that came to the till] of each time that a chunk was asked for, in order.
    """

    def __init__(self, behind: str) -> None:
        parts = urlsplit(behind)
        self._behind = (parts.hostname or "", parts.port or 0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._room: int | None = None
        self.attempts: list[tuple[str, list[int]]] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def plan(self, room: int | None) -> None:
        """None: the line holds."""
        self._room = room

    def _serve(self) -> None:
        while True:
            try:
                till, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._relay, args=(till,), daemon=True).start()

    def _relay(self, till: socket.socket) -> None:
        with ExitStack() as both:
            both.enter_context(till)
            server = both.enter_context(socket.create_connection(self._behind))
            counted: list[list[int] | None] = [None]
            up = threading.Thread(target=self._ask, args=(till, server, counted), daemon=True)
            up.start()
            with suppress(OSError):
                while piece := server.recv(_PIECE):
                    if (here := counted[0]) is not None:
                        whole, piece = piece, piece[: self._room]
                        here[0] += len(piece)
                        if self._room is not None:
                            self._room -= len(piece)
                        if len(piece) < len(whole):
                            self._room = None
                            till.sendall(piece)
                            break
                    till.sendall(piece)
            for line in (till, server):
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)
            up.join(5)

    def _ask(self, till: socket.socket, server: socket.socket, counted: list[list[int] | None]) -> None:
        """A till asks one thing at a time on a line, so that an answer is to what was asked last."""
        with suppress(OSError):
            while piece := till.recv(_PIECE):
                if asked := _ASKED.match(piece):
                    counted[0] = here = [0]
                    self.attempts.append((str(asked[1], "ascii"), here))
                elif piece.startswith((b"GET ", b"POST ")):
                    counted[0] = None
                server.sendall(piece)
            server.shutdown(socket.SHUT_WR)
