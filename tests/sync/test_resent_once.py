"""After a restore of HQ what earlier enrolments sent goes again once, however many feeds are loaded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.hq.tables import Feed
from tests.sync.tills import Chain, TillFolder, tiers


@pytest.fixture
def till(chain: Chain, tmp_path: Path) -> Iterator[TillFolder]:
    chain.publish(*tiers(range(10)))
    opened = TillFolder(chain, tmp_path / "till", chain.code("S001", 1))
    yield opened
    opened.close()


def test_what_earlier_enrolments_sent_goes_again_once(till: TillFolder, chain: Chain) -> None:
    """S-12: it is sent between the chunks of the first feed; the next ones have it sent no more."""
    for _ in range(3):
        till.note()
    assert till.cycle().error is None
    till.close()
    till.enrol(chain.code("S001", 1))
    assert till.cycle().error is None
    with chain.database.write() as session:
        for name in ("global", "zone:z1", "store:S001"):
            session.get_one(Feed, name).epoch = "another"
    assert {one.code for one in till.cycle().held} == {"other_epoch"}
    report = till.cycle(accept=True)
    assert (report.error, report.held, report.resent) == (None, (), 3)
