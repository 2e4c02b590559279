"""Sync of one data folder, put together: cycles with their own connections, the thread, the door for others.

``FolderSync`` runs cycles for whoever holds the folder's lock; ``BackgroundSync`` does it behind a window.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from posclient.db import outbox, terminal
from posclient.db.at_rest import OwnKey
from posclient.db.chunks import drop_old
from posclient.db.connection import TILL_FILE, Connection, connect
from posclient.db.live_cache import prepare
from posclient.db.retention import forget_backups
from posclient.db.till_file import BACKUP_FOLDER
from posclient.domain.ids import Clock
from posclient.errors import DataError, LinkError, PosError
from sync.accepting import NOTHING, Accepted
from sync.addresses import proxy_for
from sync.asking import HoldReply, HoldRequest, VisitReply, VisitRequest
from sync.control import ControlServer
from sync.convert import earlier_facts
from sync.engine import Pushed, cycle, push_all
from sync.health import health_header
from sync.holding import Holder
from sync.hub_part import HubPart
from sync.keeping import Keeper
from sync.letting_go import let_go
from sync.listening import Listening
from sync.looking_over import look_over
from sync.poked import pull_poked
from sync.report import CycleReport, HeldBack, ShowProgress, error_json
from sync.restraint import Restraint
from sync.thin import Base
from sync.transport import HttpHq
from sync.worker import SyncState, SyncWorker

#: Gives up the leases that HQ calls back, but for those that the open cart uses; how many. It belongs to whoever has
#: that cart: with a window it is asked for and done later, in the cart's own thread, which then wakes the sync.
GiveUp = Callable[[], int]
#: How long ``posclient sync`` waits for the till that runs: a first load may take minutes.
ANSWER_SECONDS = 600.0


class FolderSync:
    """Cycles of one data folder, in one thread. Keeps its line to HQ between them; ``close`` hangs up.

    ``wake`` starts a cycle: with it, this till is its store's hub where HQ says so. Not for a program of one cycle.
    ``own``: the key of personal data, shared with the till that runs. ``give_up`` is called behind each cycle.
    """

    def __init__(
        self, folder: Path, clock: Clock, wake: Callable[[], None] | None = None, own: OwnKey | None = None,
        give_up: GiveUp = lambda: 0,
    ) -> None:  # fmt: skip
        self._folder = folder
        self._give_up = give_up
        self._clock = clock
        self._keeper = Keeper(folder, own)
        self.signer = self._keeper.signer
        self._hub = HubPart(folder, clock, wake, self._keeper)
        self._line: HttpHq | None = None
        self._line_for: tuple[str, str, bool, str | None] | None = None
        self._forgot_on: date | None = None
        self._looked_on: date | None = None
        self._looks, self._loads = Restraint(), Restraint()
        self._held: Sequence[HeldBack] = ()

    @property
    def is_hub(self) -> bool:
        """Does this till serve the others of its store now?"""
        return self._hub.is_hub

    def run(self, show: ShowProgress = lambda _progress: None, accept: Accepted = NOTHING) -> CycleReport:
        """One cycle. ``PosError`` where it cannot even begin: not enrolled, no keyring, no database."""
        con = connect(self._folder / TILL_FILE)
        try:
            self._keeper.begin(con, self._clock.now())
            line = self._dialled(terminal.read(con))
            report = cycle(
                line, con, self._folder, self._clock, self._keeper, show=show, accept=accept, restraint=self._loads
            )
            if report.complete or report.held:  # else nothing is known of the feeds
                self._held = report.held
            if report.complete:
                self._loads.forget_but([one.feed for one in report.held])
            self._forget_old(con, line, report.error is None)
            report = self._look_over(con, line, report)
            report = self._hub.after(report, line, con)
            return _sent(report, line, con, self._clock) if self._gave_up() and report.complete else report
        finally:
            con.close()

    def pull(self, feeds: Collection[str], before: CycleReport) -> CycleReport | None:
        """Those feeds alone, after a poke; None: a whole cycle is wanted. ``PosError`` as of ``run``."""
        con = connect(self._folder / TILL_FILE)
        try:
            line = self._dialled(terminal.read(con))
            report = pull_poked(line, con, self._folder, self._clock, self._keeper.own, feeds, before)
            gave_up = report is not None and self._gave_up()
            return _sent(report, line, con, self._clock) if report and gave_up and report.complete else report
        finally:
            con.close()

    def _gave_up(self) -> int:
        """An error keeps the lease: after the next cycle again."""
        try:
            return self._give_up()
        except PosError:
            return 0

    def _forget_old(self, con: Connection, line: HttpHq, is_online: bool) -> None:
        """Once a day and program: what HQ's backup has and is over 30 days old, as old copies of till.db, and what was
        loaded of feeds that nobody went on with.

        A disk that is full or busy says nothing against the cycle: after the next one again.
        """
        now = self._clock.now()
        if self._forgot_on == now.date():
            return
        with suppress(DataError):
            forget_backups(con, self._folder / BACKUP_FOLDER, now)
            drop_old(self._folder)
            if is_online:
                with suppress(LinkError):  # an HQ that signs nothing: it all stays
                    let_go(line, con, now)
                self._forgot_on = now.date()

    def _look_over(self, con: Connection, line: HttpHq, report: CycleReport) -> CycleReport:
        """Once a day and program: the cache. Not while a feed waits for a person: it would be let in. A load that fails
        is tried after ever more cycles: it is all that HQ has. One whose line is lost goes on where it was."""
        today = self._clock.now().date()
        if report.held or not report.complete or self._looked_on == today or not self._looks.is_due("cache"):
            return report
        try:
            report, self._looked_on = look_over(line, con, self._folder, self._clock, self._keeper.own, report), today
            self._looks.forget_but(())
        except DataError:
            self._looks.failed("cache")
        except LinkError:  # what came of it stays
            pass
        return report

    def close(self) -> None:
        """Close the connection to HQ, and be no hub."""
        self._hub.stop()
        self._hang_up()

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    def hold_at_hub(self, request: HoldRequest) -> HoldReply:
        """In any thread; see ``HubPart.hold``."""
        return self._hub.hold(request)

    def dial(self) -> HttpHq:
        """A line of its own to HQ, for another thread."""
        con = connect(self._folder / TILL_FILE)
        try:
            till = terminal.read(con)
            return HttpHq(till.hq_url, self._keeper.signer(till), health=self._health)
        finally:
            con.close()

    def _health(self) -> str:
        return health_header(self._folder, self._clock, self._held)

    def _earlier(self, incarnation: str, seq: int) -> Base | None:
        """What HQ has of the facts before a batch; nothing depends on it."""
        try:
            con = connect(self._folder / TILL_FILE)
            try:
                return earlier_facts(con, incarnation, seq)
            finally:
                con.close()
        except PosError:
            return None

    def _dialled(self, till: terminal.Terminal) -> HttpHq:
        # a new enrolment brought a new key; what set a proxy may have taken it back
        wanted = (till.hq_url, till.incarnation, self._hub.is_hub, proxy_for(till.hq_url))
        if self._line is None or self._line_for != wanted:
            self._hang_up()
            self._line = self._hub.line(till, self._health)
            self._line.earlier = self._earlier
            self._line_for = wanted
        return self._line


def _sent(report: CycleReport, line: HttpHq, con: Connection, clock: Clock) -> CycleReport:
    """What this cycle's end brought about, sent at once: in another store somebody waits for it."""
    pushed, error = Pushed(), report.error
    try:
        push_all(line, con, clock, pushed)
    except PosError as stopped:
        error = stopped
    unsent = outbox.backlog(con, clock.now()).count
    return replace(report, outcomes=pushed.outcomes + Counter(report.outcomes), unsent=unsent, error=error)


