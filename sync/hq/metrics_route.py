"""``GET /metrics``: for whoever has the token, or, where none is set, this machine alone (docs/hq.md, watching)."""

from __future__ import annotations

import hmac
import ipaddress

from fastapi import FastAPI, Request, Response

from posclient.errors import LinkError
from sync.hq.metrics import Metrics

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
#: A reverse proxy on this machine makes everybody look like this machine; these give it away.
_PROXIED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


def add_metrics(app: FastAPI, metrics: Metrics, token: str | None) -> None:
    """Add the route. ``token``: what a scraper has to send as its bearer token."""

    @app.get("/metrics", include_in_schema=False)
    def figures(request: Request) -> Response:
        if not _allowed(request, token):
            raise LinkError("unauthorized")
        return Response(metrics.text(), media_type=MEDIA_TYPE)


def _allowed(request: Request, token: str | None) -> bool:
    if token is not None:
        given = request.headers.get("authorization", "").encode()
        return hmac.compare_digest(given, f"Bearer {token}".encode())
    return not any(name in request.headers for name in _PROXIED) and _is_loopback(request)


def _is_loopback(request: Request) -> bool:
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
