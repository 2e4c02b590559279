"""HQ pokes whoever listens, whoever made the change, and no stream holds up its end."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from posclient.errors import DataError, LinkError
from sync.events import Poke
from sync.hq import news as newsroom
from sync.hq.database import open_database
from sync.hq.feeds import Change, publish
from sync.hq.news import MOST_QUICK, PACE, STEP_S, Listener, Newsroom, Turns
from sync.transport import HttpHq, Patience
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill
from tests.sync.tills import tiers


@pytest.fixture
def line(new_till: NewTill, hq_server: HqServer) -> Iterator[HttpHq]:
    """A till's line for news."""
    made = HttpHq(hq_server.url, new_till().signer)
    yield made
    made.hang_up()
    made.close()


def until(stream: Iterator[Poke | None], wanted: Poke, seconds: float = 5.0) -> list[Poke | None]:
    """All that is heard up to ``wanted``."""
    heard: list[Poke | None] = []
    ends = time.monotonic() + seconds
    for one in stream:
        heard.append(one)
        if one == wanted:
            return heard
        assert time.monotonic() < ends, heard
    raise AssertionError(heard)


def test_a_change_pokes_who_follows_its_feed(line: HttpHq, hq_server: HqServer, new_till: NewTill) -> None:
    new_till("S002")
    stream = line.news()
    until(stream, Poke("terminal:S001-1", 0))  # it begins with where everything is
    hq_server.publish(Change("store:S002", "tier", "T9", {"id": "T9", "name": "x", "rank": 1}))
    hq_server.publish(*tiers(range(3)))
    head = hq_server.hq.heads()["global"][1]
    heard = until(stream, Poke("global", head))
    assert all(one is None or one.feed != "store:S002" for one in heard)


def test_another_process_makes_the_change(line: HttpHq, hq_server: HqServer, tmp_path: Path) -> None:
    """An import beside the server has its own connections."""
    stream = line.news()
    until(stream, Poke("terminal:S001-1", 0))
    other = open_database(f"sqlite:///{tmp_path}/hq.db", make=False)
    with other.write() as session:
        publish(session, tiers(range(2)))
    other.close()
    until(stream, Poke("global", hq_server.hq.heads()["global"][1]))


def test_what_moved_before_the_call_is_told_at_its_begin(line: HttpHq, hq_server: HqServer, new_till: NewTill) -> None:
    """G-7: nobody listened when it happened: the stream begins with where every feed is, for a second listener too."""
    hq_server.publish(*tiers(range(4)))
    wanted = Poke("global", hq_server.hq.heads()["global"][1])
    until(line.news(), wanted)
    second = HttpHq(hq_server.url, new_till().signer)
    until(second.news(), wanted)
    second.hang_up()
    second.close()


def test_a_herd_is_told_at_the_pace_at_which_it_can_be_answered() -> None:
    """Some at each step, first come first served; in the long run fewer, so that stock that moves with every sale of a
    chain does not keep HQ from taking sales."""
    time = [0.0]
    turns = Turns(lambda: time[0])
    tills = [Listener(["global"], str(number)) for number in range(MOST_QUICK + 6000)]
    for till in (*tills, *tills[:100]):  # a feed that moves again while they wait
        turns.join(till)
    turns.leave(tills[0])
    called: list[Listener] = []
    while turns:
        called += (some := turns.next())
        assert len(some) <= PACE * STEP_S
        time[0] += STEP_S
        if len(called) == MOST_QUICK:
            assert time[0] < MOST_QUICK / PACE + 0.1
    assert called == tills[1:]
    assert time[0] > (MOST_QUICK + 6000) / PACE + 2  # the last ones at the lasting pace
    assert turns.next() == []


