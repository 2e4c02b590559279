"""In front of every page of the console: bounded bodies, and nothing from or for another site."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette_admin.security.csrf import CSRFMiddleware

from sync.hq.imports.jobs import MOST_BYTES

#: A form; the library reads it whole, before it knows who sent it.
MOST_FORM = 64 * 1024
#: What the browser may load: the console's own files. The library's pages have scripts and styles within them.
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Guard:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what is too long; PUT is an upload, which is read piece by piece and only for who is logged in."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                if "/static/" not in scope["path"]:
                    headers["Cache-Control"] = "no-store"
            await send(message)

        headers = Headers(scope=scope)
        # without this header the library looks for its token in the body, and takes all of that into memory
        is_upload = scope["method"] == "PUT" and CSRFMiddleware.header_name in headers
        refused = _refused(headers, MOST_BYTES if is_upload else MOST_FORM) or _unreadable(scope)
        await (refused or self._app)(scope, receive, with_headers)


def _refused(headers: Headers, most: int) -> PlainTextResponse | None:
    """The server holds a body to its announced length, so that is what is looked at."""
    if "transfer-encoding" in headers:
        return PlainTextResponse("length required", 411)
    length = headers.get("content-length", "0")
    if not length.isdigit() or len(length) > 15 or int(length) > most:
        return PlainTextResponse("too large", 413)
    return None


def _unreadable(scope: Scope) -> PlainTextResponse | None:
    """PostgreSQL has no NUL in texts, and no name that anybody looks for has one."""
    has_nul = "\0" in scope["path"] or b"%00" in scope["query_string"]
    return PlainTextResponse("bad request", 400) if has_nul else None
