"""Pokes: a till is told that a feed has moved, and pulls it itself (protocol.md, news).

The heads are read from the database four times a second while anybody listens, so that a change counts whoever made it:
this process, an import beside it, another HQ process on the same PostgreSQL. What a listener has not taken yet is kept
as the latest version by feed, so a slow one costs a few numbers and misses nothing.

A feed of all tills brings all of them at once, so its pokes are handed out no faster than the pages that they bring can
be answered, and where such a feed moves all the time (stock, while shops sell) no faster than HQ has time beside sales.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from itertools import islice

from anyio import to_thread

from posclient.errors import DataError
from sync.hq.feeds import is_shared

log = logging.getLogger(__name__)

#: Seconds between two looks at the heads. A change is on a till's screen within this, its turn and the pull.
WATCH_S = 0.25
#: Listeners that are told of a shared feed in a second; and in the long run, after ``MOST_QUICK`` of them.
PACE, LASTING_PACE, MOST_QUICK = 4000, 800, 10_000
#: Seconds between two handfuls of them.
STEP_S = 0.02
#: Seconds of silence after which a comment is sent, so that nobody between closes the line.
KEEP_ALIVE_S = 25.0
#: Seconds after which a stream ends and the till comes again, with a new look at who it is; +-20 %.
LIFE_S = 600.0
#: What a till waits before it comes again, by the rule of event streams (ms).
RETRY_MS = 3000

Heads = Mapping[str, tuple[str, int]]


class Listener:
    """One open stream: whose it is, the feeds that it follows, and what it has not taken yet."""

    def __init__(self, feeds: Iterable[str], terminal: str) -> None:
        self.terminal = terminal
        self.feeds = frozenset(feeds)
        self.bell = asyncio.Event()
        self.waiting: dict[str, int] = {}

    def take(self) -> dict[str, int]:
        self.bell.clear()
        taken, self.waiting = self.waiting, {}
        return taken


class Turns:
    """Whose turn it is to be told of shared feeds: first come, first served, at HQ's pace."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._line: dict[Listener, None] = {}
        self._quick, self._at = float(MOST_QUICK), now()

    def join(self, listener: Listener) -> None:
        """Stand in line, once."""
        self._line[listener] = None

    def leave(self, listener: Listener) -> None:
        self._line.pop(listener, None)

    def next(self) -> list[Listener]:
        """Those whose turn it is, a step after the last; empty where nobody stands in line."""
        now = self._now()
        self._quick = min(MOST_QUICK, self._quick + (now - self._at) * LASTING_PACE)
        self._at = now
        some = list(islice(self._line, min(int(PACE * STEP_S), int(self._quick))))
        self._quick -= len(some)
        for one in some:
            del self._line[one]
        return some

    def __bool__(self) -> bool:
        return bool(self._line)


class Newsroom:
    """Lives in the server's event loop. ``read_heads`` runs in a thread: epoch and head by feed."""

    def __init__(self, read_heads: Callable[[], Heads]) -> None:
        self._read_heads = read_heads
        self._known: Heads = {}
        self._listeners: set[Listener] = set()
        self._followers: defaultdict[str, set[Listener]] = defaultdict(set)
        self._turns = Turns()
        self._watch: asyncio.Task[None] | None = None
        self._caller: asyncio.Task[None] | None = None
        self._closed = False

    def listening(self) -> frozenset[str]:
        """The terminals that have a stream open at this process; for any thread."""
        return frozenset(listener.terminal for listener in tuple(self._listeners))

    async def stream(self, feeds: Iterable[str], terminal: str = "") -> AsyncGenerator[str]:
        """The text of one event stream, until its life is over, HQ stops or the till hangs up.

        It begins with where all its feeds are: what moved while nobody listened is not missed.
        """
        listener = Listener(feeds, terminal)
        self._join(listener)
        ends = time.monotonic() + LIFE_S * random.uniform(0.8, 1.2)  # noqa: S311 - jitter, no secret
        try:
            yield f"retry: {RETRY_MS}\n\n"
            while not self._closed and (left := ends - time.monotonic()) > 0:
                if said := await _next(listener, min(left, KEEP_ALIVE_S)):
                    yield said
        finally:
            self._leave(listener)

    def close(self) -> None:
        """HQ stops: every stream ends."""
        self._closed = True
        for listener in self._listeners:
            listener.bell.set()
        self._end()

    def _join(self, listener: Listener) -> None:
        listener.waiting = {feed: self._known[feed][1] for feed in listener.feeds & self._known.keys()}
        listener.bell.set()
        self._listeners.add(listener)
        for feed in listener.feeds:
            self._followers[feed].add(listener)
        if self._watch is None:
            self._watch = asyncio.create_task(self._watch_heads())

    def _leave(self, listener: Listener) -> None:
        self._listeners.discard(listener)
        self._turns.leave(listener)
        for feed in listener.feeds:
            self._followers[feed].discard(listener)
            if not self._followers[feed]:
                del self._followers[feed]
        if not self._listeners:
            self._end()
            self._known = {}

    def _end(self) -> None:
        for task in (self._watch, self._caller):
            if task is not None:
                task.cancel()
        self._watch = self._caller = None

    async def _watch_heads(self) -> None:
        while True:
            try:
                self._tell(await to_thread.run_sync(self._read_heads))
            except DataError as error:  # the database is away; tills poll, and the next look sees all that moved
                log.warning("news: %s", error)
            except Exception:  # the outermost loop of this task: nobody would begin it again while one listens
                log.exception("the news met a bug")
            await asyncio.sleep(WATCH_S)

    async def _call_up(self) -> None:
        while self._turns:
            for listener in self._turns.next():
                listener.bell.set()
            await asyncio.sleep(STEP_S)
        self._caller = None

    def _tell(self, heads: Heads) -> None:
        """A store's own news is for few, and rings at once."""
        for feed in sorted(feed for feed, place in heads.items() if self._known.get(feed) != place):
            for listener in self._followers.get(feed, ()):
                listener.waiting[feed] = heads[feed][1]
                if is_shared(feed):
                    self._turns.join(listener)
                else:
                    listener.bell.set()
        self._known = heads
        if self._turns and self._caller is None:
            self._caller = asyncio.create_task(self._call_up())


async def _next(listener: Listener, seconds: float) -> str:
    """The next events, or a comment after ``seconds`` of silence."""
    try:
        async with asyncio.timeout(seconds):
            await listener.bell.wait()
    except TimeoutError:
        return ": still here\n\n"
    return "".join(_event(feed, version) for feed, version in sorted(listener.take().items()))


def _event(feed: str, version: int) -> str:
    """``within``: over how many seconds tills are to spread. We do that ourselves."""
    return f"event: feed\ndata: {json.dumps({'feed': feed, 'version': version, 'within': 0}, ensure_ascii=False)}\n\n"
