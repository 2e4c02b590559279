"""Orders and registrations that HQ puts aside and whose member is no id: nobody else is the worse for it."""

from __future__ import annotations

from typing import Any

import pytest

from posclient.domain.facts import MEMBER_REGISTERED, VALET_ORDER_PLACED
from sync.hq.chain_tables import MemberRow
from sync.hq.clock import UtcClock
from sync.hq.erasing import erase
from sync.protocol import FactMessage, SideRecord
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill
from tests.sync.hq.till_at_hq import TillAtHq, new_id


def aside(till: TillAtHq, kind: str, said: Any) -> tuple[FactMessage, SideRecord]:
    side, _digest = till.seal(new_id(), b"{}")
    fact = till.fact(kind, {"member": said})
    return fact, side.model_copy(update={"fact": fact.id})


@pytest.mark.parametrize("said", ["M1\\ud800", "\\udc00", "M\\u0000", "M" * 5000])
def test_an_order_whose_member_is_no_text_of_a_database_wedges_no_queue(
    new_till: NewTill, hq_server: HqServer, said: str
) -> None:
    """T-18. ``said`` is as JSON has it: half of a surrogate pair can be written there, and nowhere else."""
    till = new_till()
    fact, side = aside(till, VALET_ORDER_PLACED, "HERE")
    fact = till.reforged(fact, body=fact.body.replace("HERE", said))
    assert till.codes(fact, sides=[side]) == [("quarantined", "unreadable")]
    assert till.codes(till.sale()) == [("applied", None)]


@pytest.mark.parametrize("kind", [VALET_ORDER_PLACED, MEMBER_REGISTERED])
@pytest.mark.parametrize("said", [["M1"], {"id": "M1"}, None, 7])
def test_a_member_is_forgotten_whatever_lies_aside(
    new_till: NewTill, hq_server: HqServer, kind: str, said: Any
) -> None:
    """A newer till may say more of a member than an id, and this HQ puts that aside."""
    with hq_server.database.write() as session:
        session.add(MemberRow(id="M1", code="C1", phone_index="x", points=0, home_store="S001", data="{}"))
    till = new_till()
    fact, side = aside(till, kind, said)
    assert till.codes(fact, sides=[side]) == [("quarantined", "unreadable")]
    assert erase(hq_server.database, UtcClock(), "zhao", "M1").member == "M1"
