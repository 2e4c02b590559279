"""Who is served first when all tills come at once (protocol.md, herds): after an outage of HQ or of the line.

Requests wait for one of ``SLOTS`` in the order of what they are worth: facts before leases, leases before reading,
reading before whole copies. Where too many of a kind wait already, a till is sent away to come again within two
minutes, at random, which spreads the herd; it sells on meanwhile.
"""

from __future__ import annotations

import asyncio
import heapq
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from itertools import count

from posclient.errors import LinkError

#: Requests that run at once: some threads less than the server has, so that its console and health always answer.
SLOTS = 32
#: Seconds over which tills that are sent away come again.
SPREAD_S = 120
#: Kinds by worth, with how many may be here at once, waiting or served. Without a session nobody can push. ``pages``
#: are looks for many tills (``sync.hq.herd``), one at a time: to send one away would send all of them away together.
#: ``news``: who begins to listen, as all do at once after a restart; each waits, which costs nobody anything.
#: ``chunk``: parts of whole copies that are made already; ``snapshot``: those that are perhaps still to be made.
MOST = {
    "push": 2000, "session": 2000, "lease": 400, "pages": 2, "pull": 400, "news": 20_000, "chunk": 50, "snapshot": 50,
}  # fmt: skip
#: Of the slots, those for copies that are still to be made: one makes it for half a minute, others wait for it, and
#: facts are not to wait behind them.
MAKING = 8
_RANK = {kind: rank for rank, kind in enumerate(MOST)}


class Admission:
    """Lives in the server's event loop."""

    def __init__(self, slots: int = SLOTS) -> None:
        self._free = slots
        self._making = asyncio.Semaphore(MAKING)
        self._here: Counter[str] = Counter()
        self._line: list[tuple[int, int, asyncio.Future[None]]] = []
        self._numbers = count()

    @asynccontextmanager
    async def admitted(self, kind: str) -> AsyncIterator[None]:
        """A slot for the block. ``LinkError("retry_after")`` (``seconds``) where too many of its kind are here."""
        if self._here[kind] >= MOST[kind]:
            raise LinkError("retry_after", seconds=random.randint(1, SPREAD_S))  # noqa: S311 - jitter, no secret
        self._here[kind] += 1
        try:
            async with self._making if kind == "snapshot" else nullcontext():
                await self._take_slot(_RANK[kind])
                try:
                    yield
                finally:
                    self._give_slot()
        finally:
            self._here[kind] -= 1

    async def _take_slot(self, rank: int) -> None:
        if self._free:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._line, (rank, next(self._numbers), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give_slot()  # it was given and the till hung up in the same moment
            raise

    def _give_slot(self) -> None:
        while self._line:
            turn = heapq.heappop(self._line)[2]
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
