"""Every answer that is not 2xx: a ``ProblemReply`` with its status (docs/protocol.md, on the wire)."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from posclient.errors import LinkError
from sync.protocol import ProblemReply

STATUS = {
    "gap": 409, "upgrade_required": 426, "unauthorized": 401, "revoked": 403, "snapshot_required": 410,
    "bad_code": 403, "bad_request": 400, "base_missing": 409, "retry_after": 429, "too_large": 413, "server": 500,
}  # fmt: skip

#: Seconds after which one may ask again while the database is busy or away.
BUSY_SECONDS = 5


def problem(status: int, code: str, detail: dict[str, Any] | None = None, retry: int | None = None) -> Response:
    """``ProblemReply`` with its status; ``retry``: seconds to wait."""
    headers = {"Retry-After": str(retry)} if retry is not None else {}
    body = ProblemReply(error=code, detail=detail or {}).model_dump_json()
    return Response(body, status, headers, "application/json")


async def link_problem(_request: Request, error: Exception) -> Response:
    """A ``LinkError`` that HQ raised."""
    if not isinstance(error, LinkError):
        raise error
    seconds = error.params.get("seconds")
    return problem(STATUS[error.code], error.code, dict(error.params), seconds if isinstance(seconds, int) else None)


async def bad_request(_request: Request, error: Exception) -> Response:
    """A path or query that does not fit; values are not echoed."""
    places = (
        [".".join(map(str, one["loc"])) for one in error.errors()] if isinstance(error, RequestValidationError) else []
    )
    return problem(400, "bad_request", {"field": ", ".join(places)[:100]})


async def http_problem(_request: Request, error: Exception) -> Response:
    """A path that is not there, or a method."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    return problem(status, "not_found" if status == 404 else "bad_request")
