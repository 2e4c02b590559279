"""The sync thread, with time that obeys the test."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from posclient.errors import DataError, LinkError, PosError
from sync.report import CycleReport, HeldBack, Progress, ShowProgress
from sync.worker import BACK_OFF_CAP, POLL, SyncState, SyncWorker

GOOD = CycleReport({"applied": 1}, 0, {"global": 1, "zone:z1": 1})
START = datetime(2026, 1, 1, tzinfo=UTC)


def offline(error: PosError | None = None) -> CycleReport:
    return CycleReport({}, 1, {}, error=error or LinkError("unreachable", why="connect"))


class Stage:
    """Plays a worker: ``cycles`` are what each cycle does, ``rings`` what happens while it waits after each.

    A wait that nothing rings lasts its full time; the worker is stopped when the cycles are over.
    """

    def __init__(self, *cycles: CycleReport | Exception, rings: dict[int, Callable[[], object]] | None = None) -> None:
        self.cycles = list(cycles)
        self.rings = rings or {}
        self.time = START
        self.waits: list[float] = []
        self.rung = False
        self.states: list[SyncState] = []
        self.during: Callable[[ShowProgress], object] = lambda _show: None
        self.pulled: list[set[str]] = []
        self.worker = SyncWorker(self.cycle, self, Random(1), self.states.append, self, self.pull, self.seconds)

    def play(self) -> Stage:
        self.worker.run()
        return self

    def now(self) -> datetime:
        return self.time

    def cycle(self, show: ShowProgress) -> CycleReport:
        self.during(show)
        ended = self.cycles.pop(0)
        if isinstance(ended, Exception):
            raise ended
        return ended

    def seconds(self) -> float:
        return self.time.timestamp()

    def pull(self, feeds: Collection[str], before: CycleReport) -> CycleReport | None:
        self.pulled.append(set(feeds))
        return self.answers(before)

    #: What a pull after a poke gives.
    answers: Callable[[CycleReport], CycleReport | None] = staticmethod(lambda before: before)

    def set(self) -> None:
        self.rung = True

    def clear(self) -> None:
        self.rung = False

    def wait(self, timeout: float) -> bool:
        if not self.cycles:
            self.worker.stop()
            return True
        before = self.rung
        if not before:
            self.rings.get(len(self.waits), lambda: None)()
        waited = 0.0 if self.rung else timeout
        self.waits.append(waited)
        self.time += timedelta(seconds=waited)
        return self.rung


def test_polls_by_itself() -> None:
    """G-7: the drain is level-triggered: with nobody waking it, cycles go on."""
    stage = Stage(GOOD, GOOD, GOOD, GOOD).play()
    assert len(stage.waits) == 3
    assert all(POLL / 2 <= wait <= POLL * 1.5 for wait in stage.waits)
    assert len(set(stage.waits)) == 3


def test_a_sale_wakes_it() -> None:
    stage = Stage(GOOD, GOOD)
    stage.rings[0] = stage.worker.wake
    assert stage.play().waits == [0.0]


def test_a_poke_pulls_that_feed_alone_and_the_cycle_keeps_its_time() -> None:
    """4,000 tills that hear of one price: HQ is not asked for every feed's head by each."""
    stage = Stage(GOOD, GOOD, GOOD)

    def poke() -> None:
        stage.worker.poke("global")
        stage.worker.poke("zone:z1")

    stage.rings[0] = poke
    stage.play()
    assert stage.pulled == [{"global", "zone:z1"}]
    assert stage.waits[0] == 0.0
    assert POLL / 2 <= stage.waits[1] <= POLL * 1.5  # what was left of the first wait
    assert len(stage.waits) == 3


