"""Bodies of requests on their way in: read before anybody's place in the line is taken, in bounded memory.

Whose line hangs, a stranger's or a known till's, waits by itself; what is worked on is all here. What has arrived waits
in memory for its turn, so all of it together has a bound.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from posclient.errors import LinkError
from sync.hq.admission import SPREAD_S

#: Seconds for all of a body: a till gives up after so long itself. Then, when it may come again.
BODY_S, AGAIN_S = 30.0, 5
#: Bytes of all bodies beyond which nobody gets more than an equal share: ten times what a few thousand tills bring
#: in their usual batches; those that hold more already keep it, so it is half of what can be here at the very worst.
MOST_TOGETHER = 128 * 1024 * 1024


class Arriving:
    """Lives in the server's event loop."""

    def __init__(self) -> None:
        self._here = self._bytes = 0

    @asynccontextmanager
    async def body(self, parts: AsyncIterator[bytes], most: int) -> AsyncIterator[bytes]:
        """All of one body, which counts for the block.

        Raises:
            LinkError: ``too_large`` before it is all in memory; ``retry_after`` if it does not come, or is more than
                its share where memory is short.
        """
        own, size = bytearray(), 0
        self._here += 1
        try:
            async with _in_time():
                async for part in parts:
                    own += part
                    size += len(part)
                    self._bytes += len(part)
                    self._check(size, most)
            whole, own = bytes(own), bytearray()
            yield whole
        finally:
            self._here -= 1
            self._bytes -= size

    def _check(self, size: int, most: int) -> None:
        if size > most:
            raise LinkError("too_large", most=most)
        if self._bytes > MOST_TOGETHER and size * self._here > MOST_TOGETHER:
            raise LinkError("retry_after", seconds=random.randint(1, SPREAD_S))  # noqa: S311 - jitter, no secret


@asynccontextmanager
async def _in_time() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(BODY_S):
            yield
    except TimeoutError:
        raise LinkError("retry_after", seconds=AGAIN_S) from None
