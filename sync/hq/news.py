"""Pokes: a till is told that a feed has moved, and pulls it itself (protocol.md, news).

The heads are read from the database twice a second while anybody listens, so that a change counts whoever made it:
this process, an import beside it, another HQ process on the same PostgreSQL. What a listener has not taken yet is kept
as the latest version by feed, so a slow one costs a few numbers and misses nothing.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping

from anyio import to_thread

from posclient.errors import DataError

log = logging.getLogger(__name__)

#: Seconds between two looks at the heads. A change is on a till's screen within this and the pull.
WATCH_S = 0.5
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

    def poke(self, feed: str, version: int) -> None:
        if feed in self.feeds:
            self.waiting[feed] = version
            self.bell.set()

    def take(self) -> dict[str, int]:
        self.bell.clear()
        taken, self.waiting = self.waiting, {}
        return taken


class Newsroom:
    """Lives in the server's event loop. ``read_heads`` runs in a thread: epoch and head by feed."""

    def __init__(self, read_heads: Callable[[], Heads]) -> None:
        self._read_heads = read_heads
        self._known: Heads = {}
        self._listeners: set[Listener] = set()
        self._watch: asyncio.Task[None] | None = None
        self._closed = False

    def listening(self) -> frozenset[str]:
        """The terminals that have a stream open at this process; for any thread."""
        return frozenset(listener.terminal for listener in tuple(self._listeners))

    async def stream(self, feeds: Iterable[str], terminal: str = "") -> AsyncIterator[str]:
        """The text of one event stream, until its life is over, HQ stops or the till hangs up.

        It begins with where all its feeds are: what moved while nobody listened is not missed.
        """
        listener = Listener(feeds, terminal)
        for feed, (_epoch, version) in self._known.items():
            listener.poke(feed, version)
        self._listeners.add(listener)
        if self._watch is None:
            self._watch = asyncio.create_task(self._watch_heads())
        ends = time.monotonic() + LIFE_S * random.uniform(0.8, 1.2)  # noqa: S311 - jitter, no secret
        try:
            yield f"retry: {RETRY_MS}\n\n"
            while not self._closed and (left := ends - time.monotonic()) > 0:
                yield await _next(listener, min(left, KEEP_ALIVE_S))
        finally:
            self._listeners.discard(listener)

    def close(self) -> None:
        """HQ stops: every stream ends."""
        self._closed = True
        for listener in self._listeners:
            listener.bell.set()
        if self._watch is not None:
            self._watch.cancel()

    async def _watch_heads(self) -> None:
        while self._listeners:
            try:
                self._tell(await to_thread.run_sync(self._read_heads))
            except DataError as error:  # the database is away; tills poll, and the next look sees all that moved
                log.warning("news: %s", error)
            await asyncio.sleep(WATCH_S)
        self._known, self._watch = {}, None

    def _tell(self, heads: Heads) -> None:
        for feed, (_epoch, version) in heads.items() - self._known.items():
            for listener in self._listeners:
                listener.poke(feed, version)
        self._known = heads


async def _next(listener: Listener, seconds: float) -> str:
    """The next events, or a comment after ``seconds`` of silence."""
    try:
        await asyncio.wait_for(listener.bell.wait(), seconds)
    except TimeoutError:
        return ": still here\n\n"
    return "".join(_event(feed, version) for feed, version in sorted(listener.take().items()))


def _event(feed: str, version: int) -> str:
    return f"event: feed\ndata: {json.dumps({'feed': feed, 'version': version}, ensure_ascii=False)}\n\n"
