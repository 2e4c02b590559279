"""How a run of a fuzz goes: how long, from which seed, and what each example may cost.

``make fuzz`` sets POSCLIENT_N to the examples of a whole run. A failure names the example's seed and the run's first:
with ``make fuzz SEED=...`` the first example is that one. Where a till lives on from example to example it takes the
whole run to come to the same place, so begin with the first.
"""

from __future__ import annotations

import ctypes
import gc
import os
import secrets
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

#: Seconds of processor that one example may take, on a slow and shared core; after ten of them it has hung.
MOST_SECONDS = 1.0
#: MiB by which the process may grow over a run; what is kept for each example would be far more at full size.
MOST_GROWTH = 300


class Place:
    """Where a run is, for whoever reports a failure. ``at`` is None between runs."""

    first = 0
    at: int | None = None

    def __str__(self) -> str:
        return f"SEED={self.at} is the example; the run began with SEED={self.first}"


PLACE = Place()


def examples(small: int, share: int = 1) -> Iterator[Random]:
    """One source of chance an example: ``small`` of them, or a ``share``-th of a whole run. Checks time and memory."""
    count = int(os.environ.get("POSCLIENT_N") or 0) // share or small
    PLACE.first = int(os.environ.get("POSCLIENT_SEED") or _seed())
    _give_back()
    most, before, start = _mebibytes(), _held(), time.monotonic()
    with _hanging(), _frozen():
        for seed in range(PLACE.first, PLACE.first + count):
            PLACE.at = seed
            _wind_up()
            began = time.thread_time()
            yield Random(seed)
            took = time.thread_time() - began
            assert took < MOST_SECONDS, f"{took:.1f} s"
    grown = max(_mebibytes() - most, _held() - before)  # the peak of an earlier test hides what is below it
    assert grown < MOST_GROWTH, f"grown by {grown} MiB"
    took = time.monotonic() - start
    print(f"{count} examples from SEED={PLACE.first} in {took:.0f} s, {count / max(took, 0.001):.0f} a second")


@contextmanager
def _frozen() -> Iterator[None]:
    """The collector does not go through what earlier tests have left, at the cost of whichever example it hits."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@contextmanager
def _hanging() -> Iterator[None]:
    """An example that does not end by itself is ended."""
    if sys.platform == "win32":
        yield
        return

    def ring(_signal: int, _frame: Any) -> None:
        raise AssertionError("it hangs")

    before = signal.signal(signal.SIGPROF, ring)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _wind_up() -> None:
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_PROF, 10 * MOST_SECONDS)


def _seed() -> int:
    """Where a change is judged, the same examples each time."""
    return 0 if os.environ.get("CI") else secrets.randbits(40)


def _mebibytes() -> int:
    """The most memory that this process ever had."""
    if sys.platform == "win32":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _give_back() -> None:
    """What earlier tests have freed goes back to the system: what an example keeps would find room there, unseen."""
    gc.collect()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library than GNU's
            ctypes.CDLL(None).malloc_trim(0)


def _held() -> int:
    """The memory that this process has now; 0 where the system does not say so simply."""
    if sys.platform != "linux":
        return 0
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE") // (1 << 20)
