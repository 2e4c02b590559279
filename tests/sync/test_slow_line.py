"""A first load over a poor line."""

from __future__ import annotations

import pytest

from posclient.errors import LinkError
from sync.transport import HttpHq, Patience
from tests.sync.odd_server import Script, http, odd_server

PIECE = 64 * 1024
PATIENCE = Patience(connect=5.0, read=5.0, reply=1.0, chunk=1.0)


def dripping(body: bytes, piece: int, pause: float) -> Script:
    whole = http("200 OK", body, "application/zstd")
    for begin in range(0, len(whole), piece):
        yield whole[begin : begin + piece]
        yield pause


def test_a_chunk_comes_over_a_line_that_is_slow_and_does_not_stand_still() -> None:
    """G-1: no chunk ended in time below 20 KiB/s, and each cycle began the same chunk again: the shop never loaded."""
    body = b"x" * (24 * PIECE)
    with odd_server(list(dripping(body, PIECE, 0.1))) as url, HttpHq(url, None, PATIENCE) as hq:
        assert hq.chunk("snap", 0) == body


def test_a_chunk_that_drips_is_cut() -> None:
    """S-10: a byte now and then is no progress."""
    script = list(dripping(b"x" * PIECE, 1024, 0.2))
    with (
        odd_server(script) as url,
        HttpHq(url, None, PATIENCE) as hq,
        pytest.raises(LinkError, match="timeout") as caught,
    ):
        hq.chunk("snap", 0)
    assert caught.value.params["why"] == "slow"
