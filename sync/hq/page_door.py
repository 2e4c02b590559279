"""The quick way to a page: what tills ask most, and all at once, does not go through the framework's routes.

Whatever is not exactly a till's question for a page, and whatever the answer is other than a page, goes on to the
routes, which say what is wrong with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

from posclient.errors import DataError, LinkError
from sync.hq.herd import Herd
from sync.hq.pages import Answer, Asked
from sync.protocol import PAGE_ROWS

_PATH = "/v1/feeds/"
#: Digits of a number below 2^63.
_DIGITS = 18


@dataclass(frozen=True, slots=True)
class _Route:
    """For the log and the figures, as the framework has it."""

    path: str = "/v1/feeds/{feed}"


_ROUTE = _Route()


class PageDoor:
    """The middleware. It stands behind ``Watched``."""

    def __init__(self, app: ASGIApp, herd: Herd) -> None:
        self._app, self._herd = app, herd

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = _asked(scope) if scope["type"] == "http" else None
        try:
            answer = await self._herd.page(asked) if asked else None
        except (LinkError, DataError):
            answer = None
        if answer is None:
            await self._app(scope, receive, send)
            return
        scope["route"] = _ROUTE
        scope.setdefault("state", {})["terminal"] = answer.terminal
        await _send(answer, b"zstd" in _header(scope, b"accept-encoding"), send)


async def _send(answer: Answer, zstd: bool, send: Send) -> None:
    body, packed = answer.body(zstd)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if packed:
        headers += [(b"content-encoding", b"zstd"), (b"vary", b"Accept-Encoding")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _asked(scope: Scope) -> Asked | None:
    """A till's question for a page, if it is one."""
    path: str = scope["path"]
    feed = path.removeprefix(_PATH)
    if scope["method"] != "GET" or feed == path or "/" in feed or not feed:
        return None
    query = parse_qsl(scope["query_string"].decode("latin-1"))
    named = dict(query)
    after, limit = named.get("after", ""), named.get("limit", str(PAGE_ROWS))
    if len(named) != len(query) or not named.keys() <= {"epoch", "after", "limit"} or "epoch" not in named:
        return None
    scheme, _, token = _header(scope, b"authorization").decode("latin-1").partition(" ")
    if not (_is_number(after) and _is_number(limit) and scheme.lower() == "bearer" and token):
        return None
    return Asked(token.strip(), feed, named["epoch"], int(after), int(limit))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS


def _header(scope: Scope, name: bytes) -> bytes:
    """A header that comes once."""
    return next((value for known, value in scope["headers"] if known == name), b"")
