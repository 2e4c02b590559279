"""Tills that want whole copies at once wait for the one who makes it, and keep no sale waiting with them."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from sync.hq.admission import SLOTS
from sync.hq.snapshots import Snapshots
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill


def test_a_sale_does_not_wait_until_a_whole_copy_is_made(
    hq_server: HqServer, new_till: NewTill, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-21: after a restore all tills ask for the catalogue; a million products take HQ half a minute."""
    till = new_till()
    go_on, making = threading.Event(), threading.Event()
    read = Snapshots._read

    def slow(snapshots: Snapshots, feed: str) -> object:
        making.set()
        go_on.wait(20)
        return read(snapshots, feed)

    monkeypatch.setattr(Snapshots, "_read", slow)
    headers = {"Authorization": f"Bearer {till.token()}"}
    address = f"{hq_server.url}/v1/feeds/global/snapshot"
    with ThreadPoolExecutor(SLOTS + 8) as pool:
        copies = [pool.submit(httpx.get, address, headers=headers, timeout=30) for _ in range(SLOTS + 8)]
        assert making.wait(10)
        time.sleep(1)
        selling = ThreadPoolExecutor(1).submit(till.codes, till.sale())
        try:
            assert selling.result(5) == [("applied", None)]
        finally:
            go_on.set()
        assert {copy.result().status_code for copy in copies} == {200}
        assert len({copy.result().json()["snapshot"] for copy in copies}) == 1
