"""A real HQ process is told to stop while tills are at work."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from posclient.errors import LinkError
from sync.hq.database import open_database
from sync.hq.service import Hq
from sync.protocol import PushReply, PushRequest
from tests.sync.hq.test_hq_command import serving
from tests.sync.hq.till_at_hq import TillAtHq

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no SIGTERM there")

#: The same server with two seconds of grace instead of ten.
HASTY = """
import signal, sys, threading
from sync.hq import server
from sync.hq.database import open_database
from sync.hq.service import Hq
server.GRACE_S = 2
signal.signal(signal.SIGTERM, lambda _number, _frame: None)
server.Server(Hq(open_database(sys.argv[1]))).run(lambda url: print(url, flush=True))
"""


@pytest.fixture
def code(tmp_path: Path) -> str:
    """Of a till of a new HQ."""
    database = open_database(f"sqlite:///{tmp_path}/hq.db")
    made = Hq(database).enrolment_code("S001")[1]
    database.close()
    return made


@contextmanager
def held_up(tmp_path: Path) -> Iterator[None]:
    """Whoever wants to write has to wait."""
    holder = sqlite3.connect(tmp_path / "hq.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    yield
    holder.execute("ROLLBACK")
    holder.close()


def test_a_push_under_way_is_answered_and_new_ones_are_asked_to_come_again(tmp_path: Path, code: str) -> None:
    """T-3, G-1: a restart of HQ costs no answer, and a till behind a proxy sees Retry-After, no bad gateway."""
    with serving(f"sqlite:///{tmp_path}/hq.db") as (process, address):
        till = TillAtHq(address, code)
        replies: list[PushReply] = []
        batch = PushRequest(facts=[till.sale() for _ in range(3)])
        till.api.feeds()  # its session is open
        pushing = threading.Thread(target=lambda: replies.append(till.api.push(batch)))
        with held_up(tmp_path):
            pushing.start()
            time.sleep(0.5)
            process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            refused = httpx.get(f"{address}/v1/health")
            assert (refused.status_code, refused.json()["error"]) == (503, "retry_after")
            assert int(refused.headers["retry-after"]) > 0
            assert (replies, process.poll()) == ([], None)
        pushing.join(10)
        assert [one.outcome for one in replies[0].outcomes] == ["applied"] * 3
        assert process.wait(5) == 0
        till.close()


def test_an_idle_hq_stops_at_once(tmp_path: Path) -> None:
    with serving(f"sqlite:///{tmp_path}/hq.db") as (process, address), httpx.Client() as kept:
        assert kept.get(f"{address}/v1/health").status_code == 200  # its connection stays open
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert time.monotonic() - began < 3


def test_a_request_that_does_not_end_holds_it_up_for_no_longer_than_the_grace(tmp_path: Path, code: str) -> None:
    """A stopped HQ is gone before its service manager would kill it; the till keeps what was not answered."""
    command = [sys.executable, "-c", HASTY, f"sqlite:///{tmp_path}/hq.db"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        till = TillAtHq(process.stdout.readline().strip(), code)
        said: list[str] = []
        till.api.feeds()  # its session is open

        def push() -> None:
            try:
                till.push(till.sale())
            except LinkError as error:
                said.append(error.code)

        pushing = threading.Thread(target=push)
        with held_up(tmp_path):
            pushing.start()
            time.sleep(0.5)
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
            assert time.monotonic() - began < 4
        pushing.join(10)
        assert said in (["unreachable"], ["server"])
        till.close()
