"""Serves HQ with uvicorn: on a thread for tests and the demo, in the foreground for ``posclient hq serve``."""

from __future__ import annotations

import gc
import json
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from types import FrameType

import uvicorn

from posclient.errors import InputError
from sync.hq.app import make_app
from sync.hq.news import Newsroom
from sync.hq.pruning import Pruner
from sync.hq.service import Hq
from sync.hq.watching import REQUEST, Watch

#: Seconds that running requests get at the end; of these, the last for uvicorn to close what is open still.
GRACE_S = 10
CLOSE_S = 1
#: Seconds that an idle line is kept: a till asks every 30 to 90, and a herd on new lines costs as much again.
IDLE_S = 120
#: A proxy may be on any machine. All that it is believed is whether a browser came by https; whoever says so without
#: one deceives themselves alone, and /metrics takes nobody for this machine who brings such headers.
PROXIES = "*"
#: What a log line may hold beside its message: no personal data, no token (S-26).
LOG_FIELDS = ("method", "route", "status", "ms", "bytes", "sent", "terminal", "facts", "received", "admin", "act")


#: Made once: ``json.dumps`` makes a new one for each line.
_ENCODER = json.JSONEncoder(ensure_ascii=False)


class JsonLines(logging.Formatter):
    """One JSON object a line; control characters are escaped by it."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname, "name": record.name, "say": record.getMessage(),
        }  # fmt: skip
        if request := REQUEST.get():
            line["request"] = request
        line |= {name: getattr(record, name) for name in LOG_FIELDS if hasattr(record, name)}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return _ENCODER.encode(line)


class _Draining(uvicorn.Server):
    """Told to stop, it goes on taking connections while requests run, to answer new ones that they may come again.

    uvicorn's own way closes the port first, and a till behind a proxy would see a bad gateway. Event streams end at
    once: they would hold up the stop for all of its time.
    """

    def __init__(self, config: uvicorn.Config, watch: Watch, news: Newsroom) -> None:
        super().__init__(config)
        self._watch = watch
        self._news = news
        self._until = 0.0

    def drain(self) -> None:
        """Begin to stop."""
        self._until = time.monotonic() + GRACE_S - CLOSE_S
        self._watch.stopping = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM or SIGINT; the second one does not wait any more."""
        if self._watch.stopping:
            super().handle_exit(sig, frame)
        else:
            self._captured_signals.append(sig)
            self.drain()
            # a thread that waits for the database cannot be cancelled; at the end of the process it is undone
            ending = threading.Timer(GRACE_S, _end_process)
            ending.daemon = True
            ending.start()

    async def on_tick(self, counter: int) -> bool:
        """Called ten times a second: is it time to end?"""
        if self._watch.stopping:
            self._news.close()
        drained = self._watch.stopping and (not self.server_state.tasks or time.monotonic() >= self._until)
        return await super().on_tick(counter) or drained


class Server:
    """One HQ on one port. ``port`` 0 takes a free one; ``url`` says which."""

    def __init__(self, hq: Hq, host: str = "127.0.0.1", port: int = 0, metrics_token: str | None = None) -> None:
        self._socket = _bound(host, port)
        self._place = host, port
        address = self._socket.getsockname()
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{address[1]}"
        app = make_app(hq, metrics_token)
        config = uvicorn.Config(
            app, log_config=None, access_log=False, timeout_graceful_shutdown=CLOSE_S, lifespan="off",
            server_header=False, timeout_keep_alive=IDLE_S, forwarded_allow_ips=PROXIES,
        )  # fmt: skip
        self._server = _Draining(config, app.state.watch, app.state.news)
        self._pruner = Pruner(hq.database, hq.clock, hq.metrics)
        self._thread: threading.Thread | None = None

    def run(self, ready: Callable[[str], None]) -> None:
        """Serve until SIGTERM or SIGINT; ``ready`` is told the address once connections are taken."""
        _collect_less()
        _take_files()
        self._listen()
        self._pruner.start()
        ready(self.url)
        self._server.run(sockets=[self._socket])
        self._pruner.stop()

    def start(self) -> None:
        """Serve on a thread."""
        self._listen()
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)
        self._thread.start()
        self._pruner.start()

    def _listen(self) -> None:
        """Two that start at once are both bound; the second one to listen hears of it here."""
        try:
            self._socket.listen(2048)
        except OSError as error:
            self._socket.close()
            raise _taken(*self._place, error) from None

    def stop(self) -> None:
        """Let running requests end, then stop."""
        self._pruner.stop()
        self._server.drain()
        if self._thread is not None:
            self._thread.join(GRACE_S + 5)
        self._socket.close()


def _collect_less() -> None:
    """A batch of 500 sales is some 50,000 objects, none of them in a cycle. Python would look at all of them and at
    the program's own, again and again: a third of the processor's time of a push."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def _take_files() -> None:
    """Each till holds two connections; many systems give a program a thousand files unless it asks for more."""
    if sys.platform != "win32":
        import resource

        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        with suppress(ValueError, OSError):  # no bound at all is more than some systems let a program ask for
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _end_process() -> None:
    """Stop was asked for, so it is no failure."""
    logging.shutdown()
    os._exit(0)


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Only where the protocol is named does asyncio send at once; else the body of an answer would wait until its head
    # has been confirmed: 40 ms.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except (OSError, OverflowError) as error:
        made.close()
        raise _taken(host, port, error) from None
    return made


def _taken(host: str, port: int, error: OSError | OverflowError) -> InputError:
    return InputError("port_taken", host=host, port=port, reason=getattr(error, "strerror", str(error)))
