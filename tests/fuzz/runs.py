"""How a run of a fuzz goes: how long, from which seed, and what each example may cost.

``make fuzz`` sets POSCLIENT_N to the examples of a whole run. A failure names its example's seed: with
``make fuzz SEED=...`` the first example is that one.
"""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections.abc import Iterator
from random import Random

#: Seconds of processor that one example may take, on a slow and shared core.
MOST_SECONDS = 1.0
#: MiB by which the process may grow over a run; what is kept for each example would be far more at full size.
MOST_GROWTH = 300


def examples(small: int, share: int = 1) -> Iterator[Random]:
    """One source of chance an example: ``small`` of them, or a ``share``-th of a whole run. Checks time and memory."""
    count = int(os.environ.get("POSCLIENT_N") or 0) // share or small
    first = int(os.environ.get("POSCLIENT_SEED") or _seed())
    before = _mebibytes()
    for seed in range(first, first + count):
        began = time.thread_time()
        try:
            yield Random(seed)
        except BaseException:
            print(f"SEED={seed}")
            raise
        took = time.thread_time() - began
        assert took < MOST_SECONDS, f"SEED={seed} took {took:.1f} s"
    assert _mebibytes() - before < MOST_GROWTH


def _seed() -> int:
    """Where a change is judged, the same examples each time."""
    return 0 if os.environ.get("CI") else secrets.randbits(40)


def _mebibytes() -> int:
    """The most memory that this process ever had."""
    if sys.platform == "win32":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
