"""The sync thread: wake, back off, stop.

Level-triggered: a timer starts a cycle whether or not anybody woke us, so a queue never waits for the next sale to
move on (field_failures.md G-7). Between failures it waits with full jitter (base 1 s, cap 5 min) and obeys
``Retry-After``; only a person's "sync now" (T-23) cuts such a wait short. It never dies silently: a bug is logged,
shown in the state, and the loop goes on.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import Protocol

from posclient.domain.ids import Clock
from posclient.errors import LinkError, PosError
from sync.report import CycleReport, Progress, ShowProgress

_log = logging.getLogger(__name__)

BACK_OFF_BASE, BACK_OFF_CAP = 1.0, 300.0
#: Seconds between cycles when all is well; +-50 % so that tills do not come in step (protocol.md, news).
POLL = 60.0
#: The longest wait while HQ is away and the store's hub answers: a copy of a sale is not to lie on one disk for long.
HUB_CAP = 60.0

#: One cycle, with its own connections; says how far it is while it loads.
RunCycle = Callable[[ShowProgress], CycleReport]
#: The named feeds alone, given the report so far; None: a whole cycle is wanted.
RunPull = Callable[[Collection[str], CycleReport], CycleReport | None]


@dataclass(frozen=True, slots=True)
class SyncState:
    """What the status strip shows. ``online`` is None until the first cycle has ended.

    ``since``: when ``online`` last changed. ``why``: what stopped the last cycle. ``progress``: of a load that runs.
    """

    online: bool | None = None
    since: datetime | None = None
    why: PosError | None = None
    last_success: datetime | None = None
    running: bool = False
    progress: Progress | None = None
    report: CycleReport | None = None
    stopped: bool = False


class Bell(Protocol):
    """How the thread waits (``threading.Event``); tests bring their own, with time that obeys them."""

    def wait(self, timeout: float) -> bool: ...

    def set(self) -> None: ...

    def clear(self) -> None: ...


class SyncWorker:
    """Runs cycles until it is stopped. ``on_change`` is called in the sync thread with each new state."""

    def __init__(
        self,
        run_cycle: RunCycle,
        clock: Clock,
        random: Random,
        on_change: Callable[[SyncState], None] = lambda _state: None,
        bell: Bell | None = None,
        pull: RunPull = lambda _feeds, _before: None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._run_cycle = run_cycle
        self._pull, self._seconds = pull, seconds
        self._clock = clock
        self._random = random
        self._on_change = on_change
        self._bell: Bell = bell or threading.Event()
        self._state = SyncState()
        self._lock = threading.Lock()
        self._asked: list[Future[CycleReport]] = []
        self._woken = False
        self._poked: set[str] = set()
        #: When a whole cycle is due, however many pokes come before.
        self._due = 0.0
        self._quiet = False
        self._stopping = False
        self._failures = 0
        self._thread: threading.Thread | None = None

    @property
    def state(self) -> SyncState:
        """The latest state; a frozen value, for any thread."""
        return self._state

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self.run, name="sync", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There is something to send. Does not cut a back-off short: HQ is not to be stormed by busy tills."""
        with self._lock:
            if not self._quiet:
                self._woken = True
                self._bell.set()

    def poke(self, feed: str) -> None:
        """HQ says that a feed has moved: that is pulled alone, where nothing else is to be done.

        A feed that this till does not have, or holds back, has no page to ask for. The next cycle looks at it anyway,
        and however often it moves until then, HQ is not asked for all feeds each time.
        """
        with self._lock:
            if not self._quiet and self._can_pull(feed):
                self._poked.add(feed)
                self._bell.set()

    def _can_pull(self, feed: str) -> bool:
        """As far as is known before the first cycle has ended: yes."""
        report = self._state.report
        return report is None or (feed in report.feeds and all(one.feed != feed for one in report.held))

    def sync_now(self) -> Future[CycleReport]:
        """A person asks: the report of a cycle that begins from now on, whatever the back-off (T-23).

        Its exception is a ``PosError`` where the cycle could not even begin; ``LinkError("stopped")`` at the end.
        """
        answer: Future[CycleReport] = Future()
        with self._lock:
            if not self._stopping:
                self._asked.append(answer)
                self._bell.set()
                return answer
        answer.set_exception(LinkError("stopped"))
        return answer

    def stop(self, seconds: float = 10.0) -> bool:
        """End after the request that runs now; False if that took longer than ``seconds``."""
        with self._lock:
            self._stopping = True
            self._bell.set()
        if self._thread is not None:
            self._thread.join(seconds)
            return not self._thread.is_alive()
        return True

    def run(self) -> None:
        """The loop. Called by the thread; by tests directly."""
        while not self._stopping:
            self._pause(*self._turn())
        for answer in self._take_asked():
            answer.set_exception(LinkError("stopped"))
        self._show(replace(self._state, running=False, progress=None, stopped=True))

    def _turn(self) -> tuple[float, bool]:
        """One cycle, or one pull; the seconds to wait after it, and whether that is a back-off."""
        asked, poked = self._take_asked(), self._take_pokes()
        self._show(replace(self._state, running=True))
        try:
            report = self._pulled(poked) if poked and not asked else None
            if report is not None and report.error is None:
                return self._has_pulled(report)
            report = report or self._run_cycle(self._progress)
        except PosError as error:
            return self._failed(error, None, asked)
        except Exception as error:  # noqa: BLE001 - the outermost loop of this thread: log, tell, go on
            _log.exception("a sync cycle met a bug")
            return self._failed(PosError("bug", kind=type(error).__name__), None, asked)
        if report.error is not None:
            return self._failed(report.error, report, asked)
        return self._succeeded(report, asked)

    def _succeeded(self, report: CycleReport, asked: list[Future[CycleReport]]) -> tuple[float, bool]:
        self._failures = 0
        now = self._clock.now()
        self._show(self._ended(True, now, report, None, last_success=now))
        for answer in asked:
            answer.set_result(report)
        wait = POLL * self._random.uniform(0.5, 1.5)
        self._due = self._seconds() + wait
        if report.unsent:
            return BACK_OFF_BASE, False  # made while the cycle ran
        return wait, False

    def _pulled(self, feeds: Collection[str]) -> CycleReport | None:
        """None: a whole cycle it is to be. Pokes without end do not keep that from its time."""
        before = self._state.report
        if before is None or not self._state.online or self._seconds() >= self._due:
            return None
        return self._pull(feeds, before)

    def _has_pulled(self, report: CycleReport) -> tuple[float, bool]:
        now = self._clock.now()
        self._show(self._ended(True, now, report, None, last_success=now))
        return BACK_OFF_BASE if report.unsent else max(0.0, self._due - self._seconds()), False

    def _failed(
        self, error: PosError, report: CycleReport | None, asked: list[Future[CycleReport]]
    ) -> tuple[float, bool]:
        self._failures += 1
        self._show(self._ended(False, self._clock.now(), report, error, last_success=self._state.last_success))
        for answer in asked:
            if report is None:
                answer.set_exception(error)
            else:
                answer.set_result(report)
        near = report is not None and report.hub is not None and report.hub.error is None
        return self._back_off(error, HUB_CAP if near else BACK_OFF_CAP), True

    def _back_off(self, error: PosError, cap: float) -> float:
        """Full jitter; after ``Retry-After`` at least that long, and jitter on top so that not all come at once."""
        most = min(cap, BACK_OFF_BASE * 2.0 ** min(self._failures, 30))
        asked = error.params.get("seconds") if error.code == "retry_after" else None
        return (float(asked) if isinstance(asked, int) else 0.0) + self._random.uniform(0.0, most)

    def _ended(
        self,
        online: bool,
        now: datetime,
        report: CycleReport | None,
        why: PosError | None,
        last_success: datetime | None,
    ) -> SyncState:
        since = self._state.since if self._state.online is online else now
        return SyncState(online, since, why, last_success, report=report or self._state.report)

    def _pause(self, seconds: float, backing_off: bool) -> None:
        """Wait for the bell. While we back off, sales do not ring it; a person's request or the end always do."""
        with self._lock:
            self._quiet = backing_off
            if backing_off and not self._asked and not self._stopping:
                self._bell.clear()
        self._bell.wait(seconds)
        with self._lock:
            self._quiet = False
            self._bell.clear()

    def _progress(self, progress: Progress) -> None:
        self._show(replace(self._state, progress=progress))

    def _take_asked(self) -> list[Future[CycleReport]]:
        with self._lock:
            asked, self._asked = self._asked, []
        return asked

    def _take_pokes(self) -> set[str]:
        """The feeds that HQ named; none where we were woken for more. What rings from now on is for the next turn."""
        with self._lock:
            woken, poked = self._woken, self._poked
            self._woken, self._poked = False, set()
            if not self._stopping and not self._asked:
                self._bell.clear()
        return set() if woken else poked

    def _show(self, state: SyncState) -> None:
        self._state = state
        try:
            self._on_change(state)
        except Exception:  # noqa: BLE001 - whoever watches must not end the sync
            _log.exception("an observer of the sync state met a bug")