def test_pokes_that_no_page_can_answer_are_left_to_the_cycle_that_is_due() -> None:
    """S-11: a feed that waits for a person moves with each sale of its store, and asks for nothing."""
    held = replace(GOOD, held=(HeldBack("store:S001", "mass_delete"),), feeds={**GOOD.feeds, "store:S001": 3})
    stage = Stage(held, GOOD, held)

    def poke() -> None:
        stage.worker.poke("store:S001")
        stage.worker.poke("zone:z9")

    stage.rings = dict.fromkeys(range(9), poke)
    stage.play()
    assert stage.pulled == []
    assert len(stage.waits) == 2
    assert min(stage.waits) >= POLL / 2


def test_pokes_without_end_do_not_keep_a_cycle_from_its_time() -> None:
    """G-7: what is unsent, leases and replays come with whole cycles alone."""
    stage = Stage(GOOD, GOOD, GOOD)

    def poke() -> None:
        stage.time += timedelta(seconds=5)
        stage.worker.poke("zone:z1")

    stage.rings = dict.fromkeys(range(60), poke)
    stage.play()
    assert len(stage.waits) < 40
    assert len(stage.pulled) >= POLL / 2 / 5 * 2 - 2


@pytest.mark.parametrize("also", ["wake", "sync_now"])
def test_a_poke_beside_a_sale_is_a_whole_cycle(also: str) -> None:
    stage = Stage(GOOD, GOOD)

    def poke() -> None:
        stage.worker.poke("global")
        getattr(stage.worker, also)()

    stage.rings[0] = poke
    stage.play()
    assert (stage.pulled, stage.waits) == ([], [0.0])


def test_a_poke_before_the_first_cycle_or_after_a_failed_one_is_a_whole_cycle() -> None:
    stage = Stage(offline(), GOOD)
    stage.worker.poke("global")
    stage.rings[0] = lambda: stage.worker.poke("global")
    stage.play()
    assert stage.pulled == []
    assert stage.waits[0] > 0  # nor does it cut a back-off short


def test_a_pull_that_finds_something_odd_is_a_whole_cycle() -> None:
    stage = Stage(GOOD, GOOD)
    stage.answers = lambda _before: None
    stage.rings[0] = lambda: stage.worker.poke("global")
    stage.play()
    assert (stage.pulled, stage.waits) == ([{"global"}], [0.0])
    assert stage.cycles == []


def test_a_pull_that_hq_does_not_answer_is_a_failure() -> None:
    """Back-off, and ``Retry-After`` is obeyed; the next try is a whole cycle."""
    stage = Stage(GOOD, GOOD)
    stage.answers = lambda before: replace(before, error=LinkError("retry_after", seconds=120))
    stage.rings[0] = lambda: stage.worker.poke("global")
    stage.play()
    assert 120 <= stage.waits[1] <= 122
    assert [state.online for state in stage.states if not state.running][:2] == [True, False]


def test_facts_made_during_a_pull_go_soon() -> None:
    stage = Stage(GOOD, GOOD)
    stage.answers = lambda before: replace(before, unsent=1)
    stage.rings[0] = lambda: stage.worker.poke("global")
    assert stage.play().waits == [0.0, 1.0]


def test_a_sale_during_a_cycle_is_not_forgotten() -> None:
    stage = Stage(GOOD, GOOD)
    stage.during = lambda _show: stage.worker.wake()
    assert stage.play().waits == [0.0]


def test_what_was_made_meanwhile_goes_soon() -> None:
    """G-7: unsent facts after a good cycle do not wait for the poll."""
    assert Stage(CycleReport({}, 3, {}), GOOD).play().waits == [1.0]


def test_back_off_grows_with_full_jitter_to_its_cap() -> None:
    stage = Stage(*[offline() for _ in range(400)], GOOD).play()
    for failures, wait in enumerate(stage.waits[:8], 1):
        assert 0 <= wait <= 2.0**failures
    late = stage.waits[20:]
    assert max(late) <= BACK_OFF_CAP
    assert max(late) > BACK_OFF_CAP * 0.9
    assert min(late) < BACK_OFF_CAP * 0.1


def test_back_off_starts_anew_after_success() -> None:
    stage = Stage(*[offline() for _ in range(12)], GOOD, offline(), GOOD).play()
    assert stage.waits[13] <= 2.0


