"""The till's ear: what it wakes for, when it rests, and that it never keeps the till from ending."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random

import pytest

from posclient.db.lock import FolderLock
from posclient.errors import LinkError
from sync import listening
from sync.events import Poke
from sync.listening import EARLY_S, OFFLINE_S, REST_S, SPREAD_S, Listening, NewsLine
from sync.running import BackgroundSync
from tests.sync.conftest import HqServer
from tests.sync.test_commands import Posclient, enrol, folder, posclient  # noqa: F401 - fixtures
from tests.sync.tills import HandClock, tiers


class Played:
    """A line that says ``heard`` and then ends, after ``lasts`` seconds of the test's time."""

    def __init__(self, ear: Ear, heard: list[Poke | None], lasts: float, end: Exception | None) -> None:
        self.ear, self.heard, self.lasts, self.end = ear, heard, lasts, end
        self.closed = False

    def news(self) -> Iterator[Poke | None]:
        yield from self.heard
        self.ear.time += self.lasts
        if self.end:
            raise self.end

    def hang_up(self) -> None:
        raise AssertionError("nobody hangs up here")

    def close(self) -> None:
        self.closed = True


class Waits(threading.Event):
    """Waits for nothing, and keeps for how long."""

    def __init__(self, waited: list[float]) -> None:
        super().__init__()
        self.waited = waited

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.waited.append(timeout)
        return False


class Ear:
    """A listening till whose lines are played."""

    def __init__(self, places: Mapping[str, int] | None = None) -> None:
        self.time = 0.0
        self.woken: list[str] = []
        self.next: Callable[[], NewsLine | None] = lambda: None
        self.listening = Listening(self._dial, lambda: places or {}, self._wake, Random(1), now=lambda: self.time)

    def _dial(self) -> NewsLine | None:
        return self.next()

    def _wake(self, feed: str) -> None:
        self.woken.append(feed)

    def hear(self, *heard: Poke | None, lasts: float = EARLY_S, end: Exception | None = None) -> float:
        """One stream; the seconds that are waited after it."""
        line = Played(self, list(heard), lasts, end)
        self.next = lambda: line
        waits = self.listening._turn()
        assert line.closed
        return waits


def test_it_wakes_for_what_the_till_does_not_have(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own sales move feeds too: those pokes come when the till is there already."""
    monkeypatch.setattr(listening, "SPREAD_S", 0.0)
    ear = Ear({"global": 5, "store:S001": 7})
    ear.hear(None, Poke("global", 5), Poke("store:S001", 6))
    assert ear.woken == []
    ear.hear(Poke("global", 6), Poke("terminal:S001-1", 1))
    assert ear.woken == ["global", "terminal:S001-1"]


def test_tills_spread_as_hq_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that come at once are a herd: by themselves within a second, or as an HQ says that hands its pokes out."""
    ear = Ear()
    waited: list[float] = []
    monkeypatch.setattr(ear.listening, "_stopping", Waits(waited))
    ear.hear(Poke("store:S001", 1), Poke("zone:z1", 1), Poke("global", 1, within=0), Poke("global", 1, within=30))
    assert len(waited) == 2
    assert 0 < waited[0] <= SPREAD_S < waited[1] <= 30
    assert len(ear.woken) == 4


def test_three_early_ends_and_it_only_polls() -> None:
    """A proxy of the shop that ends such streams is not asked again and again."""
    ear = Ear()
    cut = LinkError("unreachable", why="cut")
    waits = [ear.hear(lasts=1.0, end=cut) for _ in range(3)]
    assert waits[2] == REST_S
    assert max(waits[:2]) <= OFFLINE_S
    assert ear.hear(lasts=1.0) <= OFFLINE_S  # afterwards it tries anew
    assert ear.hear(None, lasts=EARLY_S) <= OFFLINE_S
    assert max(ear.hear(lasts=1.0), ear.hear(lasts=1.0)) <= OFFLINE_S  # a long one was good


def test_it_does_not_call_an_hq_that_does_not_answer() -> None:
    assert Ear().listening._turn() == OFFLINE_S


def test_a_till_that_may_not_call_waits(caplog: pytest.LogCaptureFixture) -> None:
    """No keyring, a bug: the thread lives, and the bug is in the log."""
    ear = Ear()

    def fail(error: Exception) -> NewsLine:
        raise error

    ear.next = lambda: fail(LinkError("no_keyring"))
    assert ear.listening._turn() == OFFLINE_S
    ear.next = lambda: fail(ZeroDivisionError())
    assert ear.listening._turn() == REST_S
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    caplog.clear()


def test_a_change_at_hq_is_on_the_till_in_a_moment(
    posclient: Posclient,  # noqa: F811
    hq_server: HqServer,
    folder: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """T-25: a price changed at HQ reaches the till by itself, long before it would poll; the end waits for nobody."""
    monkeypatch.setattr(listening, "OFFLINE_S", 0.2)
    enrol(posclient, hq_server, folder)
    with FolderLock(folder):
        running = BackgroundSync(folder, HandClock())
        running.start()
        try:
            _until(lambda: running.state.online is True and running._ear._line is not None)
            time.sleep(0.2)
            hq_server.publish(*tiers(range(5)))
            wanted = hq_server.hq.heads()["global"][1]
            _until(lambda: running._places().get("global") == wanted)
        finally:
            began = time.monotonic()
            running.stop()
        assert time.monotonic() - began < 4


def _until(true: Callable[[], bool], seconds: float = 15.0) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.02)
