"""What ``/openapi.json`` says of the routes."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from sync.asking import HoldRequest, VisitRequest
from sync.handed_on import HubRequest
from sync.protocol import (
    ChallengeRequest,
    CodeRequest,
    EnrolRequest,
    EraseRequest,
    Message,
    PushRequest,
    RevokeRequest,
    SessionRequest,
)

_READ_BY_HAND = (
    CodeRequest, EnrolRequest, ChallengeRequest, SessionRequest, PushRequest, HoldRequest, VisitRequest, HubRequest,
    RevokeRequest, EraseRequest,
)  # fmt: skip


def takes(kind: type[Message]) -> dict[str, Any]:
    """The body is read by hand, within bounds, so its schema is named by hand as well."""
    schema = {"$ref": f"#/components/schemas/{kind.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def description(app: FastAPI) -> dict[str, Any]:
    """Made once, with the bodies that are read by hand."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, routes=app.routes)
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        for kind in _READ_BY_HAND:
            schema = kind.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(schema.pop("$defs", {}))
            schemas[kind.__name__] = schema
        app.openapi_schema = made
    return app.openapi_schema
