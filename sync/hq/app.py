"""HQ's routes: HTTP in, ``Hq`` out. Every answer that is not 2xx is a ``ProblemReply``."""

from __future__ import annotations

import logging
from typing import Annotated

from anyio import to_thread
from fastapi import Depends, FastAPI, Header, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError as BadValueError
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from posclient import __version__
from posclient.errors import DataError, InputError, LinkError, NotFound
from sync.asking import HoldReply, HoldRequest, VisitReply, VisitRequest
from sync.hq.admission import Admission
from sync.hq.arriving import Arriving
from sync.hq.asking import (
    NONCE,
    PUSH_BODY,
    SMALL_BODY,
    Authorized,
    PushBody,
    SmallBody,
    administration_of,
    hq_of,
    json_reply,
    plain_body,
    read_message,
    served_as,
    token_of,
)
from sync.hq.console.mount import add_console
from sync.hq.description import description, takes
from sync.hq.erasing import erase
from sync.hq.handling import ADMINISTRATION
from sync.hq.healths import Healths
from sync.hq.herd import Herd
from sync.hq.hub_routes import add_hub
from sync.hq.metrics_route import add_metrics
from sync.hq.news import Newsroom
from sync.hq.page_door import PageDoor
from sync.hq.pages import Asked
from sync.hq.problems import BUSY_SECONDS, bad_request, http_problem, link_problem, problem
from sync.hq.service import Hq
from sync.hq.thin_batches import lines_of
from sync.hq.watching import Watch, Watched, note_terminal
from sync.protocol import (
    PAGE_ROWS,
    ChallengeReply,
    ChallengeRequest,
    CodeReply,
    CodeRequest,
    EnrolReply,
    EnrolRequest,
    EraseRequest,
    FeedsReply,
    Manifest,
    Page,
    ProblemReply,
    PushReply,
    PushRequest,
    RevokeRequest,
    SessionReply,
    SessionRequest,
)
from sync.thin import THIN, thick

log = logging.getLogger(__name__)

#: A snapshot's name, or none.
_SNAPSHOT = r"^[0-9A-Za-z_-]{0,64}$"


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
    app.state.arriving = Arriving()
    app.state.watch = Watch(hq.metrics)
    app.state.herd = Herd(hq.pages.look, app.state.admission)
    app.add_middleware(PageDoor, herd=app.state.herd)
    app.add_middleware(Watched, watch=app.state.watch)  # the last one is the outermost
    app.add_exception_handler(LinkError, link_problem)
    app.add_exception_handler(RequestValidationError, bad_request)
    app.add_exception_handler(HTTPException, http_problem)
    app.add_exception_handler(DataError, _busy)
    app.add_exception_handler(BadValueError, _bad_value)
    _add_open_routes(app)
    _add_push(app)
    add_hub(app)  # before the feeds, whose names may be anything
    _add_feeds(app)
    _add_administration(app)
    add_metrics(app, hq.metrics, metrics_token)
    add_console(app, hq, app.state.healths, app.state.news)
    app.openapi = lambda: description(app)  # type: ignore[method-assign]
    return app


def _add_open_routes(app: FastAPI) -> None:
    """Nobody is known here."""

    @app.get("/v1/health")
    def health(request: Request) -> dict[str, str]:
        hq = hq_of(request)
        return {"hq": hq.id, "version": __version__, "time": hq.clock.now().isoformat()}

    @app.post("/v1/enrol", response_model=EnrolReply, openapi_extra=takes(EnrolRequest))
    def enrol(request: Request, body: SmallBody) -> Response:
        return json_reply(hq_of(request).enrol(read_message(EnrolRequest, body)))

    @app.post(
        "/v1/challenge", response_model=ChallengeReply, openapi_extra=takes(ChallengeRequest),
        dependencies=[SMALL_BODY, served_as("session")],
    )  # fmt: skip
    def challenge(request: Request, body: SmallBody) -> Response:
        return json_reply(hq_of(request).challenge(read_message(ChallengeRequest, body)))

    @app.post(
        "/v1/session", response_model=SessionReply, openapi_extra=takes(SessionRequest),
        dependencies=[SMALL_BODY, served_as("session")],
    )  # fmt: skip
    def session(
        request: Request, body: SmallBody,
        posclient_health: Annotated[str, Header()] = "",
    ) -> Response:  # fmt: skip
        asked = read_message(SessionRequest, body)
        opened = hq_of(request).open_session(asked)
        request.app.state.healths.note(asked.terminal, posclient_health)
        return json_reply(opened)


