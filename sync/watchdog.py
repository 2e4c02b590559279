"""Cuts the connection when a whole reply takes too long (field_failures.md S-10, slow loris)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from posclient.errors import LinkError

#: So many bytes have to come in the time of a reply that may take longer in all: a poor line is slow, and gets on.
STEP = 256 * 1024


class Watchdog:
    """Cuts the connection when a whole reply takes too long.

    httpx bounds each read, so a server that sends a byte now and then (slow loris) could hold a till for ever.
    """

    def __init__(self) -> None:
        self._stream: Any = None
        self._fired = False
        self._timer: threading.Timer | None = None
        self._seconds, self._by_steps, self._came = 0.0, False, 0

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Told by httpcore of each step; keeps hold of the connection's stream.

        Who begins TLS is the connection, or the proxy on the way: the socket before it is not ours to cut any more.
        """
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            self._stream = info["return_value"]
            if self._fired:
                self._cut()

    @contextmanager
    def watching(self, seconds: float, *, by_steps: bool = False) -> Iterator[None]:
        """Cut unless the block ends within ``seconds``; ``by_steps``: or each ``STEP`` bytes come within them."""
        self._fired = False
        self._seconds, self._by_steps, self._came = seconds, by_steps, 0
        self._start()
        try:
            yield
        finally:
            self._end()

    def came(self, count: int) -> None:
        """So many bytes more have come."""
        before, self._came = self._came, self._came + count
        if self._by_steps and before // STEP < self._came // STEP:
            self._end()
            self._start()

    def _start(self) -> None:
        self._timer = threading.Timer(self._seconds, self.cut)
        self._timer.daemon = True
        self._timer.start()

    def _end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def verdict(self) -> LinkError | None:
        """A time-out, if it was the watchdog that ended the request."""
        return LinkError("timeout", why="slow") if self._fired else None

    def cut(self) -> None:
        """End the connection, also one that is only being made."""
        self._fired = True
        if self._stream is not None:
            self._cut()

    def _cut(self) -> None:
        try:
            self._stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it is closed already, which is all that we want
