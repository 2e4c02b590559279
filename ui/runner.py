"""Where work on data runs: one thread ``till`` for all that writes, one ``reader`` for what only looks.

First in, first out: the order of scans is the order of lines. An answer comes back to the window as one queued signal,
so no screen ever meets a thread. Tests run the same calls at once (``InlineRunner``).
"""

from __future__ import annotations

import gc
import logging
import queue
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol, TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal

from posclient.errors import PosError

T = TypeVar("T")
Failed = Callable[[PosError], None]
_log = logging.getLogger(__name__)


#: How long a busy thread keeps the interpreter from another (s). Python's own 5 ms would be a third of a frame, and a
#: scan goes from thread to thread twice (architecture.md, threads).
SWITCH_S = 0.0001
#: A scan into fifty lines makes a few thousand objects: collect after it rather than several times in it, but not so
#: many at once that one scan in a hundred waits for them (50,000 take 15 ms).
COLLECT_AFTER = 5_000


def share_fairly() -> None:
    """For a program with threads that must answer within a frame: none waits long for another."""
    sys.setswitchinterval(SWITCH_S)


def settle() -> None:
    """All is imported: a collection looks no more at what stays for good (it would take longer than a frame)."""
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 100)


class Runner(Protocol):
    """``work`` gets what the runner was opened with (a till); the answer is called in the window's thread."""

    @property
    def busy(self) -> int:
        """How many pieces of work are under way or wait."""

    def run(self, work: Callable[[Any], T], done: Callable[[T], None], failed: Failed) -> None: ...

    def close(self) -> None: ...


class InlineRunner:
    """Runs at once, in the caller's thread."""

    busy = 0

    def __init__(self, opened: Any) -> None:
        self._opened = opened

    def run(self, work: Callable[[Any], T], done: Callable[[T], None], failed: Failed) -> None:
        try:
            answer = work(self._opened)
        except PosError as error:
            failed(error)
            return
        done(answer)

    def close(self) -> None:
        """Nothing runs."""


class ThreadRunner(QObject):
    """One worker thread. ``open_`` runs in it first (heavy imports, opening the databases); ``close_`` last.

    ``tidy`` runs whenever nothing waits, after the answer is on its way: nobody at the counter waits for it.

    Where opening has failed, each piece of work tries it again, and fails with its error: a file that a virus scanner
    had for a moment is not away for the day.
    """

    _answered = Signal(object)

    def __init__(
        self,
        name: str,
        open_: Callable[[], Any],
        close_: Callable[[Any], None],
        tidy: Callable[[Any], None] = lambda _opened: None,
    ) -> None:
        super().__init__()
        self._open, self._close, self._tidy = open_, close_, tidy
        self._work: queue.SimpleQueue[tuple[Callable[[Any], Any], Callable[[Any], None], Failed] | None]
        self._work = queue.SimpleQueue()
        self._busy = 0
        self._answered.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._loop, name=name, daemon=True)

    def start(self) -> None:
        """Open, and begin with what waits; apart from the constructor, so that the first paint comes first."""
        self._thread.start()

    @property
    def busy(self) -> int:
        return self._busy

    def run(self, work: Callable[[Any], T], done: Callable[[T], None], failed: Failed) -> None:
        self._busy += 1
        self._work.put((work, done, failed))

    def answer(self) -> bool:
        """Deliver the answers that are there, outside the program's own loop; False when none is to come."""
        QCoreApplication.sendPostedEvents(self, QEvent.Type.MetaCall)
        return self._busy > 0 and self._thread.is_alive()

    def close(self) -> None:
        """Finish what waits, then end the thread: a sale under way is committed, never cut off."""
        self._work.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def _deliver(self, answer: Callable[[], None]) -> None:
        self._busy -= 1
        answer()

    def _loop(self) -> None:
        opened, failure = _attempt(self._open)
        while (item := self._work.get()) is not None:
            work, done, failed = item
            if failure is not None:
                opened, failure = _attempt(self._open)
            answer, error = (None, failure) if failure else _attempt(partial(work, opened))
            self._answered.emit(_call(failed, error) if error else _call(done, answer))
            if failure is None and self._work.empty():
                _attempt(partial(self._tidy, opened))
        if failure is None:
            self._close(opened)


def finish(*runners: ThreadRunner) -> None:
    """At the end of the program: all work is done and answered, and so is what the answers ask for: the slip of the
    last sale is printed, and known to be.
    """
    while any(one.answer() for one in runners):
        time.sleep(0.005)


def _call(receiver: Callable[[Any], None], value: Any) -> Callable[[], None]:
    return lambda: receiver(value)


def _attempt(work: Callable[[], Any]) -> tuple[Any, PosError | None]:
    """The outermost loop of this thread: what is not a ``PosError`` is a bug, logged, and told as such."""
    try:
        return work(), None
    except PosError as error:
        return None, error
    except Exception as bug:  # noqa: BLE001  the outermost loop
        _log.exception("a bug in %s", threading.current_thread().name)
        return None, PosError("bug", reason=f"{type(bug).__name__}: {bug}")
