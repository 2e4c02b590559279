"""More lines than a hub has: idle ones of strangers, many tills in one moment, and no thread to be had."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from posclient.errors import DataError, LinkError
from sync.hub import server
from sync.hub.server import HubServer
from tests.sync.hub.shop import Shop, free_port


@pytest.fixture
def calls() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_lines_that_say_nothing_keep_no_till_out(shop: Shop, calls: ExitStack) -> None:
    """A laptop in the shop, or a program that looks for open ports: it has nothing to prove itself with."""
    hub, till, _ = shop.open()
    shop.offline()
    till.sale()
    place = till.appointment().place
    for _ in range(2 * server.MOST_LINES):
        calls.enter_context(socket.create_connection(place, 5))
    time.sleep(0.5)  # the hub has heard them all
    report = till.through()
    assert report.hub is not None
    assert (report.hub.error, report.hub.handed, hub.lies_here().facts) == (None, 1, 1)


def test_a_till_that_has_proved_itself_makes_room_for_nobody(
    shop: Shop, calls: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MOST_LINES", 3)
    _, till, other = shop.open()
    lines = [calls.enter_context(till.reached()) for _ in range(3)]
    with pytest.raises(LinkError):
        other.reached()
    for line in lines:
        assert line.place().has == {}
    lines[0].close()
    until = time.monotonic() + 20
    while True:  # its thread has to hear of it
        try:
            return other.reached().close()
        except LinkError:
            assert time.monotonic() < until


def test_all_tills_of_a_store_may_call_in_one_moment(
    shop: Shop, calls: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A counter's question waits 0.3 s; the hub's own till may have the processor meanwhile."""
    _, till, _ = shop.open()
    place, free = till.appointment().place, threading.Event()
    honest = server._Server.get_request

    def busy(listening: server._Server) -> object:
        free.wait(10)
        return honest(listening)

    monkeypatch.setattr(server._Server, "get_request", busy)
    try:
        for _ in range(server.MOST_LINES):
            calls.enter_context(socket.create_connection(place, 0.3))
    finally:
        free.set()


def test_a_hub_that_gets_no_thread_does_not_listen_and_holds_nothing_up(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, *_ = shop.open()
    serving = hub.sync._hub._serving
    assert serving is not None
    other, place = HubServer(hub.signer, serving._desk, lambda: None, lambda _said: None), ("127.0.0.1", free_port())

    def none_left(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as broken:
        broken.setattr(threading.Thread, "start", none_left)
        with pytest.raises(DataError, match="hub_cannot_listen"):
            other.start(place)
    ended = threading.Thread(target=other.stop, daemon=True)
    ended.start()
    ended.join(10)
    assert not ended.is_alive()
    other.start(place)
    assert other.port == place[1]
    other.stop()
