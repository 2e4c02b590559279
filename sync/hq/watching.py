"""Around every request: its line in the log, its figures, and no to new ones while HQ stops."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar

from fastapi import Request, Response

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
    """A middleware; ``stopping`` is set by the server once it was told to stop."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self.stopping = False

    async def __call__(self, request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        """One line a request: no query, no body, no header, so no personal data and no token."""
        number, began = secrets.token_hex(6), time.monotonic()
        REQUEST.set(number)
        response = await self._answered(request, call_next)
        response.headers["X-Request-Id"] = number
        route = getattr(request.scope.get("route"), "path", "-")
        seconds = time.monotonic() - began
        method = request.method if request.method in _METHODS else "-"
        self._metrics.request(method, route, response.status_code, seconds)
        log.info("request", extra=_line(request, response, route, seconds))
        return response

    async def _answered(self, request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        if self.stopping:
            busy = problem(503, "retry_after", {"seconds": RESTART_SECONDS}, RESTART_SECONDS)
            busy.headers["Connection"] = "close"
            return busy
        try:
            return await call_next(request)
        except Exception:  # the outermost loop of a server: the bug is in the log, the till comes again
            log.exception("bug")
            return problem(500, "server")


def note_terminal(request: Request, terminal: str) -> None:
    """Who asks, for the log line."""
    request.state.terminal = terminal


def note_bytes(request: Request, received: int) -> None:
    """How long the body is as it came, for the log line."""
    request.state.bytes = received


def _line(request: Request, response: Response, route: str, seconds: float) -> dict[str, object]:
    line: dict[str, object] = {
        "method": request.method, "route": route, "status": response.status_code, "ms": round(seconds * 1000),
        "bytes": getattr(request.state, "bytes", 0), "sent": int(response.headers.get("content-length", 0)),
    }  # fmt: skip
    terminal = getattr(request.state, "terminal", None)
    return line if terminal is None else line | {"terminal": terminal}