def _add_push(app: FastAPI) -> None:
    @app.post(
        "/v1/push", response_model=PushReply, openapi_extra=takes(PushRequest),
        dependencies=[PUSH_BODY, served_as("push")],
    )  # fmt: skip
    def push(
        request: Request, terminal: Authorized, body: PushBody,
        posclient_signature: Annotated[str, Header()] = "", posclient_base: Annotated[str, Header()] = "",
    ) -> Response:  # fmt: skip
        coding = request.headers.get("content-encoding", "identity")
        thin = coding == THIN
        hq = hq_of(request)
        plain = lines_of(hq.database, terminal.id, body, posclient_base) if thin else plain_body(coding, body)
        if not terminal.is_own(plain, posclient_signature):
            raise LinkError("unauthorized", field="signature")
        return json_reply(terminal.push(thick(plain) if thin else read_message(PushRequest, plain)))

    @app.post(
        "/v1/hold", response_model=HoldReply, openapi_extra=takes(HoldRequest),
        dependencies=[SMALL_BODY, served_as("lease")],
    )  # fmt: skip
    def hold(terminal: Authorized, body: SmallBody) -> Response:
        return json_reply(terminal.hold(read_message(HoldRequest, body)))

    @app.post(
        "/v1/visit", response_model=VisitReply, openapi_extra=takes(VisitRequest),
        dependencies=[SMALL_BODY, served_as("lease")],
    )  # fmt: skip
    def visit(terminal: Authorized, body: SmallBody) -> Response:
        return json_reply(terminal.visit(read_message(VisitRequest, body)))


def _add_administration(app: FastAPI) -> None:
    @app.post("/v1/admin/codes", response_model=CodeReply, openapi_extra=takes(CodeRequest))
    def code(hq: Annotated[Hq, Depends(administration_of)], body: SmallBody) -> Response:
        wanted = read_message(CodeRequest, body)
        try:
            terminal, made = hq.enrolment_code(wanted.store, wanted.slot, ADMINISTRATION)
        except InputError as error:
            raise LinkError("bad_request", field=error.code.removeprefix("bad_")) from None
        return json_reply(CodeReply(terminal=terminal, code=made))

    @app.post("/v1/admin/revocations", status_code=204, openapi_extra=takes(RevokeRequest))
    def revoke(hq: Annotated[Hq, Depends(administration_of)], body: SmallBody) -> Response:
        try:
            hq.revoke(read_message(RevokeRequest, body).terminal, ADMINISTRATION)
        except NotFound:
            raise LinkError("bad_request", field="terminal") from None
        return Response(status_code=204)

    @app.post("/v1/admin/erasures", status_code=204, openapi_extra=takes(EraseRequest))
    def forget(hq: Annotated[Hq, Depends(administration_of)], body: SmallBody) -> Response:
        try:
            erase(hq.database, hq.clock, ADMINISTRATION, read_message(EraseRequest, body).member)
        except (InputError, NotFound) as error:
            raise LinkError("bad_request", field="member", problem=error.code) from None
        return Response(status_code=204)


def _add_feeds(app: FastAPI) -> None:
    @app.get("/v1/feeds", response_model=FeedsReply, dependencies=[served_as("pull")])
    def feeds(
        request: Request, terminal: Authorized, nonce: Annotated[str, Query(max_length=64, pattern=NONCE)] = "",
        sent_until: Annotated[str, Query(max_length=64)] = "", posclient_health: Annotated[str, Header()] = "",
    ) -> Response:  # fmt: skip
        request.app.state.healths.note(terminal.id, posclient_health)
        return json_reply(terminal.feeds(nonce, sent_until))

    @app.get("/v1/feeds/{feed}", response_model=Page)
    async def page(
        request: Request, token: Annotated[str, Depends(token_of)], feed: str, epoch: str,
        after: Annotated[int, Query(ge=0, lt=2**63)], limit: Annotated[int, Query(ge=1, le=PAGE_ROWS)] = PAGE_ROWS,
    ) -> Response:  # fmt: skip
        """``PageDoor`` has answered what it can; this says what is wrong with the rest."""
        herd: Herd = request.app.state.herd
        answer = await herd.page(Asked(token, feed, epoch, after, limit))
        return Response(answer.body(zstd=False)[0], media_type="application/json")

    @app.get("/v1/feeds/{feed}/snapshot", response_model=Manifest, dependencies=[served_as("snapshot")])
    def manifest(terminal: Authorized, feed: str, begun: Annotated[str, Query(pattern=_SNAPSHOT)] = "") -> Response:
        return json_reply(terminal.manifest(feed, begun))

    @app.get("/v1/snapshots/{snapshot}/{n}", response_class=Response, dependencies=[served_as("chunk")])
    def chunk(terminal: Authorized, snapshot: str, n: Annotated[int, Path(ge=0, lt=2**31)]) -> Response:
        return Response(terminal.chunk(snapshot, n), media_type="application/zstd")

    @app.get("/v1/news", response_class=StreamingResponse)
    async def news(request: Request, token: Annotated[str, Depends(token_of)]) -> Response:
        admission: Admission = request.app.state.admission
        async with admission.admitted("news"):  # for the look at who asks; the stream itself is no work
            place = await to_thread.run_sync(hq_of(request).listener, token)
        note_terminal(request, place.terminal)
        newsroom: Newsroom = request.app.state.news
        return StreamingResponse(
            newsroom.stream(place.feeds, place.terminal), media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )  # fmt: skip


async def _bad_value(_request: Request, _error: Exception) -> Response:
    """Something to look up that PostgreSQL cannot hold: a NUL in a path, or in a name that nobody has."""
    return problem(400, "bad_request")


async def _busy(request: Request, error: Exception) -> Response:
    """The database is locked, full or away: the till keeps its facts and comes again."""
    hq_of(request).metrics.database_error()
    log.error("database: %s", error)
    return problem(503, "retry_after", {"seconds": BUSY_SECONDS}, BUSY_SECONDS)
