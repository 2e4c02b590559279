"""HQ said two different things of a feed, and its operator put the backup back: a person's word counts at once."""

from __future__ import annotations

from pathlib import Path

from sync.accepting import Accepted
from sync.hq.tables import Feed
from sync.running import FolderSync
from tests.sync.conftest import HqServer
from tests.sync.test_bad_page import PRICES
from tests.sync.test_head_disagrees import ZONE, shift
from tests.sync.test_health import at_server


def test_what_a_person_lets_in_is_loaded_at_once(hq_server: HqServer, tmp_path: Path) -> None:
    """Each word of theirs was counted for one of the sixty cycles that were to go by, and done away with."""
    hq_server.publish(*PRICES)
    sync: FolderSync = at_server(hq_server, tmp_path)
    assert sync.run().error is None
    shift(hq_server, 1)
    for _ in range(10):
        assert [(one.feed, one.code) for one in sync.run().held] == [(ZONE, "feed_disagrees")]
    with hq_server.database.write() as session:
        feed = session.get_one(Feed, ZONE)
        feed.epoch, feed.checksum = "another", feed.checksum - 1
    report = sync.run()
    assert [(one.feed, one.code) for one in report.held] == [(ZONE, "other_epoch")]
    report = sync.run(accept=Accepted(tuple(report.held)))
    assert (report.error, report.held) == (None, ())
    assert sync.run().held == ()
    sync.close()
