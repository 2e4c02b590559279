"""Routes for a store's hub (docs/protocol.md, store hub): pages that it may hand on, batches that it brings."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, FastAPI, Header, Query, Request, Response

from posclient.errors import InputError, LinkError, NotFound
from sync.handed_on import HubRequest, SignedPage, SignedReply, SignedTime
from sync.hq.asking import (
    NONCE,
    PUSH_BODY,
    Authorized,
    PushBody,
    SmallBody,
    administration_of,
    hq_of,
    json_reply,
    packed_reply,
    plain_body,
    read_message,
    served_as,
)
from sync.hq.description import takes
from sync.hq.handling import ADMINISTRATION
from sync.hq.service import Hq
from sync.protocol import PAGE_ROWS, PushRequest


def add_hub(app: FastAPI) -> None:
    """Add them."""

    @app.get("/v1/feeds/{feed}/signed", response_model=SignedPage, dependencies=[served_as("pull")])
    def signed_page(
        request: Request, terminal: Authorized, feed: str, epoch: str, after: Annotated[int, Query(ge=0, lt=2**63)],
        limit: Annotated[int, Query(ge=1, le=PAGE_ROWS)] = PAGE_ROWS,
    ) -> Response:  # fmt: skip
        terminal.may_pull()
        return packed_reply(
            request, json_reply(hq_of(request).hubs.signed_page(terminal.id, feed, epoch, after, limit))
        )

    @app.post(
        "/v1/forward/{terminal}", response_model=SignedReply, openapi_extra=takes(PushRequest),
        dependencies=[PUSH_BODY, served_as("push")],
    )  # fmt: skip
    def forward(
        request: Request, bearer: Authorized, terminal: str, body: PushBody,
        posclient_signature: Annotated[str, Header()] = "",
    ) -> Response:  # fmt: skip
        plain = plain_body(request.headers.get("content-encoding", "identity"), body)
        return json_reply(forwarded(hq_of(request), bearer.id, terminal, plain, posclient_signature))

    @app.get("/v1/forward/{terminal}/time", response_model=SignedTime, dependencies=[served_as("pull")])
    def signed_time(
        request: Request, bearer: Authorized, terminal: str,
        nonce: Annotated[str, Query(min_length=1, max_length=64, pattern=NONCE)],
    ) -> Response:  # fmt: skip
        bearer.may_pull()
        return json_reply(hq_of(request).hubs.signed_time(bearer.id, terminal, nonce))

    @app.post("/v1/admin/hubs", status_code=204, openapi_extra=takes(HubRequest))
    def appoint(hq: Annotated[Hq, Depends(administration_of)], body: SmallBody) -> Response:
        wanted = read_message(HubRequest, body)
        try:
            hq.hubs.appoint(wanted.store, wanted.terminal, wanted.address, ADMINISTRATION)
        except (InputError, NotFound) as error:
            field = error.code.removeprefix("bad_").removeprefix("unknown_")
            raise LinkError("bad_request", field=field) from None
        return Response(status_code=204)


def forwarded(hq: Hq, carrier: str, terminal: str, body: bytes, signature: str) -> SignedReply:
    """Take the batch ``body`` that ``terminal`` has signed and the till ``carrier`` brings; HQ's signed answer to it.

    ``LinkError``: as of ``Hubs.is_revoked`` and of a push.
    """
    revoked = hq.hubs.is_revoked(carrier, terminal, body, signature)
    try:
        reply = hq.push(terminal, read_message(PushRequest, body), revoked)
    except LinkError as error:
        if error.code != "gap":  # of an older program's batch, say: those of all other tills are not to wait for it
            error.params.setdefault("field", "batch")
        raise
    # what is replayed says nothing of today; and a till may ask for a signed answer to a batch of its own
    if carrier != terminal and any(one.outcome != "duplicate" for one in reply.outcomes):
        hq.hubs.note_through(carrier, terminal)
    return hq.hubs.signed_reply(terminal, body, reply)