def test_sales_do_not_storm_a_failing_hq() -> None:
    stage = Stage(offline(), offline(), GOOD)
    stage.during = lambda _show: stage.worker.wake()
    stage.rings = dict.fromkeys(range(2), stage.worker.wake)
    assert all(wait > 0 for wait in stage.play().waits)


def test_retry_after_is_obeyed() -> None:
    stage = Stage(offline(LinkError("retry_after", seconds=120)), GOOD).play()
    assert 120 <= stage.waits[0] <= 122


def test_sync_now_cuts_a_back_off_and_tells_the_result() -> None:
    """T-23: a person asks; the answer is the report of the cycle that began then."""
    stage = Stage(offline(), GOOD, GOOD)
    answers = []
    stage.rings[0] = lambda: answers.append(stage.worker.sync_now())
    stage.play()
    assert stage.waits[0] == 0.0
    assert answers[0].result(0) is GOOD


def test_sync_now_tells_failures_and_the_end() -> None:
    stage = Stage(offline(), DataError("disk_full"))
    first = stage.worker.sync_now()
    late = []
    stage.rings[0] = lambda: late.append(stage.worker.sync_now())
    stage.play()
    assert first.result(0).error is not None
    with pytest.raises(DataError, match="disk_full"):
        late[0].result(0)
    with pytest.raises(LinkError, match="stopped"):
        stage.worker.sync_now().result(0)


def test_who_asked_too_late_is_told() -> None:
    stage = Stage(GOOD)
    late = []
    stage.during = lambda _show: late.append(stage.worker.sync_now())
    stage.play()
    with pytest.raises(LinkError, match="stopped"):
        late[0].result(0)


def test_a_bug_does_not_end_it(caplog: pytest.LogCaptureFixture) -> None:
    """Never silently dead: the bug is logged and shown, and the next cycle comes."""
    with caplog.at_level(logging.ERROR):
        stage = Stage(ZeroDivisionError("oops"), GOOD).play()
    assert "a sync cycle met a bug" in caplog.text
    caplog.clear()
    shown = [(state.why.code if state.why else None) for state in stage.states if not state.running]
    assert shown[:2] == ["bug", None]


def test_an_observer_with_a_bug_does_not_end_it(caplog: pytest.LogCaptureFixture) -> None:
    stage = Stage(GOOD, GOOD)

    def observe(_state: SyncState) -> None:
        raise ValueError

    stage.worker = SyncWorker(stage.cycle, stage, Random(1), observe, stage)
    with caplog.at_level(logging.ERROR):
        stage.play()
    assert stage.cycles == []
    assert "observer" in caplog.text
    caplog.clear()


def test_states_tell_since_when_and_why() -> None:
    stage = Stage(offline(), offline(), GOOD, offline()).play()
    ends = [state for state in stage.states if not state.running and not state.stopped]
    assert [state.online for state in ends] == [False, False, True, False]
    assert ends[0].since == ends[1].since == START
    assert ends[2].since == ends[2].last_success == ends[3].last_success
    assert ends[3].why is not None
    assert ends[3].why.code == "unreachable"
    assert ends[3].report is not None
    assert stage.states[-1].stopped


def test_progress_is_shown_while_it_loads() -> None:
    stage = Stage(GOOD)
    stage.during = lambda show: show(Progress("global", 1, 2))
    stage.play()
    assert Progress("global", 1, 2) in [state.progress for state in stage.states]
    assert stage.states[-1].progress is None


def test_real_thread_stops_at_once() -> None:
    cycled = threading.Event()

    def cycle(_show: ShowProgress) -> CycleReport:
        cycled.set()
        return GOOD

    worker = SyncWorker(cycle, Stage(), Random(1))
    worker.start()
    assert cycled.wait(5)
    assert worker.sync_now().result(5) is GOOD
    assert worker.stop(5)
    assert worker.state.stopped
