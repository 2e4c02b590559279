"""A chain in one thread: HQ's real service on a real file, real tills, a clock that nobody but chance moves."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Callable, Collection
from contextlib import closing, suppress
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Any

from sqlmodel import select

from posclient.db import inbox, outbox, terminal
from posclient.db.at_rest import OwnKey
from posclient.db.connection import TILL_FILE, connect
from posclient.db.live_cache import LiveCache
from posclient.db.terminal import Terminal
from posclient.errors import LinkError, Refused
from sync.accepting import Accepted
from sync.credentials import secrets_of, signer_of
from sync.engine import cycle, push_all
from sync.enrolment import Enrolment, enrol
from sync.hq.backups import declare, marks, restored
from sync.hq.database import Database, open_database
from sync.hq.fact_tables import FactRow, Quarantine
from sync.hq.feeds import Change, publish
from sync.hq.pruning import prune
from sync.hq.retiring import retire
from sync.hq.service import Hq, TerminalApi
from sync.hq.visiting import show_out
from sync.keeping import Keeper
from sync.letting_go import let_go
from sync.poked import pull_poked
from sync.protocol import EnrolReply, EnrolRequest
from sync.report import CycleReport
from sync.signing import Signer
from tests.actions.kidswear import OPENING
from tests.sim.busy_counters import BusyCounters
from tests.sim.chain_to_copy import TILLS, copy_chain
from tests.sim.clock import SkewedClock
from tests.sim.coupon_books import CouponBooks
from tests.sim.deaths import Deaths, KilledError, bury
from tests.sim.disks import Disks
from tests.sim.headquarters import Headquarters
from tests.sim.mixes import mix_of
from tests.sim.network import Weather
from tests.sim.orders import Wishes
from tests.sim.second_thoughts import SecondThoughts
from tests.sim.till_hands import TillHands
from tests.sync.tills import Line

#: Errors that a cycle may end with in bad weather: the way to HQ, or an answer that was somebody else's.
EXPECTED = {"unreachable", "timeout", "not_hq", "bad_ack", "gap", "snapshot_required", "bad_chunk", "fork_unproved"}
#: Tills of a world. Two meet in everything that three do, and are quicker.
HOW_MANY = (2, 2, 2, 3)
#: The same while a till may have lost its place at HQ: revoked, or enrolled anew by a call whose answer got lost.
PLACELESS = {"revoked", "unauthorized", "no_credentials"}
#: A schedule is some days long; after so long without a visit HQ lets a guest go.
GUESTS_STAY = timedelta(days=1)

#: For so many minutes people go away with payment open, longer than a hold, or a lease.
AWAY = (1, 20, 50, 500, 12_000)
#: By so many minutes HQ's clock is put wrong now and then.
STRAYS = (0, 0, 20, -20, 600, -600, 1500, -4300)
#: So many seconds is the clock of another machine of HQ ahead of the first one's.
APART = (0, 0, 3, -3)
#: What a till may say to people that HQ has not answered for days, or has revoked.
LIMITED = {"members_sealed", "no_own_key", "cash_only", "locked_out"}
#: The same of one that has not loaded all of its new store's feeds.
NOT_LOADED = {"no_staff", "no_goods", "no_price"}
#: Made once.
_FACTS, _ASIDE = select(FactRow.id), select(Quarantine.fact)


@cache
def _database(url: str) -> Database:
    """One for each place: closed, it begins anew at its next use; and SQLAlchemy has its statements compiled."""
    return open_database(url)


class World:
    """A copy of ``chain`` (``chain_to_copy``) in ``folder``. ``trace`` is all that happened, in words.

    ``asking``: the till whose call HQ works on; empty where nobody is to come in between.
    """

    asking = ""

    def __init__(self, chain: Path, folder: Path, seed: int, deaths: Deaths) -> None:
        self.folder, self.seed, self.deaths, self.mix = folder, seed, deaths, mix_of(seed)
        self.chance = Random(seed)
        names = self.pick_tills()
        copy_chain(chain, folder, names)
        self.time = OPENING
        self.hq_clock, self.hq_misled = SkewedClock(self), False
        self._serving = Random(f"processes of hq {seed}")
        self._beside = self._serving.random() < self.mix.two_processes
        self._apart = timedelta(seconds=self._serving.choice(APART))
        self.trace: list[str] = []
        self.late: list[Callable[[], Any]] = []
        self.wavering = Random(f"second thoughts {seed}")
        self._waver = self.wavering.random() < 1 / self.mix.wavering
        self._straying = Random(f"hq's clock {seed}")
        self._strays = self._straying.random() < 1 / self.mix.straying
        self.headquarters, self.disks = Headquarters(self, seed), Disks(self, seed)
        self.counters, self.coupons = BusyCounters(self, seed), CouponBooks()
        self._ordering = Random(f"orders {seed}")
        self._order = self._ordering.random() < 1 / self.mix.ordering
        self._moving = Random(f"moves {seed}")
        self._move = self._moving.random() < 1 / self.mix.moving
        self.restored = False
        self.open_hq()
        self.tills = {name: self.make_till(name) for name in names}
        self.backup: Path | None = None

        self._absent = Random(f"absent {seed}")
        self._leave = self._absent.random() < 1 / self.mix.leaving

    database: Database

    @property
    def hq(self) -> Hq:
        """HQ's process, or in some schedules one of two: any of them may answer."""
        return self._serving.choice(self._processes)

    def people_leave(self) -> bool:
        """The customer looks for another card, the cashier for a colleague; in some schedules they do, for a while."""
        leave = self._leave and self._absent.random() < 1 / 2
        if leave:
            self.time += timedelta(minutes=self._absent.choice(AWAY))
        return leave

    def people_waver(self) -> bool:
        """In some schedules they do, every other time."""
        return self._waver and self.wavering.random() < 1 / 2

    def pick_tills(self) -> list[str]:
        return self.chance.sample(list(TILLS), self.chance.choice(HOW_MANY))

    def make_till(self, name: str) -> Till:
        return Till(self, name)

    def note(self, *words: object) -> None:
        self.trace.append(" ".join(map(str, words)))

    @property
    def hash(self) -> str:
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()

    def open_hq(self) -> None:
        self.database = _database(f"sqlite:///{self.folder}/hq.db")
        clocks = [self.hq_clock, SkewedClock(self.hq_clock, self._apart)] if self._beside else [self.hq_clock]
        self._processes = [Hq(self.database, clock) for clock in clocks]

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
            declare(session, self.hq_clock, covered)
        self.headquarters.stock.back_up()
        self.note("hq", "backed up")

    def restore(self) -> None:
        """The backup in place of the file: HQ has forgotten what came since.

        Not where a machine was moved, or its disk put back: what it had sent before it cannot send again.
        """
        gone = any(till.replaced or len(till.places) > 1 for till in self.tills.values())
        if self.backup is None or gone:
            return
        self.database.close()
        for left in self.folder.glob("hq.db*"):
            left.unlink()
        shutil.copy(self.backup, self.folder / "hq.db")
        self.late.clear()
        self.headquarters.stock.restore()
        self.restored = True
        self.open_hq()
        self.renew_epochs()
        self.note("hq", "restored")

    def renew_epochs(self) -> None:
        """``posclient hq restored``: versions that tills have heard of will come again, of other rows."""
        with self.database.write() as session:
            restored(session, self.hq_clock)

    def publish(self, *changes: Change) -> None:
        with self.database.write() as session:
            publish(session, changes)
        self.note("hq", "publishes", *(change.key for change in changes))

    def change_rows(self) -> None:
        number = self.chance.randint(1, 8)
        data = {"id": f"T{number}", "name": f"n{self.chance.randint(1, 99)}", "rank": number}
        self.publish(Change("global", "tier", f"T{number}", None if self.chance.random() < 0.3 else data))

    def daily_round(self) -> None:
        """What a running HQ does by itself: what was gone for ``tombstone_days`` is gone for good, and what was over
        for ``over_days`` is gone, and so is a guest of long ago.
        """
        if dropped := prune(self.database, self.hq_clock, lambda: False):
            self.note("hq", "drops tombstones", dropped)
        if retired := retire(self.database, self.hq_clock, lambda: False):
            self.note("hq", "takes out what is over", retired)
        if gone := show_out(self.database, self.hq_clock, lambda: False, GUESTS_STAY):
            self.note("hq", "shows guests out", gone)

    def hq_strays(self) -> None:
        """In some schedules somebody sets the clock of HQ's machine."""
        if self._strays and self._straying.random() < 1 / 6:
            self.hq_clock.skew = timedelta(minutes=self._straying.choice(STRAYS))
            self.hq_misled |= bool(self.hq_clock.skew)
            self.note("hq", "clock", self.hq_clock.skew)

    def people_order(self) -> None:
        """In some schedules half of what customers want is in other stores."""
        if self._order and self._ordering.random() < 1 / 5:
            till = self.tills[self._ordering.choice(list(self.tills))]
            till.do(till.hands.order, self._ordering.choice([0, 0, 0, self._ordering.randint(1, 40)]))

    def machines_move(self) -> None:
        """In some schedules a store lends the other a till."""
        if self._move and not self.restored and self._moving.random() < 1 / 8:
            till = self.tills[self._moving.choice(list(self.tills))]
            till.do(till.move)

    def forgets(self, till: Till) -> None:
        """Its disk was put back: what it had been told as a hub is told to nobody."""

    def deliver_late(self) -> None:
        """One call whose caller gave up long ago reaches HQ."""
        if not self.late:
            return
        go = self.late.pop(self.chance.randrange(len(self.late)))
        try:
            go()
        except Exception as error:  # noqa: BLE001 - its caller has gone: whatever HQ says nobody hears
            self.note("late", type(error).__name__)

    def see_that_all_is_there(self, facts: Collection[str]) -> None:
        """HQ has what somebody was told that it has, at any moment (G-1)."""
        self.deaths.hq_in = 0  # it has answered: this look is no work of its own
        with self.database.read() as session:
            there: set[str] = {*session.exec(_FACTS), *session.exec(_ASIDE)}
        assert set(facts) <= there, f"counts as sent, and is not at HQ: {set(facts) - there}"

    def is_dead(self, name: str) -> bool:
        return self.deaths.is_dead(self.folder / name)

    def close(self) -> None:
        for till in self.tills.values():
            till.hands.close()
        self.database.close()


