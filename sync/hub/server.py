"""The hub's ear on the shop's network: greets, asks for proof, hands questions to the desk.

The standard library's server and no HTTP: frames are sealed end to end, so there is nothing for HTTP to do, and a till
that is the hub pays for it with some threads that wait.
"""

from __future__ import annotations

import logging
import os
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from posclient.errors import DataError, LinkError
from sync.appointment import Appointment
from sync.hub.channel import Channel, Ends, answer
from sync.hub.desk import Desk
from sync.signing import LAN_TILL, Signer

_log = logging.getLogger(__name__)

#: Seconds for whoever has proved nothing, and between two questions of a till.
GREETING_S, IDLE_S = 5.0, 30.0
#: Lines at one time: two for each till of a big store.
MOST_LINES = 32


class HubServer:
    """Listens from ``start`` to ``stop``. ``appointment``: the one that counts now; ``told``: what a till knows."""

    def __init__(
        self, me: Signer, desk: Desk, appointment: Callable[[], Appointment | None], told: Callable[[Any], None]
    ) -> None:
        self._me, self._desk, self._appointment, self._told = me, desk, appointment, told
        self._server: _Server | None = None
        self._counting = threading.Lock()
        self._lines: set[socket.socket] = set()
        #: Those of them that have proved nothing yet, the oldest first.
        self._strangers: dict[socket.socket, None] = {}

    def start(self, place: tuple[str, int]) -> None:
        """Listen at host and port; ``DataError("hub_cannot_listen")``."""
        server: _Server | None = None
        try:
            server = _Server(place, self)
            threading.Thread(target=server.serve_forever, args=(0.2,), name="hub", daemon=True).start()
        except (OSError, OverflowError, UnicodeError, RuntimeError) as error:  # the last: no thread is to be had
            if server is not None:
                server.server_close()  # to end one that nobody serves would be waited for without end
            raise DataError("hub_cannot_listen", address=f"{place[0]}:{place[1]}", detail=str(error)) from error
        self._server = server

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1]) if self._server else 0

    def stop(self) -> None:
        """Listen no more, and hang up."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()
            with self._counting:
                lines = tuple(self._lines)
            for line in lines:
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)

    def admit(self, line: socket.socket) -> bool:
        """Where there are as many as there may be, the oldest that has proved nothing goes: a till proves itself at
        once, and whoever holds lines open on the shop's network is not to keep it out.
        """
        with self._counting:
            if len(self._lines) >= MOST_LINES:
                stranger = next(iter(self._strangers), None)
                if stranger is None:
                    return False
                self._forget(stranger)
                with suppress(OSError):
                    stranger.shutdown(socket.SHUT_RDWR)
            self._lines.add(line)
            self._strangers[line] = None
            return True

    def gone(self, line: socket.socket) -> None:
        """It has ended, or never began."""
        with self._counting:
            self._forget(line)

    def _forget(self, line: socket.socket) -> None:
        self._lines.discard(line)
        self._strangers.pop(line, None)

    def serve(self, line: socket.socket) -> None:
        """In a thread of its own."""
        try:
            for _step in self.talk(line):
                pass
        except LinkError as error:
            _log.debug("a line to the hub ended: %s", error)
        except Exception:  # noqa: BLE001 - the outermost frame of this thread
            _log.exception("a question to the hub met a bug")

    def talk(self, line: socket.socket) -> Iterator[None]:
        """All that is said on one line: a step for each frame of the till's. ``LinkError`` where it ends early."""
        now = self._appointment()
        channel, ends = answer(line, self._me, now.tills if now else {}, GREETING_S)
        yield
        if not self._is_proved(channel, ends):
            channel.say({"error": "unauthorized"})
            return
        with self._counting:
            self._strangers.pop(line, None)
        newest = self._appointment()
        channel.say({"appointment": newest.as_json() if newest else None})
        channel.seconds = IDLE_S
        yield
        while self._answer(channel, ends.till):
            yield

    def _is_proved(self, channel: Channel, ends: Ends) -> bool:
        head, _payload = channel.hear()
        if not ends.is_signed(self._key(ends.till), str(head.get("signature")), LAN_TILL):
            return False
        self._told(head.get("appointment"))
        return True

    def _answer(self, channel: Channel, terminal: str) -> bool:
        """One question; False where there is nothing more to say to this till."""
        asked, payload = channel.hear()
        now, key = self._appointment(), self._key(terminal)
        if not key or now is None or now.terminal != self._me.terminal or self._server is None:
            channel.say({"error": "unauthorized" if not key else "not_the_hub"})
            return False
        channel.say(*self._desk.answer(terminal, key, asked, payload))
        return True

    def _key(self, terminal: str) -> bytes:
        """Of a till that may ask now: one that was revoked a minute ago may not."""
        now = self._appointment()
        return now.tills.get(terminal, b"") if now else b""


class _Line(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        self.server.hub.serve(self.request)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    #: All tills of a store may call in one moment, while this one's own work has the processor.
    request_queue_size = 128
    #: Elsewhere it would let two programs listen.
    allow_reuse_address = os.name == "posix"

    def __init__(self, place: tuple[str, int], hub: HubServer) -> None:
        self.hub = hub
        self.address_family = socket.getaddrinfo(*place, type=socket.SOCK_STREAM)[0][0]
        super().__init__(place, _Line)

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002 - the standard library's
        return self.hub.admit(request)

    def shutdown_request(self, request: Any) -> None:
        """However it ended."""
        self.hub.gone(request)
        super().shutdown_request(request)
