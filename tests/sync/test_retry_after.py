"""A gateway in the way that asks for an hour."""

from __future__ import annotations

from sync.worker import BACK_OFF_CAP
from tests.sync.odd_server import http
from tests.sync.test_transport import refusal
from tests.sync.test_worker import GOOD, Stage, offline


def test_a_gateway_that_asks_for_an_hour_gets_minutes() -> None:
    """T-3, G-7: whoever is in the way may say anything; sales are not to lie on one disk for an hour for it."""
    error = refusal([http("503 Busy", b"<html>maintenance</html>", "text/html", Retry_After="3600")])
    assert error.code == "retry_after"
    stage = Stage(offline(error), GOOD).play()
    assert stage.waits[0] <= BACK_OFF_CAP + 2
