"""A disk was put back: what the till has sent says nothing of its other history, whose sales may lie with the hub."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from posclient.db import terminal
from sync.asking import HoldRequest
from sync.hq.fact_tables import Incident
from sync.hq.lease_tables import LossRow
from tests.sync.hq.leases import check_books, member, settings
from tests.sync.hq.test_stored_value import spend
from tests.sync.tills import Chain, TillFolder, stored

Contact = Callable[[TillFolder], object]


@pytest.fixture
def copy(chain: Chain, till: TillFolder, tmp_path: Path) -> Iterator[TillFolder]:
    """The till's disk as it was before its last sale, which HQ has. All 500 yuan of M1 are leased to it for minutes,
    and the till has spent them without a line.
    """
    settings(chain, stored_value=True)
    member(chain, value=50_000)
    till.cycle()
    till.con.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copytree(till.folder, tmp_path / "copy")
    till.sale()
    till.cycle()
    assert till.line.hold(HoldRequest(member="M1", value=50_000)).value is not None
    spend(till, 50_000)
    opened = TillFolder(chain, tmp_path / "copy")
    yield opened
    opened.close()


def cycle(copy: TillFolder) -> None:
    """As our till asks."""
    assert copy.cycle().error is None


def older(copy: TillFolder) -> None:
    """As an older program asks, which says nothing of what it has sent: that is all."""
    copy.chain.hq.feeds("S001-1")


@pytest.mark.parametrize(("sells", "contact"), [(True, cycle), (True, older), (False, cycle)])
def test_they_are_not_over_by_the_word_of_the_copy(
    copy: TillFolder, till: TillFolder, tmp_path: Path, sells: bool, contact: Contact
) -> None:
    """S-18, S-19: HQ knows of the fork by a fact of it; where the copy has made none, the copy alone knows."""
    chain = copy.chain
    if sells:
        copy.sale()
    cycle(copy)
    assert (terminal.read(copy.con).trouble, len(stored(chain, Incident))) == ("fork", int(sells))
    for _ in range(2):  # the second question says that all was sent which was made before the first
        chain.clock.forward(hours=1)
        contact(copy)
    second = TillFolder(chain, tmp_path / "second", chain.code("S001", 2))
    asked = second.line.hold(HoldRequest(member="M1", value=50_000))
    if asked.value is not None:
        spend(second, asked.value.amount)
        second.cycle()
    second.close()
    assert till.cycle().outcomes == {"applied": 1}
    assert (stored(chain, LossRow), check_books(chain)) == ([], {"M1": 0})
