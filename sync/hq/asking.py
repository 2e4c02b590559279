"""Who asks HQ over HTTP, and for what, within bounds: shared by all routes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, TypeVar

import zstandard
from fastapi import Depends, Header, Request, Response
from pydantic import ValidationError

from posclient.errors import LinkError
from sync.hq.admission import Admission
from sync.hq.arriving import Arriving
from sync.hq.service import Hq, TerminalApi
from sync.hq.watching import note_bytes, note_terminal
from sync.protocol import MOST_BYTES, Message
from sync.thin import THIN

_M = TypeVar("_M", bound=Message)

#: Packed bytes of a push (protocol.md, push); plain ones are bounded by ``MOST_BYTES``.
MOST_PACKED = 1024 * 1024
#: No other request has a body worth more.
MOST_SMALL = 64 * 1024


def hq_of(request: Request) -> Hq:
    """HQ itself."""
    hq: Hq = request.app.state.hq
    return hq


def token_of(authorization: Annotated[str, Header()] = "") -> str:
    """The bearer token; ``LinkError("unauthorized")``."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise LinkError("unauthorized")
    return token.strip()


def terminal_of(request: Request, token: Annotated[str, Depends(token_of)]) -> TerminalApi:
    """Who asks. Runs in the thread pool, as it reads the database."""
    proved = hq_of(request).terminal(token)
    note_terminal(request, proved.id)
    return proved


def administration_of(request: Request, token: Annotated[str, Depends(token_of)]) -> Hq:
    """HQ, for the chain's own machines."""
    hq = hq_of(request)
    hq.administer(token)
    return hq


async def small_body(request: Request) -> AsyncIterator[bytes]:
    """The body of anything but a push. Named before the place in the line, so that nobody waits there for a body."""
    async with _body_of(request, MOST_SMALL) as body:
        yield body


async def push_body(request: Request) -> AsyncIterator[bytes]:
    """A batch as it was sent, in the same way."""
    packed = request.headers.get("content-encoding", "identity") in {"zstd", THIN}
    async with _body_of(request, MOST_PACKED if packed else MOST_BYTES) as body:
        yield body


#: A request's own body, and its place in the line, end with the answer that is made: a line that does not take the
#: answer has neither.
SMALL_BODY, PUSH_BODY = Depends(small_body, scope="function"), Depends(push_body, scope="function")
SmallBody = Annotated[bytes, SMALL_BODY]
PushBody = Annotated[bytes, PUSH_BODY]
#: What a till makes up, to be signed with HQ's time: no line feed in it.
NONCE = "^[0-9A-Za-z]*$"
Authorized = Annotated[TerminalApi, Depends(terminal_of)]


def served_as(kind: str) -> Any:
    """A route's place in the line; named before who asks, which is a look into the database already."""

    async def admitted(request: Request) -> AsyncIterator[None]:
        admission: Admission = request.app.state.admission
        async with admission.admitted(kind):
            yield

    return Depends(admitted, scope="function")


@asynccontextmanager
async def _body_of(request: Request, most: int) -> AsyncIterator[bytes]:
    arriving: Arriving = request.app.state.arriving
    async with arriving.body(request.stream(), most) as body:
        note_bytes(request, len(body))
        yield body


def plain_body(coding: str, body: bytes) -> bytes:
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


def read_message(kind: type[_M], body: bytes) -> _M:
    """The message in a body, or ``bad_request``."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "body"
        raise LinkError("bad_request", field=where[:100], problem=first["type"]) from None


def json_reply(message: Message) -> Response:
    """A message as an answer."""
    return Response(message.model_dump_json(by_alias=True), media_type="application/json")


def packed_reply(request: Request, response: Response) -> Response:
    """A page packed with zstd for whoever takes it."""
    if "zstd" not in request.headers.get("accept-encoding", ""):
        return response
    headers = {"Content-Encoding": "zstd", "Vary": "Accept-Encoding"}
    return Response(zstandard.ZstdCompressor().compress(response.body), headers=headers, media_type="application/json")
