"""A line that carries little: what does not get through as a whole gets through in parts (G-7)."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlmodel import select

from posclient.db import journal, losses, terminal
from posclient.db.connection import Connection, transaction
from posclient.db.till_file import open_till
from posclient.domain import facts
from posclient.errors import LinkError
from sync import pace
from sync.credentials import signer_of
from sync.engine import push_all
from sync.hq.fact_tables import FactRow
from sync.hq.feeds import Change
from sync.paging import next_pages
from sync.protocol import Page, PushReply, PushRequest, Row
from sync.transport import HttpHq, Patience
from tests.sync.conftest import HqServer
from tests.sync.test_health import at_server
from tests.sync.tills import STAMP, Chain, TillFolder, tiers
from ui.opening import SystemClock, new_id

#: Bytes a second; and the till's patience with them: some 4 KiB get through.
RATE, PATIENCE = 8192, Patience(connect=2.0, read=0.5, reply=1.0)


@contextmanager
def slow_line(behind: str, up: float = 0, down: float = 0) -> Iterator[str]:
    """The address of a line to ``behind`` that carries so many bytes a second; 0: as many as there are."""
    parts = urlsplit(behind)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)

    def pump(source: socket.socket, to: socket.socket, rate: float) -> None:
        with suppress(OSError):
            while piece := source.recv(512):
                if rate:
                    time.sleep(len(piece) / rate)
                to.sendall(piece)
        with suppress(OSError):
            to.shutdown(socket.SHUT_WR)

    def relay(till: socket.socket) -> None:
        with ExitStack() as both:
            both.enter_context(till)
            server = both.enter_context(socket.create_connection((parts.hostname or "", parts.port or 0)))
            back = threading.Thread(target=pump, args=(server, till, down), daemon=True)
            back.start()
            pump(till, server, up)
            back.join(5)

    def serve() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=relay, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def failure(line: HttpHq, con: Connection) -> str:
    """Send what there is; why that ended early, or empty."""
    try:
        push_all(line, con, SystemClock())
    except LinkError as error:
        return error.code
    return ""


def test_a_backlog_gets_through_a_line_that_does_not_carry_it_at_once(
    hq_server: HqServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G-7: each try of a whole batch was cut, and nothing, prices neither, ever came behind it."""
    monkeypatch.setattr(pace, "EASY_S", PATIENCE.read / 3)
    at_server(hq_server, tmp_path).close()
    chance = random.Random(7)
    with closing(open_till(tmp_path)) as con:
        with transaction(con):
            for _ in range(60):  # 6 KiB and more that do not pack
                content = facts.rule_skipped(chance.randbytes(100).hex(), "odd", STAMP)
                journal.append(con, fact_id=new_id(), kind=facts.RULE_SKIPPED, content=content, at=SystemClock().now())
        me = signer_of(tmp_path, terminal.read(con))
        codes: list[str] = []
        with slow_line(hq_server.url, up=RATE) as url, HttpHq(url, me, PATIENCE) as line:
            while len(codes) < 8 and (code := failure(line, con)):
                codes.append(code)
        assert set(codes) == {"timeout"}
        assert len(codes) < 8
    with hq_server.database.read() as session:
        assert len(session.exec(select(FactRow)).all()) == 60


def test_pages_come_over_a_line_that_does_not_carry_a_whole_one(hq_server: HqServer, tmp_path: Path) -> None:
    """G-7: a store's members are sealed and do not pack: 500 of them are 100 KiB."""
    sync = at_server(hq_server, tmp_path)
    assert sync.run().error is None
    sync.close()
    chance = random.Random(7)
    hq_server.publish(
        *(Change("global", "tier", f"T{n}", {"name": chance.randbytes(50).hex(), "rank": n}) for n in range(150))
    )
    epoch, head = hq_server.hq.heads()["global"][:2]
    with closing(open_till(tmp_path)) as con:
        me = signer_of(tmp_path, terminal.read(con))
    with slow_line(hq_server.url, down=RATE) as url, HttpHq(url, me, PATIENCE) as line:
        failed = 0
        while failed < 8:
            try:
                pages = next_pages(line, "global", epoch, head - 150, 500)
                break
            except LinkError:
                failed += 1
    assert 1 <= failed < 8
    assert [row.k for page in pages for row in page.rows] == [f"T{n}" for n in range(150)]