class BackgroundSync:
    """The sync of a till that runs, which shares ``own`` with it. ``on_change`` is called in the sync thread."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        on_change: Callable[[SyncState], None] = lambda _state: None,
        own: OwnKey | None = None,
        give_up: GiveUp = lambda: 0,
    ) -> None:
        self._folder = folder
        self._cycles = FolderSync(folder, clock, self.wake, own, give_up)
        self._accepted, self._deciding = NOTHING, threading.Lock()
        self._worker = SyncWorker(self._cycle, clock, Random(), on_change, pull=self._cycles.pull)  # noqa: S311 - jitter, no secret
        self._holder = Holder(folder, sign=self._cycles.signer)
        self._door = ControlServer(folder, self._answer)
        self._ear = Listening(self._news_line, self._places, self._worker.poke, Random())  # noqa: S311 - jitter

    @property
    def state(self) -> SyncState:
        """The latest state."""
        return self._worker.state

    def start(self) -> None:
        """Start the thread and open the door, for whoever holds the folder's lock.

        Whatever cannot be had for it now, facts are sent: there is no other start before the program's next.
        """
        with suppress(DataError):  # each cycle does it again, and says why it cannot
            prepare(self._folder)
        self._worker.start()
        self._ear.start()
        with suppress(DataError, OSError):  # ``posclient sync`` is told that the folder is in use
            self._door.start()

    def wake(self) -> None:
        """There is something to send."""
        self._worker.wake()

    def sync_now(self) -> Future[CycleReport]:
        """A person asks (T-23)."""
        return self._worker.sync_now()

    def accept_held(self, seen: Sequence[HeldBack]) -> Future[CycleReport]:
        """A person decided to take what they ``seen`` held back: the next cycle does, and only that one."""
        with self._deciding:
            self._accepted = Accepted(tuple(seen))
        return self._worker.sync_now()

    def _cycle(self, show: ShowProgress) -> CycleReport:
        """If the line is lost, the decision has to be made again."""
        with self._deciding:
            accepted, self._accepted = self._accepted, NOTHING
        return self._cycles.run(show, accepted)

    def hold(self, request: HoldRequest) -> Future[HoldReply]:
        """Ask HQ, or while it is away the store's hub, to keep something for the open cart, beside the cycles."""
        return self._holder.ask(request, None if self.state.online else self._cycles.hold_at_hub)

    def visit(self, request: VisitRequest) -> Future[VisitReply]:
        """Ask HQ for a member of another store, in the same way."""
        return self._holder.visit(request)

    def stop(self, seconds: float = 10.0) -> None:
        """End after the request that runs now. Nothing is lost by a thread that takes longer: it dies with us."""
        self._door.stop()
        self._ear.stop()
        self._holder.close()
        if self._worker.stop(seconds):
            self._cycles.close()

    def _news_line(self) -> HttpHq | None:
        return self._cycles.dial() if self.state.online else None

    def _places(self) -> Mapping[str, int]:
        return self.state.report.feeds if self.state.report else {}

    def _answer(self, word: str) -> dict[str, Any]:
        if word != "sync":
            return {"error": {"code": "unknown_question"}}
        try:
            return self._worker.sync_now().result(ANSWER_SECONDS).as_json()
        except TooLate:
            return {"online": False, "error": error_json(DataError("no_answer"))}
        except PosError as error:
            return {"online": False, "error": error_json(error)}
