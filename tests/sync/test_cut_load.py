"""A first load over a line that is cut at any byte, of a feed that moves on between, from a real server."""

from __future__ import annotations

from collections import defaultdict
from contextlib import closing
from pathlib import Path
from random import Random

from posclient.db import inbox
from posclient.db.live_cache import LiveCache
from sync.enrolment import Enrolment, enrol
from sync.hq.feeds import Change
from sync.hq.snapshots import MOST_BEHIND_ROWS
from sync.protocol import CHUNK_BYTES
from sync.running import FolderSync
from sync.transport import HttpHq
from tests.sync.conftest import HqServer
from tests.sync.cutting_relay import CuttingRelay
from tests.sync.hq.till_at_hq import new_id
from tests.sync.tills import tiers
from ui.opening import SystemClock

#: Of one answer, with its status line.
MOST_HEADERS = 1024
#: Each lets one whole chunk through at most.
CUTS = 6


def heavy(chance: Random) -> list[Change]:
    """Rows that hardly pack: some 13 MiB in eight chunks."""
    return [
        Change("global", "tier", f"H{n}", {"id": f"H{n}", "name": chance.randbytes(8000).hex(), "rank": n})
        for n in range(1700)
    ]


def test_a_line_that_is_cut_at_any_byte_costs_a_chunk_each_time(hq_server: HqServer, tmp_path: Path, seed: int) -> None:
    """protocol.md, first load: killed at any byte, at most 2 MiB come again, though HQ would begin another snapshot for
    anybody else after each cut. The till is started anew each time too.
    """
    print(f"SEED={seed}")
    chance = Random(seed)
    hq_server.publish(*heavy(chance))
    folder = tmp_path / "till"
    with CuttingRelay(hq_server.url) as relay:
        enrol(folder, Enrolment(relay.url, hq_server.code(), "file"), HttpHq, SystemClock(), new_id)
        for cut in range(CUTS):
            relay.plan(chance.randrange(1, CHUNK_BYTES * 3 // 2))
            with closing(FolderSync(folder, SystemClock())) as sync:
                assert sync.run().error is not None
            hq_server.publish(*tiers(range(MOST_BEHIND_ROWS + 1), f"after cut {cut}"))
        relay.plan(None)
        with closing(FolderSync(folder, SystemClock())) as sync:
            report = sync.run()
    assert (report.error, report.held, len(report.snapshots)) == (None, (), 4)
    # By its number: until the first chunk is whole nothing is begun, and another snapshot may be offered each time
    attempts = defaultdict(list)
    for path, (came,) in relay.attempts:
        attempts[path.rpartition("/")[2]].append(came)
    again = [came for tries in attempts.values() for came in tries[:-1]]
    print({"cuts": CUTS, "again_mib": [round(came / 2**20, 2) for came in again]})
    assert len(again) <= CUTS
    assert all(came <= CHUNK_BYTES + MOST_HEADERS for came in again)
    assert any(came > CHUNK_BYTES // 64 for came in again), "none was cut inside a chunk"
    with closing(LiveCache(folder)) as cache:
        assert cache.con.execute("SELECT count(*) FROM tier").fetchone() == (1700 + MOST_BEHIND_ROWS + 1,)
        assert inbox.cursors(cache)["global"].at_head
    assert list((folder / "incoming").iterdir()) == []
