"""An answer is sent when it is made, however small it is."""

from __future__ import annotations

import socket

import httpx

from sync.hq.database import Database
from sync.hq.server import Server
from sync.hq.service import Hq


def test_an_answer_does_not_wait_until_its_head_has_been_confirmed(hq_database: Database) -> None:
    """Head and body are sent one after the other. Without TCP_NODELAY the body waits until the other side confirms the
    head, which systems do after 40 ms: each question of a till would take that long, at its best.
    """
    server = Server(Hq(hq_database))
    server.start()
    try:
        with httpx.Client(base_url=server.url) as client:
            assert client.get("/v1/health").status_code == 200
            (line,) = server._server.server_state.connections
            taken = line.transport.get_extra_info("socket")
            assert taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    finally:
        server.stop()