def test_a_stores_own_news_are_not_in_that_line(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newsroom, "PACE", 0)
    room = Newsroom(hq_server.hq.heads)

    async def story() -> None:
        stream = room.stream(["global", "store:S001"], "S001-1")
        assert "retry" in await anext(stream)
        hq_server.code()
        hq_server.publish(*tiers(range(3)))
        hq_server.publish(Change("store:S001", "tier", "T1", {"id": "T1", "name": "x", "rank": 1}))
        heard = await asyncio.wait_for(anext(stream), 5)
        assert '"store:S001"' in heard
        assert '"within": 0' in heard
        await stream.aclose()
        assert room.listening() == frozenset()

    asyncio.run(story())


def test_silence_is_broken_now_and_then(line: HttpHq, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newsroom, "KEEP_ALIVE_S", 0.2)
    stream = line.news()
    assert None in (next(stream) for _ in range(12))


def test_two_comments_come_while_a_till_is_patient() -> None:
    """G-7: one may be late or lost, and a quiet line is not taken for a dead one; the test above has it shorter."""
    assert newsroom.KEEP_ALIVE_S == 25
    assert Patience().news == 60
    assert 2 * newsroom.KEEP_ALIVE_S + Patience().connect < Patience().news


def test_a_stream_has_an_end(line: HttpHq, monkeypatch: pytest.MonkeyPatch) -> None:
    """A till comes again after some minutes and is asked anew who it is."""
    monkeypatch.setattr(newsroom, "LIFE_S", 0.5)
    heard = list(line.news())
    assert Poke("terminal:S001-1", 0) in heard


def test_a_stranger_hears_nothing(hq_server: HqServer) -> None:
    with HttpHq(hq_server.url, "nobody") as stranger, pytest.raises(LinkError) as caught:
        next(stranger.news())
    assert caught.value.code == "not_hq"


def test_connections_that_ran_out_are_a_database_that_is_away(
    line: HttpHq, hq_server: HqServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """T-21: a busy moment is answered as one, and does not end the news of everybody for good."""
    stream = line.news()
    until(stream, Poke("terminal:S001-1", 0))
    monkeypatch.setattr(hq_server.database.reader.pool, "_timeout", 0.2)
    with ExitStack() as taken:
        for _ in range(50):
            taken.enter_context(hq_server.database.read()).connection()
        with pytest.raises(DataError, match="database_unusable"):
            hq_server.hq.heads()
        time.sleep(2 * newsroom.WATCH_S)  # the newsroom looks meanwhile
    assert "no connection is free" in caplog.text
    caplog.clear()
    hq_server.publish(*tiers(range(2)))
    until(stream, Poke("global", hq_server.hq.heads()["global"][1]))


def test_whatever_a_look_meets_is_not_the_end_of_the_news(caplog: pytest.LogCaptureFixture) -> None:
    """G-7: no thread is to be had for once; while anybody listens nobody would begin the watch again."""
    looks = iter([RuntimeError("can't start new thread")])

    def heads() -> dict[str, tuple[str, int]]:
        for error in looks:
            raise error
        return {"global": ("e", 7)}

    async def story() -> str:
        stream = Newsroom(heads).stream(["global"])
        async with asyncio.timeout(5):
            said = await anext(stream)
            while "7" not in said:
                said = await anext(stream)
        await stream.aclose()
        return said

    assert '"version": 7' in asyncio.run(story())
    assert "the news met a bug" in caplog.text
    caplog.clear()


def test_a_till_that_was_shut_out_hears_nothing(line: HttpHq, hq_server: HqServer) -> None:
    """S-21: not even when its store is busy."""
    hq_server.hq.revoke("S001-1")
    with pytest.raises(LinkError) as caught:
        next(line.news())
    assert caught.value.params == {"why": "status 403"}


def test_a_stop_does_not_wait_for_listeners(line: HttpHq, hq_server: HqServer) -> None:
    """T-21: streams end at once, so that HQ's graceful stop is for requests that run."""
    stream = line.news()
    next(stream)
    rest: list[Poke | None] = []

    def listen() -> None:
        rest.extend(stream)

    listening = threading.Thread(target=listen)
    listening.start()
    began = time.monotonic()
    hq_server.server.stop()
    listening.join(5)
    assert not listening.is_alive()
    assert time.monotonic() - began < 5