class Carries:
    """A line that takes so many facts in time, and no more; ``sent``: how many were in each push."""

    def __init__(self, till: TillFolder, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.most, self.sent = most, list[int]()
        go = till.line.push

        def push(request: PushRequest) -> PushReply:
            self.sent.append(len(request.facts))
            if len(request.facts) > self.most:
                raise LinkError("timeout")
            return go(request)

        monkeypatch.setattr(till.line, "push", push)


def test_what_goes_at_once_shrinks_and_grows_with_what_the_line_carries(
    till: TillFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.engine.MOST_FACTS", 16)
    line = Carries(till, 3, monkeypatch)
    monkeypatch.setattr(pace, "EASY_S", 0.0)  # no push took so little that a larger one were worth a try
    for _ in range(20):
        till.note()
    assert [till.cycle().unsent for _ in range(4)] == [20, 20, 20, 0]
    assert line.sent[:4] == [16, 8, 4, 2]
    assert set(line.sent[4:]) == {2}
    monkeypatch.setattr(pace, "EASY_S", 60.0)
    line.most, line.sent = 16, []
    for _ in range(40):
        till.note()
    assert till.cycle().unsent == 0
    assert line.sent == [2, 4, 8, 16, 10]


def test_a_line_that_carries_one_fact_carries_them_all(till: TillFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does a night without an answer leave anything that a good line has to make up for."""
    line = Carries(till, 0, monkeypatch)
    for _ in range(3):
        till.note()
    assert [till.cycle().unsent for _ in range(4)] == [3] * 4
    assert line.sent == [3, 1, 1, 1]
    line.most, line.sent = 500, []
    assert till.cycle().unsent == 0
    assert line.sent == [1, 2]  # 500 / 256, then 500 / 128 of which two are left


def test_single_sales_that_pass_say_nothing_of_a_batch(till: TillFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else each backlog would be cut anew until it is small enough, for half a minute each time."""
    monkeypatch.setattr("sync.engine.MOST_FACTS", 64)
    line = Carries(till, 16, monkeypatch)
    for _ in range(64):
        till.note()
    with monkeypatch.context() as patch:
        patch.setattr(pace, "EASY_S", 0.0)
        while till.cycle().unsent:
            assert len(line.sent) < 9
    for _ in range(9):
        till.note()
        assert till.cycle().unsent == 0
    for _ in range(20):
        till.note()
    line.sent.clear()
    till.cycle()
    assert line.sent[0] == 16


def test_pages_shrink_and_grow_in_the_same_way(till: TillFolder, chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mass-delete look is over as many rows as ever: in more pages."""
    monkeypatch.setattr("sync.engine.PAGE_ROWS", 16)
    monkeypatch.setattr("sync.paging.PAGES_AT_ONCE", 2)
    monkeypatch.setattr(pace, "EASY_S", 0.0)
    asked, most, go = list[int](), 3, till.line.page

    def page(feed: str, epoch: str, after: int, limit: int) -> Page:
        asked.append(limit)
        if limit > most:
            raise LinkError("timeout")
        return go(feed, epoch, after, limit)

    monkeypatch.setattr(till.line, "page", page)
    looks = list[int]()
    of_rows = losses.of_rows

    def of_rows_seen(con: Connection, feed: str, rows: Sequence[Row], *more: Any) -> list[losses.Loss]:
        looks.append(len(rows))
        return of_rows(con, feed, rows, *more)

    monkeypatch.setattr(losses, "of_rows", of_rows_seen)
    chain.publish(*tiers(range(40), "new"))
    assert [till.cycle().complete for _ in range(4)] == [False, False, False, True]
    assert (asked[:4], set(asked[4:])) == ([16, 8, 4, 2], {2})
    assert looks == [32, 8]
    most = 16
    monkeypatch.setattr(pace, "EASY_S", 60.0)
    asked.clear()
    chain.publish(*tiers(range(40), "newer"))
    assert till.cycle().complete
    assert asked == [2, 4, 8, 16, 16]
    chain.publish(*tiers(range(1), "newest"))
    assert till.cycle().complete
