"""Who registers again in another store is served there as the member they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from posclient.actions import checkout, members
from sync.hq.chain_tables import MemberAlias
from sync.hq.feeds import GLOBAL, Change
from sync.hq.lease_tables import LossRow
from tests.sync.hq.desks import Desk, stock_up
from tests.sync.tills import Chain, stored

PHONE, NAME = "13912345678", "王小明"
TEMPLATE = {
    "id": "T1", "name": "新人券", "rule": {"kind": "amount_off", "amount": 3000}, "valid_days": 30, "newcomer": True,
}  # fmt: skip


@pytest.fixture
def desks(chain: Chain, tmp_path: Path) -> Iterator[tuple[Desk, Desk, Desk]]:
    """A till of S001, and two of S002."""
    chain.code("S002")
    stock_up(chain, "S001", "S002")
    chain.publish(Change(GLOBAL, "coupon_template", "T1", TEMPLATE))
    made = (
        Desk(chain, tmp_path / "till"), Desk(chain, tmp_path / "away", chain.code("S002")),
        Desk(chain, tmp_path / "beside", chain.code("S002")),
    )  # fmt: skip
    yield made
    for one in made:
        one.close()


def registered(desk: Desk) -> str:
    members.register(desk.till, PHONE, NAME)
    made = desk.till.selling.cart.member
    assert made is not None
    return made


def coupons(desk: Desk, member: str) -> list[int]:
    """What each coupon takes off that this till offers them."""
    card = checkout.set_member(desk.till, member).member
    assert card is not None
    return [one.amount for one in card.coupons]


def test_who_registers_again_elsewhere_is_a_guest_there(desks: tuple[Desk, Desk, Desk], chain: Chain) -> None:
    """protocol.md, members: points and coupons are united. What they used at home they do not have here once more."""
    home, away, beside = desks
    older = registered(home)
    checkout.add(home.till, "A")
    assert coupons(home, older) == [3000]
    home.pay()
    home.sync()
    newer = registered(away)
    checkout.add(away.till, "A")
    assert coupons(away, newer) == [3000]
    checkout.set_member(away.till, None)
    away.sync()
    beside.sync()
    assert [(one.old, one.new) for one in stored(chain, MemberAlias)] == [(newer, older)]
    for desk in (away, beside):
        (found,) = members.find(desk.till, PHONE)
        assert found.id == older
        assert coupons(desk, older) == []
        card = checkout.view(desk.till).member
        assert card is not None
        assert card.member.points == 20
    away.pay()
    away.sync()
    assert stored(chain, LossRow) == []
