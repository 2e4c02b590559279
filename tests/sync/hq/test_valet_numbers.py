"""A valet order's number names one order for ever, whichever machine stands at the place (T-24)."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import select

from posclient.actions import valet
from posclient.db import terminal
from sync.hq.fact_tables import ValetOrderRow
from tests.sync.hq.desks import Desk, stock_up
from tests.sync.tills import Chain, TillFolder


@pytest.fixture
def desk(chain: Chain, till: TillFolder) -> Desk:
    """A till of S001 whose guide has placed two orders, which HQ has."""
    till.close()
    stock_up(chain, "S001", "S002")
    made = Desk(chain, till.folder)
    assert [order(made), order(made)] == ["S001-1-V000001", "S001-1-V000002"]
    assert made.cycle().unsent == 0
    return made


def order(desk: Desk) -> str:
    """Place one; its number."""
    return valet.place(desk.till, (("A", 1),), None, None, 0, "G1").number


def moved(desk: Desk, code: str) -> None:
    """The same machine is enrolled somewhere, and its program begins there."""
    desk.till.close()
    desk.con.close()
    desk.enrol(code)
    assert desk.cycle().error is None
    desk.start()


def test_a_till_that_comes_back_to_its_place_goes_on_with_its_numbers(chain: Chain, desk: Desk) -> None:
    """Lent to another store for a weekend: each order after its return was refused as a bug, for good."""
    moved(desk, chain.code("S002", 1))
    assert order(desk) == "S002-1-V000001"
    desk.cycle()
    moved(desk, chain.code("S001", 1))
    assert order(desk) == "S001-1-V000003"
    desk.close()


def test_a_new_disk_goes_on_with_the_numbers_that_hq_has(chain: Chain, desk: Desk, tmp_path: Path) -> None:
    desk.close()
    fresh = Desk(chain, tmp_path / "fresh", chain.code("S001", 1))
    assert order(fresh) == "S001-1-V000003"
    fresh.close()


def test_an_hq_that_names_no_number_leaves_the_tills_own(chain: Chain, desk: Desk) -> None:
    """An older one; and orders that lie here unsent count too."""
    order(desk)
    with chain.database.write() as session:
        for row in session.exec(select(ValetOrderRow)):
            session.delete(row)
    moved(desk, chain.code("S001", 1))
    assert terminal.read(desk.con).next_valet_seq == 4
    desk.close()