class Till:
    """One till: the program that people use, and its sync. ``moved``: somebody has meddled with its place at HQ;
    ``misled``: its clock was wrong by more than a minute; ``replaced``: its disk was put back; ``places``: the
    terminals that it has been. ``syncing``: a cycle is under way.
    """

    syncing = False

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name, self.folder = world, name, world.folder / name
        self.clock = SkewedClock(world)
        self.weather = Weather(world, name, Random(world.chance.random()))
        self.moved = self.misled = self.replaced = False
        self._line: Dialled | None = None
        self.places: set[str] = set()
        self._read_place()
        self.hands = self.make_hands(Random(world.chance.random()))
        self.hands.leaves, self.hands.wishes = world.people_leave, Wishes(f"{name} {world.seed}")
        self.hands.meanwhile = partial(world.counters.sync_goes_on, name)
        self.hands.completing = partial(world.coupons.completing, self)
        self.hands.thoughts = SecondThoughts(
            self.hands, world.wavering, world.people_waver, lambda: world.is_dead(name)
        )

    def make_hands(self, chance: Random) -> TillHands:
        return TillHands(self.folder, self.clock, self.own, chance, self.world.note, self.line)

    me: Terminal
    own: OwnKey

    def line(self) -> Dialled:
        """HQ, whichever program that is by now; the session is this program's."""
        if self._line is None:
            self._line = Dialled(self, signer_of(self.folder, self.me))
        return self._line

    def as_it_was(self, go: Callable[[], Any]) -> Callable[[], Any]:
        """A call with the session that it was made with, whenever it comes to HQ."""
        line = self._line
        return partial(line.with_token, line.token, go) if line else go

    def cycle(self, accept: bool = False) -> CycleReport:
        """As the sync thread does it; it cannot begin with the key of another enrolment."""
        try:
            return self.run(Accepted(everything=accept))
        except LinkError as error:
            if error.code != "no_credentials":
                raise
            unsent = outbox.backlog(self.hands.till.db, self.clock.now()).count
            return CycleReport({}, unsent, {}, error=error)

    def run(self, accepted: Accepted) -> CycleReport:
        line = self.line()
        with closing(connect(self.folder / TILL_FILE)) as con:
            keeper = Keeper(self.folder, self.own)
            report = cycle(line, con, self.folder, self.clock, keeper, accept=accepted)
            if report.error is None:
                with suppress(LinkError):
                    let_go(line, con, self.clock.now())
            return report

    def send(self) -> None:
        """The first half of a cycle: all that is unsent."""
        with closing(connect(self.folder / TILL_FILE)) as con:
            push_all(self.line(), con, self.clock)

    def is_copy(self) -> bool:
        """Has HQ said, with its signature, that another disk goes on with this chain?"""
        with closing(connect(self.folder / TILL_FILE, read_only=True)) as con:
            return terminal.read(con).trouble == terminal.FORK

    def is_behind(self) -> bool:
        """Has a feed moved on since, as HQ's news would say?"""
        heads = self.world.hq.heads()
        with closing(LiveCache(self.folder)) as cache:
            return any(heads[name] != (one.epoch, one.version) for name, one in inbox.cursors(cache).items())

    def sync(self) -> None:
        """One cycle in the weather there is; what HQ calls back is given up."""
        self.weather.odd, self.syncing = False, True
        try:
            report = self.cycle()
        finally:
            self.syncing = False
        code = report.error.code if report.error else None
        self.world.note(self.name, "synced", sorted(report.outcomes.items()), report.unsent, code)
        if not (self.world.restored or self.world.is_dead(self.name)):
            assert self.weather.odd or report.held == (), f"{self.name} holds back what HQ says: {report.held}"
            self._sent_is_there()
        if code is None:
            self.hands.give_up()
        assert code is None or code in EXPECTED or (self.moved and code in PLACELESS), report.error

    def _sent_is_there(self) -> None:
        """Whoever said so, HQ or the store's hub."""
        sql = "SELECT id FROM fact JOIN outbox USING (number) WHERE acked_ms IS NOT NULL"
        self.world.see_that_all_is_there([one for (one,) in self.hands.till.db.execute(sql).fetchall()])

    def poked(self) -> None:
        """HQ's news name what has moved."""
        heads, own = self.world.hq.heads(), self.own
        with closing(LiveCache(self.folder)) as cache:
            known = {name: one.version for name, one in inbox.cursors(cache).items()}
        feeds = [name for name, version in known.items() if heads[name][1] > version]
        self.syncing = True
        try:
            with closing(connect(self.folder / TILL_FILE)) as con:
                report = pull_poked(self.line(), con, self.folder, self.clock, own, feeds, CycleReport({}, 0, known))
        finally:
            self.syncing = False
        self.world.note(self.name, "poked", *feeds, report and report.error and report.error.code)
        if report is None:
            self.sync()

    def enrol_anew(self) -> None:
        """A person enrols the folder again; in bad weather that may come to nothing, or to half of it."""
        self._enrol(self.me.store, self.me.slot)

    def move(self) -> None:
        """Into the other store, where a place is free; not while something is unsent."""
        self._enrol("S002" if self.me.store == "S001" else "S001", None)

    def _enrol(self, store: str, slot: int | None) -> None:
        self.moved = True
        self.hands.close()
        self.world.time += timedelta(seconds=1)  # nobody is so quick
        code = self.world.hq.enrolment_code(store, slot)[1]
        wanted = Enrolment("http://hq.test", code, "file")
        try:
            enrol(self.folder, wanted, lambda _url, signer: Dialled(self, signer), self.clock, self.hands.new_id)
        except LinkError as error:
            self.world.note(self.name, "not enrolled", error.code)
        except Refused as refused:
            self.world.note(self.name, "not moved", refused.code)
        else:
            self.world.note(self.name, "enrolled anew", self.me.store, store)
        self.start()

    def revoke(self) -> None:
        """HQ takes its place away."""
        self.moved = True
        self.world.hq.revoke(self.me.terminal)
        self.world.note(self.name, "revoked")

    def do(self, act: Callable[[], None], dies_in: int = 0) -> None:
        """Something a person or the sync does; with ``dies_in`` the program ends before that statement of it."""
        if dies_in:
            self.world.deaths.plan_till(self.folder, dies_in)
        told = len(self.hands.told)
        try:
            act()
        except KilledError:
            self.world.note(self.name, "killed")
            self._forget_since(told)
            self.start_again()
        except Exception as error:
            if not (self.world.is_dead(self.name) or self.may_say(getattr(error, "code", ""))):
                raise
            self.world.note(self.name, getattr(error, "code", type(error).__name__))
        finally:
            self.world.deaths.cancel()
        if self.world.is_dead(self.name):
            self.world.note(self.name, "killed at a statement")
            self._forget_since(told)
            self.start_again()

    def _forget_since(self, told: int) -> None:
        """What a program that was gone has told since nobody saw."""
        if self.world.is_dead(self.name):
            del self.hands.told[told:]

    def may_say(self, code: str) -> bool:
        """Is it no wonder that the till says this to people?"""
        if code in {"no_credentials", "not_confirmed"}:
            return self.moved  # the key is another enrolment's: no sync begins with it, and it confirms no manager
        return code in LIMITED or (len(self.places) > 1 and code in NOT_LOADED)

    def restart(self) -> None:
        self.hands.close()
        self.start()

    def start_again(self) -> None:
        self.hands.close()
        bury(self.folder)
        self.start()

    def start(self) -> None:
        self._line = None
        self._read_place()
        self.hands.own = self.own
        self.hands.open()

    def _read_place(self) -> None:
        with closing(connect(self.folder / TILL_FILE, read_only=True)) as con:
            self.me = terminal.read(con)
        self.places.add(self.me.terminal)
        held = secrets_of(self.folder, self.me)
        self.own = OwnKey(held.key)
        self.own.trust = held.trust(self.me)


class Dialled(Line):
    """Each call is put to the HQ that runs then."""

    def __init__(self, till: Till, signer: Signer | None) -> None:
        super().__init__(till.world.hq, signer)
        self._world = till.world
        self._late = False
        self.meddle = till.weather

    def enrol(self, request: EnrolRequest) -> EnrolReply:
        self.hq = self._world.hq
        return super().enrol(request)

    def with_token(self, token: str, go: Callable[[], Any]) -> Any:
        """``go`` with the session that was open then, or none."""
        now, self.token, self._late = self.token, token, True
        try:
            return go()
        finally:
            self.token, self._late = now, False

    def _me(self) -> TerminalApi:
        self.hq = self._world.hq
        return self.hq.terminal(self.token) if self._late else super()._me()
