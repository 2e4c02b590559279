"""HQ's head of a feed does not agree with its rows: nothing that a till loads can mend it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.hq.tables import Feed
from sync.running import FolderSync
from sync.transport import HttpHq
from tests.db.shop import price
from tests.sync.conftest import HqServer
from tests.sync.test_bad_page import PRICES, amount
from tests.sync.test_health import at_server

ZONE = "zone:z1"


def shift(hq: HqServer, by: int) -> None:
    """As somebody does who changes HQ's rows by hand."""
    with hq.database.write() as session:
        session.get_one(Feed, ZONE).checksum += by


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The feeds whose snapshot a till asked for, each time that it did."""
    feeds: list[str] = []
    manifest = HttpHq.manifest

    def counted(line: HttpHq, feed: str, begun: str = "") -> object:
        feeds.append(feed)
        return manifest(line, feed, begun)

    monkeypatch.setattr(HttpHq, "manifest", counted)
    return feeds


@pytest.fixture
def sync(hq_server: HqServer, tmp_path: Path) -> FolderSync:
    hq_server.publish(*PRICES)
    made = at_server(hq_server, tmp_path)
    assert made.run().error is None
    return made


def test_it_is_loaded_less_and_less_often(
    hq_server: HqServer, sync: FolderSync, tmp_path: Path, asked: list[str]
) -> None:
    """Four thousand tills loaded the prices of the chain every minute."""
    shift(hq_server, 1)
    for cycle in range(18):
        report = sync.run()
        assert report.error is None
        assert [(one.feed, one.code) for one in report.held] == [(ZONE, "feed_disagrees")], cycle
    assert 3 <= len(asked) <= 6
    shift(hq_server, -1)
    assert sync.run().held == (), "mended at HQ, it is well at once"
    shift(hq_server, 1)
    before = len(asked)
    sync.run()
    assert len(asked) == before + 1, "and the next time it is tried at once"
    assert amount(tmp_path, "A-1500") == price("A-1500")["price"]
    sync.close()
