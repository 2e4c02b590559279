"""HQ's routes: HTTP in, ``Hq`` out. Every answer that is not 2xx is a ``ProblemReply``."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Annotated, Any, TypeVar

import zstandard
from anyio import to_thread
from fastapi import Depends, FastAPI, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from posclient import __version__
from posclient.errors import DataError, InputError, LinkError
from sync.hq.admission import Admission
from sync.hq.console.mount import add_console
from sync.hq.description import description, takes
from sync.hq.healths import Healths
from sync.hq.metrics_route import add_metrics
from sync.hq.news import Newsroom
from sync.hq.problems import bad_request, http_problem, link_problem, problem
from sync.hq.service import Hq, TerminalApi
from sync.hq.watching import Watch, note_bytes, note_terminal
from sync.protocol import (
    MOST_BYTES,
    PAGE_ROWS,
    ChallengeReply,
    ChallengeRequest,
    CodeReply,
    CodeRequest,
    EnrolReply,
    EnrolRequest,
    FeedsReply,
    HoldReply,
    HoldRequest,
    Manifest,
    Message,
    Page,
    ProblemReply,
    PushReply,
    PushRequest,
    SessionReply,
    SessionRequest,
)

_M = TypeVar("_M", bound=Message)
log = logging.getLogger(__name__)

#: Packed bytes of a push (protocol.md, push); plain ones are bounded by ``MOST_BYTES``.
MOST_PACKED = 1024 * 1024
#: No other request has a body worth more.
MOST_SMALL = 64 * 1024
#: Seconds after which a till may ask again while the database is busy or away.
BUSY_SECONDS = 5


def make_app(hq: Hq, metrics_token: str | None = None) -> FastAPI:
    """The application over one HQ; ``metrics_token`` is what a scraper must have."""
    # the stock pages of docs load their scripts from a public server, which a shop may not reach
    app = FastAPI(
        title="posclient HQ",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        responses={"4XX": {"model": ProblemReply}},
    )
    app.state.hq = hq
    app.state.healths = Healths(hq.database, hq.clock)
    app.state.news = Newsroom(hq.heads)
    app.state.admission = Admission()
    app.state.watch = Watch(hq.metrics)
    app.middleware("http")(app.state.watch)
    app.add_exception_handler(LinkError, link_problem)
    app.add_exception_handler(RequestValidationError, bad_request)
    app.add_exception_handler(HTTPException, http_problem)
    app.add_exception_handler(DataError, _busy)
    _add_open_routes(app)
    _add_push(app)
    _add_feeds(app)
    _add_administration(app)
    add_metrics(app, hq.metrics, metrics_token)
    add_console(app, hq, app.state.healths, app.state.news)
    app.openapi = lambda: description(app)  # type: ignore[method-assign]
    return app


def _hq(request: Request) -> Hq:
    hq: Hq = request.app.state.hq
    return hq


def _token(authorization: Annotated[str, Header()] = "") -> str:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise LinkError("unauthorized")
    return token.strip()


def _terminal(request: Request, token: Annotated[str, Depends(_token)]) -> TerminalApi:
    """Who asks. Runs in the thread pool, as it reads the database."""
    proved = _hq(request).terminal(token)
    note_terminal(request, proved.id)
    return proved


def _administration(request: Request, token: Annotated[str, Depends(_token)]) -> Hq:
    """HQ, for the chain's own machines."""
    hq = _hq(request)
    hq.administer(token)
    return hq


async def _small_body(request: Request) -> bytes:
    return await _body(request, MOST_SMALL)


async def _push_body(request: Request) -> bytes:
    packed = request.headers.get("content-encoding", "identity") == "zstd"
    return await _body(request, MOST_PACKED if packed else MOST_BYTES)


#: What a till makes up, to be signed with HQ's time: no line feed in it.
_NONCE = "^[0-9A-Za-z]*$"
Authorized = Annotated[TerminalApi, Depends(_terminal)]


def _served_as(kind: str) -> Any:
    """A route's place in the line; named before who asks, which is a look into the database already."""

    async def admitted(request: Request) -> AsyncIterator[None]:
        admission: Admission = request.app.state.admission
        async with admission.admitted(kind):
            yield

    return Depends(admitted)


def _add_open_routes(app: FastAPI) -> None:
    @app.get("/v1/health")
    def health(request: Request) -> dict[str, str]:
        hq = _hq(request)
        return {"hq": hq.id, "version": __version__, "time": hq.clock.now().isoformat()}

    @app.post("/v1/enrol", response_model=EnrolReply, openapi_extra=takes(EnrolRequest))
    def enrol(request: Request, body: Annotated[bytes, Depends(_small_body)]) -> Response:
        return _json(_hq(request).enrol(_message(EnrolRequest, body)))

    @app.post(
        "/v1/challenge", response_model=ChallengeReply, openapi_extra=takes(ChallengeRequest),
        dependencies=[_served_as("session")],
    )  # fmt: skip
    def challenge(request: Request, body: Annotated[bytes, Depends(_small_body)]) -> Response:
        return _json(_hq(request).challenge(_message(ChallengeRequest, body)))

    @app.post(
        "/v1/session", response_model=SessionReply, openapi_extra=takes(SessionRequest),
        dependencies=[_served_as("session")],
    )  # fmt: skip
    def session(
        request: Request, body: Annotated[bytes, Depends(_small_body)],
        posclient_health: Annotated[str, Header()] = "",
    ) -> Response:  # fmt: skip
        asked = _message(SessionRequest, body)
        opened = _hq(request).open_session(asked)
        request.app.state.healths.note(asked.terminal, posclient_health)
        return _json(opened)


