"""What has come of a load that nobody goes on with leaves the disk, also where no other load follows."""

from __future__ import annotations

import os
import time
from pathlib import Path

from posclient.db.at_rest import AtRest
from posclient.db.chunks import KEEP_S, ChunkStore
from sync.credentials import new_key
from tests.sync.conftest import HqServer
from tests.sync.test_health import at_server

MANIFEST = {
    "snapshot": "of-another-store", "feed": "store:S009", "epoch": "e", "version": 1, "count": 0, "checksum": 0,
    "applied_seq": 0, "chunks": [],
}  # fmt: skip


def test_chunks_of_a_feed_that_the_till_follows_no_more_go(hq_server: HqServer, tmp_path: Path) -> None:
    """A first load that was cut, and a till that was lent to another store then."""
    sync = at_server(hq_server, tmp_path)
    for name, age in (("of-another-store", KEEP_S + 60), ("of-now", 60)):
        ChunkStore(tmp_path, MANIFEST | {"snapshot": name}, AtRest(new_key()))
        then = time.time() - age
        os.utime(tmp_path / "incoming" / name / "manifest.json", (then, then))
    assert sync.run().error is None
    assert [one.name for one in (tmp_path / "incoming").iterdir()] == ["of-now"]
    assert sync.run().error is None
    sync.close()
