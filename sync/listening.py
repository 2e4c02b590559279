"""The till's ear for HQ's news: a poke starts a pull, so that a price changed at HQ is on the screen in a second.

A comfort, never a need: the worker polls all the same (G-7). Where a proxy of the shop ends such streams at once, three
in a row, it lets them be for a quarter of an hour (protocol.md, news).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Protocol

from posclient.errors import PosError
from sync.events import Poke

_log = logging.getLogger(__name__)

#: A stream that ended before this (s), or of which nothing was heard at all, ended early; after so many of them in a
#: row the till only polls, so long (s).
EARLY_S, MOST_EARLY, REST_S = 60.0, 3, 900.0
#: How often it looks whether HQ answers at all, before it calls (s).
OFFLINE_S = 5.0
#: All tills hear of a change for all of them at once: they come within this (s) where HQ does not say how they are to
#: spread, as ours does. A store's own news is for few.
SPREAD_S = 1.0
SHARED = ("global", "zone:")


class NewsLine(Protocol):
    """``transport.HttpHq`` on a line of its own."""

    def news(self) -> Iterator[Poke | None]: ...

    def hang_up(self) -> None: ...

    def close(self) -> None: ...


class Listening:
    """Listens in a thread of its own while HQ answers.

    ``dial`` gives a fresh line, or None while HQ does not answer; ``places``: the till's version by feed; ``wake``
    pulls a feed.
    """

    def __init__(
        self,
        dial: Callable[[], NewsLine | None],
        places: Callable[[], Mapping[str, int]],
        wake: Callable[[str], None],
        random: Random,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._dial, self._places, self._wake, self._random, self._now = dial, places, wake, random, now
        self._stopping = threading.Event()
        self._line: NewsLine | None = None
        self._lock = threading.Lock()
        self._early = 0
        self._thread = threading.Thread(target=self.run, name="news", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, seconds: float = 5.0) -> None:
        """Hang up and end."""
        self._stopping.set()
        with self._lock:
            if self._line is not None:
                self._line.hang_up()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def run(self) -> None:
        """The loop. Called by the thread; by tests directly."""
        while not self._stopping.is_set():
            self._stopping.wait(self._turn())

    def _turn(self) -> float:
        """One stream from its begin to its end; gives the seconds to wait before the next."""
        try:
            line = self._dial()
            if line is None:
                return OFFLINE_S
            with self._lock:
                self._line = line
            return self._heard(line)
        except PosError:
            return OFFLINE_S
        except Exception:  # noqa: BLE001 - the outermost loop of this thread: log, go on
            _log.exception("the news met a bug")
            return REST_S

    def _heard(self, line: NewsLine) -> float:
        began, heard = self._now(), False
        try:
            for poke in line.news():
                heard = True
                if self._stopping.is_set():
                    return 0.0
                if poke is not None:
                    self._follow(poke)
        except PosError as error:
            _log.debug("news: %s", error)
        finally:
            with self._lock:
                self._line = None
            line.close()
        self._early = 0 if heard and self._now() - began >= EARLY_S else self._early + 1
        if self._early >= MOST_EARLY:
            self._early = 0
            return REST_S
        return self._random.uniform(0.0, OFFLINE_S)

    def _follow(self, poke: Poke) -> None:
        """Pull, if there is anything that the till does not have yet: its own sales move feeds too."""
        if self._places().get(poke.feed, 0) >= poke.version:
            return
        spread = poke.within if poke.within is not None else SPREAD_S if poke.feed.startswith(SHARED) else 0.0
        if spread:
            self._stopping.wait(self._random.uniform(0.0, spread))
        self._wake(poke.feed)
