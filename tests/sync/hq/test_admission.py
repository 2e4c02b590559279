"""All tills at once: facts first, and whoever is too many comes again later, spread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable

import httpx
import pytest

from posclient.errors import LinkError
from sync.hq import admission
from sync.hq.admission import SPREAD_S, Admission
from sync.hq.service import Hq
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill


def play(story: Callable[[Admission], Awaitable[None]], slots: int = 1) -> None:
    async def told() -> None:
        await story(Admission(slots))

    asyncio.run(told())


async def _breathe() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_facts_go_before_reading_before_copies() -> None:
    served: list[str] = []

    async def one(gate: Admission, kind: str) -> None:
        async with gate.admitted(kind):
            served.append(kind)
            await _breathe()

    async def story(gate: Admission) -> None:
        async with gate.admitted("pull"):
            kinds = ["snapshot", "pull", "push", "pull", "push"]
            waiting = [asyncio.create_task(one(gate, kind)) for kind in kinds]
            await _breathe()
            assert served == []
        await asyncio.gather(*waiting)

    play(story)
    assert served == ["push", "push", "pull", "pull", "snapshot"]


def test_no_slot_is_lost_by_who_hangs_up() -> None:
    async def hold(gate: Admission) -> None:
        async with gate.admitted("pull"):
            await asyncio.sleep(60)

    async def story(gate: Admission) -> None:
        running, waiting = asyncio.create_task(hold(gate)), asyncio.create_task(hold(gate))
        await _breathe()
        running.cancel()  # gives its slot to who waits, who hangs up in the same moment
        await asyncio.sleep(0)
        waiting.cancel()
        late = asyncio.create_task(hold(gate))
        await _breathe()
        late.cancel()
        await asyncio.gather(running, waiting, late, return_exceptions=True)
        for _ in range(2):
            async with asyncio.timeout(1), gate.admitted("push"):
                pass
        assert (gate._free, sum(gate._here.values())) == (1, 0)

    play(story)


def test_too_many_of_a_kind_come_again_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(admission.MOST, "snapshot", 2)
    seconds: list[object] = []

    async def hold(gate: Admission) -> None:
        try:
            async with gate.admitted("snapshot"):
                await asyncio.sleep(0.01)
        except LinkError as error:
            seconds.append(error.params["seconds"])

    async def story(gate: Admission) -> None:
        await asyncio.gather(*(hold(gate) for _ in range(200)))
        async with gate.admitted("push"):
            pass

    play(story)
    assert len(seconds) == 198
    assert len(set(seconds)) > 60
    assert all(isinstance(one, int) and 1 <= one <= SPREAD_S for one in seconds)


def test_a_herd_at_the_door_does_not_keep_a_sale_out(
    hq_server: HqServer, new_till: NewTill, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-21: reading is held up on purpose and its line is full: the next reader is sent away, a fact goes through."""
    till = new_till()
    go_on, reading = threading.Event(), threading.Semaphore(0)
    feeds = Hq.feeds

    def slow(hq: Hq, terminal: str, nonce: str) -> object:
        reading.release()
        go_on.wait(10)
        return feeds(hq, terminal, nonce)

    monkeypatch.setattr(Hq, "feeds", slow)
    monkeypatch.setitem(admission.MOST, "pull", 3)
    headers = {"Authorization": f"Bearer {till.token()}"}
    readers = [threading.Thread(target=httpx.get, args=(f"{hq_server.url}/v1/feeds",), kwargs={"headers": headers})
               for _ in range(3)]  # fmt: skip
    try:
        for reader in readers:
            reader.start()
        for _ in readers:
            assert reading.acquire(timeout=10)
        away = httpx.get(f"{hq_server.url}/v1/feeds", headers=headers)
        assert (away.status_code, away.json()["error"]) == (429, "retry_after")
        assert 1 <= int(away.headers["retry-after"]) <= SPREAD_S
        assert till.codes(till.sale()) == [("applied", None)]
    finally:
        go_on.set()
        for reader in readers:
            reader.join()
