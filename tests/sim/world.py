"""A chain in one thread: HQ's real service on a real file, real tills, a clock that nobody but chance moves."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from posclient.db import inbox, terminal
from posclient.db.at_rest import OwnKey
from posclient.db.connection import TILL_FILE, connect
from posclient.db.live_cache import LiveCache
from sync.api import HqApi
from sync.credentials import secrets_of, signer_of
from sync.engine import cycle, push_all
from sync.hq.backups import declare, marks, restored
from sync.hq.database import Database, open_database
from sync.hq.feeds import Change, publish
from sync.hq.service import Hq, TerminalApi
from sync.keeping import Keeper
from sync.report import CycleReport
from tests.actions.kidswear import OPENING
from tests.sim.chain_to_copy import TILLS
from tests.sim.deaths import Deaths, KilledError, bury
from tests.sim.network import Weather
from tests.sim.till_hands import TillHands
from tests.sync.tills import Line

#: Errors that a cycle may end with in bad weather: the way to HQ, or an answer that was somebody else's.
EXPECTED = {"unreachable", "not_hq", "bad_ack", "gap", "snapshot_required", "bad_chunk"}


@cache
def _database(url: str) -> Database:
    """One for each place: closed, it begins anew at its next use; and SQLAlchemy has its statements compiled."""
    return open_database(url)


class SkewedClock:
    """The world's time, as this machine has it."""

    def __init__(self, world: World) -> None:
        self.world, self.skew = world, timedelta()

    def now(self) -> datetime:
        return self.world.time + self.skew


class World:
    """``folder`` is a copy of the chain of ``chain_to_copy``. ``trace`` is all that happened, in words."""

    def __init__(self, folder: Path, seed: int, deaths: Deaths) -> None:
        self.folder, self.chance, self.deaths = folder, Random(seed), deaths
        self.time = OPENING
        self.trace: list[str] = []
        self.late: list[Callable[[], Any]] = []
        self.restored = False
        self.open_hq()
        self.tills = {name: Till(self, name) for name in TILLS}
        self.backup: Path | None = None

    database: Database
    hq: Hq

    def note(self, *words: object) -> None:
        self.trace.append(" ".join(map(str, words)))

    @property
    def hash(self) -> str:
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()

    def open_hq(self) -> None:
        self.database = _database(f"sqlite:///{self.folder}/hq.db")
        self.hq = Hq(self.database, SkewedClock(self))

    def restart_hq(self) -> None:
        """As after its end: a new program on the same file."""
        self.deaths.hq_in = 0
        self.database.close()
        self.open_hq()
        self.note("hq", "restarted")

    def back_up(self) -> None:
        """As docs/hq.md says: marks, ``sqlite3 hq.db ".backup FILE"``, and what the marks cover is declared safe."""
        with self.database.read() as session:
            covered = marks(session)
        self.backup = self.folder / "hq.backup"
        with closing(sqlite3.connect(self.folder / "hq.db")) as con, closing(sqlite3.connect(self.backup)) as copy:
            con.backup(copy)
        with self.database.write() as session:
            declare(session, SkewedClock(self), covered)
        self.note("hq", "backed up")

    def restore(self) -> None:
        """The backup in place of the file: HQ has forgotten what came since."""
        if self.backup is None:
            return
        self.database.close()
        for left in self.folder.glob("hq.db*"):
            left.unlink()
        shutil.copy(self.backup, self.folder / "hq.db")
        self.late.clear()
        self.restored = True
        self.open_hq()
        self.renew_epochs()
        self.note("hq", "restored")

    def renew_epochs(self) -> None:
        """``posclient hq restored``: versions that tills have heard of will come again, of other rows."""
        with self.database.write() as session:
            restored(session)

    def publish(self, *changes: Change) -> None:
        with self.database.write() as session:
            publish(session, changes)
        self.note("hq", "publishes", *(change.key for change in changes))

    def deliver_late(self) -> None:
        """One call whose caller gave up long ago reaches HQ."""
        if not self.late:
            return
        go = self.late.pop(self.chance.randrange(len(self.late)))
        try:
            go()
        except Exception as error:  # noqa: BLE001 - its caller has gone: whatever HQ says nobody hears
            self.note("late", type(error).__name__)

    def is_dead(self, name: str) -> bool:
        return self.deaths.is_dead(self.folder / name)

    def close(self) -> None:
        for till in self.tills.values():
            till.hands.close()
        self.database.close()


class Till:
    """One till: the program that people use, and its sync."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name, self.folder = world, name, world.folder / name
        self.clock = SkewedClock(world)
        self.weather = Weather(world, name, Random(world.chance.random()))
        with closing(connect(self.folder / TILL_FILE, read_only=True)) as con:
            self.me = terminal.read(con)
        self.own = OwnKey(secrets_of(self.folder, self.me).key)
        self.hands = TillHands(self.folder, self.clock, self.own, Random(world.chance.random()), world.note)
        self._line: HqApi | None = None

    def line(self) -> HqApi:
        """HQ, whichever program that is by now; the session is this program's."""
        if self._line is None:
            self._line = _Dialled(self)
        return self._line

    def cycle(self, accept: bool = False) -> CycleReport:
        with closing(connect(self.folder / TILL_FILE)) as con:
            return cycle(self.line(), con, self.folder, self.clock, Keeper(self.folder, self.own), accept=accept)

    def send(self) -> None:
        """The first half of a cycle: all that is unsent."""
        with closing(connect(self.folder / TILL_FILE)) as con:
            push_all(self.line(), con, self.clock)

    def is_behind(self) -> bool:
        """Has a feed moved on since, as HQ's news would say?"""
        heads = self.world.hq.heads()
        with closing(LiveCache(self.folder)) as cache:
            return any(heads[name] != (one.epoch, one.version) for name, one in inbox.cursors(cache).items())

    def sync(self) -> None:
        """One cycle in the weather there is."""
        report = self.cycle()
        code = report.error.code if report.error else None
        self.world.note(self.name, "synced", sorted(report.outcomes.items()), report.unsent, code)
        assert code is None or code in EXPECTED, report.error

    def do(self, act: Callable[[], None], dies_in: int = 0) -> None:
        """Something a person or the sync does; with ``dies_in`` the program ends before that statement of it."""
        if dies_in:
            self.world.deaths.plan_till(self.folder, dies_in)
        told = len(self.hands.told)
        try:
            act()
        except KilledError:
            self.world.note(self.name, "killed")
            self.start_again()
        except Exception:
            if not self.world.is_dead(self.name):
                raise
        finally:
            self.world.deaths.cancel()
        if self.world.is_dead(self.name):
            self.world.note(self.name, "killed at a statement")
            del self.hands.told[told:]  # nobody saw it
            self.start_again()

    def restart(self) -> None:
        self.hands.restart()
        self._line = None

    def start_again(self) -> None:
        self.hands.close()
        bury(self.folder)
        self.hands.open()
        self._line = None


class _Dialled(Line):
    """Each call is put to the HQ that runs then."""

    def __init__(self, till: Till) -> None:
        super().__init__(till.world.hq, signer_of(till.folder, till.me))
        self._world = till.world
        self.meddle = till.weather

    def _me(self) -> TerminalApi:
        self.hq = self._world.hq
        return super()._me()
