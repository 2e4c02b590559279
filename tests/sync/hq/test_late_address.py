"""A member was forgotten, and a till that was offline sends what lay beside its facts about them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from posclient.actions import members, valet
from posclient.domain.valet import Address
from sync.hq.erasing import erase
from sync.hq.fact_tables import Quarantine, SideRow, ValetOrderRow
from tests.sync.hq.desks import Desk, stock_up
from tests.sync.tills import Chain, stored

PHONE, NAME, STREET = "13912345678", "王小明", "解放路八号"


@pytest.fixture
def desk(chain: Chain, tmp_path: Path) -> Iterator[Desk]:
    stock_up(chain, "S001")
    made = Desk(chain, tmp_path / "till")
    yield made
    made.close()


def ordered(desk: Desk) -> str:
    """An order to the address of a member whom HQ knows, which HQ has not."""
    members.register(desk.till, PHONE, NAME)
    member = desk.till.selling.cart.member
    assert member is not None
    desk.sync()
    valet.place(desk.till, [("A", 1)], member, Address(NAME, PHONE, STREET), 0, "G1")
    return member


def nothing_is_left(desk: Desk, chain: Chain) -> None:
    assert stored(chain, SideRow) == []
    assert desk.con.execute("SELECT count(*) FROM side_record").fetchone()[0] == 0


def test_the_address_of_an_order_that_comes_late_is_not_kept(desk: Desk, chain: Chain) -> None:
    member = ordered(desk)
    erase(chain.database, chain.clock, "", member)
    desk.sync()
    nothing_is_left(desk, chain)
    assert [one.member for one in stored(chain, ValetOrderRow)] == [member]


def test_the_address_of_an_order_in_quarantine_goes_too(
    desk: Desk, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-14: nor does it come back when somebody tries the order again."""
    member = ordered(desk)
    with monkeypatch.context() as patched:
        patched.setattr("sync.hq.effects.valet._route", lambda *_order: 1 / 0)
        desk.sync()
    assert len(stored(chain, Quarantine)) == 1
    erase(chain.database, chain.clock, "", member)
    desk.sync()
    nothing_is_left(desk, chain)
    assert chain.hq.try_again("zhao", stored(chain, Quarantine)[0].number).outcome == "applied"
    desk.sync()
    nothing_is_left(desk, chain)
