"""A database that is locked, full or away: the console says so in a sentence, HQ's other routes in a problem."""

from __future__ import annotations

import logging

from fastapi.templating import Jinja2Templates
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette_admin.security.csrf import CSRFMiddleware

from posclient.errors import DataError
from sync.hq.console.words import say
from sync.hq.database import our_errors
from sync.hq.metrics import Metrics
from sync.hq.problems import BUSY_SECONDS

log = logging.getLogger(__name__)


class Busy:
    """ASGI middleware, around the login too, which asks the database who it is; a handler would hear of pages alone.

    ``templates``: the library's, with ours.
    """

    def __init__(self, app: ASGIApp, templates: Jinja2Templates, metrics: Metrics) -> None:
        self._app = app
        self._templates = templates
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One line in the log and one more in the figures for each that is answered so."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            with our_errors():
                await self._app(scope, receive, watched)
        except DataError as error:
            if started:
                raise
            self._metrics.database_error()
            log.error("database: %s", error)
            await self._answer(Request(scope))(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        """503 and when to come again. Scripts, which bring their token in a header, get the sentence alone, in the two
        ways in which the library's and ours read it; the library's read it where it is 400, and nothing else.
        """
        said, later = say("console.busy"), {"Retry-After": str(BUSY_SECONDS)}
        if CSRFMiddleware.header_name in request.headers:
            status = 400 if "/_api/" in request.url.path else 503
            return JSONResponse({"error": said, "msg": said}, status, later)
        # what was to be told at the top of the next page is not taken away: this one has no place for it
        context = {"exc": HTTPException(503, said), "flashed_messages": []}
        return self._templates.TemplateResponse(request, "error.html", context, 503, later)
