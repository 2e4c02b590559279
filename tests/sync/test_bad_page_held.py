"""A cache whose page has gone bad while a feed waits for a person: what is held back stays so."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from posclient.db import inbox
from posclient.db.live_cache import LiveCache
from sync.hq.feeds import Change
from sync.hq.tables import Feed
from sync.running import FolderSync
from tests.db.shop import price
from tests.sync.conftest import HqServer
from tests.sync.test_bad_page import PRICES, amount, folder, spoil  # noqa: F401  (one is a fixture)
from tests.sync.test_health import at_server
from ui.opening import SystemClock


def epochs(folder: Path) -> dict[str, str]:  # noqa: F811
    with closing(LiveCache(folder)) as cache:
        return {name: one.epoch for name, one in inbox.cursors(cache).items()}


def test_an_epoch_that_nobody_has_accepted_is_not_let_in(folder: Path, hq_server: HqServer) -> None:  # noqa: F811
    """S-12: by the person's word the till sends again what it sent under earlier enrolments."""
    before = epochs(folder)
    with hq_server.database.write() as session:
        session.get_one(Feed, "global").epoch = "another"
    sync = FolderSync(folder, SystemClock())
    report = sync.run()
    assert report.error is None
    assert [(one.feed, one.code) for one in report.held] == [("global", "other_epoch")]
    assert epochs(folder) == before
    assert [(one.feed, one.code) for one in sync.run().held] == [("global", "other_epoch")]
    sync.close()


def test_what_is_loaded_is_no_older_than_what_was_here(hq_server: HqServer, tmp_path: Path) -> None:
    """HQ hands out a copy of this morning; the line may go right behind it, and prices be of the morning for hours."""
    hq_server.publish(*PRICES)
    sync = at_server(hq_server, tmp_path)
    assert sync.run().error is None
    dearer = {**PRICES[7].data, "price": 77_700}  # type: ignore[dict-item]
    hq_server.publish(Change("zone:z1", "price", PRICES[7].key, dearer))
    assert sync.run().error is None
    sync.close()
    assert amount(tmp_path, "A-0007") == 77_700
    spoil(tmp_path, "A-1500")
    again = FolderSync(tmp_path, SystemClock())
    report = again.run()
    assert report.error is None
    again.close()
    assert amount(tmp_path, "A-1500") == price("A-1500")["price"]
    assert amount(tmp_path, "A-0007") == 77_700
    with closing(LiveCache(tmp_path)) as cache:
        assert report.feeds == {name: one.version for name, one in inbox.cursors(cache).items()}