def _add_push(app: FastAPI) -> None:
    @app.post("/v1/push", response_model=PushReply, openapi_extra=takes(PushRequest), dependencies=[_served_as("push")])
    def push(
        request: Request, terminal: Authorized, body: Annotated[bytes, Depends(_push_body)],
        posclient_signature: Annotated[str, Header()] = "",
    ) -> Response:  # fmt: skip
        plain = _unpacked(request.headers.get("content-encoding", "identity"), body)
        if not terminal.is_own(plain, posclient_signature):
            raise LinkError("unauthorized", field="signature")
        return _json(terminal.push(_message(PushRequest, plain)))

    @app.post(
        "/v1/hold", response_model=HoldReply, openapi_extra=takes(HoldRequest), dependencies=[_served_as("lease")]
    )
    def hold(terminal: Authorized, body: Annotated[bytes, Depends(_small_body)]) -> Response:
        return _json(terminal.hold(_message(HoldRequest, body)))


def _add_administration(app: FastAPI) -> None:
    @app.post("/v1/admin/codes", response_model=CodeReply, openapi_extra=takes(CodeRequest))
    def code(hq: Annotated[Hq, Depends(_administration)], body: Annotated[bytes, Depends(_small_body)]) -> Response:
        wanted = _message(CodeRequest, body)
        try:
            terminal, made = hq.enrolment_code(wanted.store, wanted.slot)
        except InputError as error:
            raise LinkError("bad_request", field=error.code.removeprefix("bad_")) from None
        return _json(CodeReply(terminal=terminal, code=made))


def _add_feeds(app: FastAPI) -> None:
    @app.get("/v1/feeds", response_model=FeedsReply, dependencies=[_served_as("pull")])
    def feeds(
        request: Request, terminal: Authorized, nonce: Annotated[str, Query(max_length=64, pattern=_NONCE)] = "",
        posclient_health: Annotated[str, Header()] = "",
    ) -> Response:  # fmt: skip
        request.app.state.healths.note(terminal.id, posclient_health)
        return _json(terminal.feeds(nonce))

    @app.get("/v1/feeds/{feed}", response_model=Page, dependencies=[_served_as("pull")])
    def page(
        request: Request, terminal: Authorized, feed: str, epoch: str, after: Annotated[int, Query(ge=0, lt=2**63)],
        limit: Annotated[int, Query(ge=1, le=PAGE_ROWS)] = PAGE_ROWS,
    ) -> Response:  # fmt: skip
        return _packed(request, _json(terminal.page(feed, epoch, after, limit)))

    @app.get("/v1/feeds/{feed}/snapshot", response_model=Manifest, dependencies=[_served_as("snapshot")])
    def manifest(terminal: Authorized, feed: str) -> Response:
        return _json(terminal.manifest(feed))

    @app.get("/v1/snapshots/{snapshot}/{n}", response_class=Response, dependencies=[_served_as("snapshot")])
    def chunk(terminal: Authorized, snapshot: str, n: int) -> Response:
        return Response(terminal.chunk(snapshot, n), media_type="application/zstd")

    @app.get("/v1/news", response_class=StreamingResponse)
    async def news(request: Request, terminal: Authorized) -> Response:
        feeds = await to_thread.run_sync(_hq(request).followed, terminal.id)
        newsroom: Newsroom = request.app.state.news
        return StreamingResponse(
            newsroom.stream(feeds, terminal.id), media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )  # fmt: skip


async def _body(request: Request, most: int) -> bytes:
    """The body, or ``too_large`` before it is all in memory."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise LinkError("too_large", most=most)
    note_bytes(request, len(body))
    return bytes(body)


def _unpacked(coding: str, body: bytes) -> bytes:
    """Undo zstd within ``MOST_BYTES``, whatever size the packed data claims (S-9)."""
    if coding == "identity":
        return body
    if coding != "zstd":
        raise LinkError("bad_request", field="content-encoding")
    try:
        with zstandard.ZstdDecompressor(max_window_size=MOST_BYTES).stream_reader(body) as reader:
            plain: bytes = reader.read(MOST_BYTES + 1)
    except (zstandard.ZstdError, MemoryError):
        raise LinkError("bad_request", field="body") from None
    if len(plain) > MOST_BYTES:
        raise LinkError("too_large", most=MOST_BYTES)
    return plain


def _message(kind: type[_M], body: bytes) -> _M:
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "body"
        raise LinkError("bad_request", field=where[:100], problem=first["type"]) from None


def _json(message: Message) -> Response:
    return Response(message.model_dump_json(by_alias=True), media_type="application/json")


def _packed(request: Request, response: Response) -> Response:
    """A page packed with zstd for whoever takes it."""
    if "zstd" not in request.headers.get("accept-encoding", ""):
        return response
    headers = {"Content-Encoding": "zstd", "Vary": "Accept-Encoding"}
    return Response(zstandard.ZstdCompressor().compress(response.body), headers=headers, media_type="application/json")


async def _busy(request: Request, error: Exception) -> Response:
    """The database is locked, full or away: the till keeps its facts and comes again."""
    _hq(request).metrics.database_error()
    log.error("database: %s", error)
    return problem(503, "retry_after", {"seconds": BUSY_SECONDS}, BUSY_SECONDS)
