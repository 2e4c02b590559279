"""Serves HQ with uvicorn: on a thread for tests and the demo, in the foreground for ``posclient hq serve``."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import uvicorn

from posclient.errors import InputError
from sync.hq.app import make_app
from sync.hq.news import Newsroom
from sync.hq.service import Hq

#: Seconds that running requests get at the end.
GRACE_S = 10
#: What a log line may hold beside its message: no personal data, no token (S-26).
LOG_FIELDS = ("method", "route", "status", "ms", "terminal", "facts", "received")


class JsonLines(logging.Formatter):
    """One JSON object a line; control characters are escaped by it."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname, "name": record.name, "say": record.getMessage(),
        }  # fmt: skip
        line |= {name: getattr(record, name) for name in LOG_FIELDS if hasattr(record, name)}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class _Uvicorn(uvicorn.Server):
    """Ends the event streams first: they would hold up a graceful stop for all of its time."""

    def __init__(self, config: uvicorn.Config, news: Newsroom) -> None:
        super().__init__(config)
        self._news = news

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._news.close()
        await super().shutdown(sockets)


class Server:
    """One HQ on one port. ``port`` 0 takes a free one; ``url`` says which."""

    def __init__(self, hq: Hq, host: str = "127.0.0.1", port: int = 0) -> None:
        self._socket = _bound(host, port)
        address = self._socket.getsockname()
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{address[1]}"
        app = make_app(hq)
        config = uvicorn.Config(
            app, log_config=None, access_log=False, timeout_graceful_shutdown=GRACE_S, lifespan="off",
            server_header=False,
        )  # fmt: skip
        self._server = _Uvicorn(config, app.state.news)
        self._thread: threading.Thread | None = None

    def run(self, ready: Callable[[str], None]) -> None:
        """Serve until SIGTERM or SIGINT; ``ready`` is told the address once connections are taken."""
        self._socket.listen(2048)
        ready(self.url)
        self._server.run(sockets=[self._socket])

    def start(self) -> None:
        """Serve on a thread."""
        self._socket.listen(2048)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let running requests end, then stop."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(GRACE_S + 5)
        self._socket.close()


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except (OSError, OverflowError) as error:
        made.close()
        raise InputError("port_taken", host=host, port=port, reason=getattr(error, "strerror", str(error))) from None
    return made
