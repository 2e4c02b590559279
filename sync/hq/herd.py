"""The herd that one change brings: pages are asked for by the hundred, and looked up together (``sync.hq.pages``)."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Sequence

from anyio import to_thread

from posclient.errors import LinkError
from sync.hq.admission import SPREAD_S, Admission
from sync.hq.pages import Answer, Asked

#: Questions of one look: so many that its own cost is little beside theirs, so few that the first does not wait long.
MOST_AT_ONCE = 64
#: Questions that may wait. Each is a line of a till that is open anyway, and a hundred bytes.
MOST_WAITING = 10_000

Look = Callable[[Sequence[Asked]], Sequence[Answer | Exception]]


class Herd:
    """Lives in the server's event loop; ``look`` runs in a thread, one at a time, in its turn among other requests."""

    def __init__(self, look: Look, admission: Admission) -> None:
        self._look, self._admission = look, admission
        self._waiting: deque[tuple[Asked, asyncio.Future[Answer]]] = deque()
        self._looking: asyncio.Task[None] | None = None

    async def page(self, asked: Asked) -> Answer:
        """The page; errors as ``Pages.look`` has them, or ``retry_after`` where too many wait."""
        if len(self._waiting) >= MOST_WAITING:
            raise LinkError("retry_after", seconds=random.randint(1, SPREAD_S))  # noqa: S311 - jitter, no secret
        turn: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, turn))
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_all())
        return await turn

    async def _look_all(self) -> None:
        try:
            while self._waiting:
                some = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_AT_ONCE))]
                await self._answer([one for one in some if not one[1].done()])  # a till may have hung up
        finally:
            self._looking = None

    async def _answer(self, some: Sequence[tuple[Asked, asyncio.Future[Answer]]]) -> None:
        """What goes wrong with the whole look is everybody's answer, and not the end of the herd."""
        try:
            async with self._admission.admitted("pages"):
                found: Sequence[Answer | Exception] = await to_thread.run_sync(self._look, [asked for asked, _ in some])
        except Exception as error:  # noqa: BLE001 - each that waits is told, and its request says so
            found = [error] * len(some)
        for (_, turn), answer in zip(some, found, strict=True):
            if turn.done():
                continue
            if isinstance(answer, Exception):
                turn.set_exception(answer)
            else:
                turn.set_result(answer)
