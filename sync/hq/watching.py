"""Around every request: its line in the log, its figures, and no to new ones while HQ stops."""

from __future__ import annotations

import logging
import secrets
import time
from contextvars import ContextVar

from fastapi import Request
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync.hq.metrics import Metrics
from sync.hq.problems import problem

log = logging.getLogger(__name__)

#: The request that a log line belongs to, also in the thread that works on it.
REQUEST: ContextVar[str] = ContextVar("request", default="")
#: Seconds after which a till may ask again while HQ is being restarted.
RESTART_SECONDS = 5
#: Others would each be a series of figures that a stranger can make.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Watch:
    """What the requests of one HQ have in common; ``stopping`` is set by the server once it was told to stop."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self.stopping = False

    def answered(self, scope: Scope, status: int, sent: int, seconds: float) -> None:
        """One line a request: no query, no body, no header, so no personal data and no token."""
        method = scope["method"] if scope["method"] in _METHODS else "-"
        route = getattr(scope.get("route"), "path", "-")
        self._metrics.request(method, route, status, seconds)
        noted = scope.get("state", {})
        line = {
            "method": method, "route": route, "status": status, "ms": round(seconds * 1000),
            "bytes": noted.get("bytes", 0), "sent": sent,
        }  # fmt: skip
        if "terminal" in noted:
            line["terminal"] = noted["terminal"]
        log.info("request", extra=line)


class Watched:
    """The middleware: a plain one, as starlette's own costs as much as a page, and three tasks for each stream."""

    def __init__(self, app: ASGIApp, watch: Watch) -> None:
        self._app, self._watch = app, watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; of a stream the line is written as it begins."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        number, began = secrets.token_hex(6), time.monotonic()
        REQUEST.set(number)
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = message["headers"]
                sent = int(Headers(raw=headers).get("content-length", 0))
                message["headers"] = [*headers, (b"x-request-id", number.encode())]
                self._watch.answered(scope, message["status"], sent, time.monotonic() - began)
            await send(message)

        if self._watch.stopping:
            busy = problem(503, "retry_after", {"seconds": RESTART_SECONDS}, RESTART_SECONDS)
            busy.headers["Connection"] = "close"
            await busy(scope, receive, watched)
            return
        try:
            await self._app(scope, receive, watched)
        except ClientDisconnect:
            log.info("hung up")  # in the middle of what it sent: nobody waits for an answer
        except Exception:  # the outermost loop of a server: the bug is in the log, the till comes again
            log.exception("bug")
            if started:
                raise
            await problem(500, "server")(scope, receive, watched)


def note_terminal(request: Request, terminal: str) -> None:
    """Who asks, for the log line."""
    request.state.terminal = terminal


def note_bytes(request: Request, received: int) -> None:
    """How long the body is as it came, for the log line."""
    request.state.bytes = received
