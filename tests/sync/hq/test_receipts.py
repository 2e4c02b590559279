"""Numbers of receipts and valet orders in a slot that another machine takes over."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from posclient.actions import valet
from posclient.domain.facts import VALET_ORDER_PLACED, valet_order_placed
from posclient.domain.valet import ValetLine, ValetOrder
from sync.hq.bodies import READERS
from sync.protocol import FactMessage
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill
from tests.sync.hq.desks import Desk, stock_up
from tests.sync.hq.till_at_hq import STAMP, TillAtHq, new_id
from tests.sync.tills import Chain


def test_no_number_of_a_sale_in_quarantine_is_given_again(
    new_till: NewTill, hq_server: HqServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-1: the sale is on paper, and is to count once HQ can read it."""
    till = new_till()
    till.push(till.sale())
    with monkeypatch.context() as patched:
        patched.delitem(READERS, ("SaleCompleted", 1))
        assert till.codes(till.sale(), till.sale()) == [("quarantined", "unknown_kind")] * 2
    assert new_till("S001", 1).me.next_receipt_seq == 4


def test_numbers_of_a_till_that_was_shut_out_are_not_given_again(new_till: NewTill, hq_server: HqServer) -> None:
    till = new_till()
    till.push(till.sale())
    hq_server.hq.revoke("S001-1")
    assert till.codes(till.sale(), till.sale()) == [("quarantined", "revoked")] * 2
    assert new_till("S001", 1).me.next_receipt_seq == 4


@pytest.mark.parametrize(
    "body", ["", "[]", '{"seq": "7"}', '{"seq": true}', '{"seq": 1e400}', '{"seq": ' + "9" * 40 + "}"]
)
def test_what_is_no_number_counts_for_nothing(new_till: NewTill, hq_server: HqServer, body: str) -> None:
    till = new_till()
    till.push(till.sale())
    odd = till.reforged(till.sale(), body=body or "{}")
    assert till.codes(odd) == [("quarantined", "unreadable")]
    assert new_till("S001", 1).me.next_receipt_seq == 2


def ordered(till: TillAtHq, number: str) -> FactMessage:
    lines = (ValetLine("A", "Coat", "", 1, 1000),)
    at = datetime(2026, 11, 21, 14, 3, tzinfo=UTC)
    order = ValetOrder(new_id(), number, at, till.me.store, lines, 0, 1000, "G1", None, None, ())
    return till.fact(VALET_ORDER_PLACED, valet_order_placed(order, None, STAMP))


def test_no_number_of_a_valet_order_is_given_again(
    new_till: NewTill, hq_server: HqServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-1: another machine, or a disk that was put back, has not the orders of before. Goods go by number."""
    till, other = new_till(), new_till()
    assert till.me.next_valet_seq == 1
    other.push(ordered(other, "S001-2-V000077"))
    till.push(
        *(ordered(till, number) for number in ("S001-1-V000009", "S001-1-V000010", "S001-2-V000088", "S001-1-Vx"))
    )
    assert new_till("S001", 1).me.next_valet_seq == 11
    with monkeypatch.context() as patched:
        patched.delitem(READERS, ("ValetOrderPlaced", 1))
        other.push(ordered(other, "S001-2-V000078"))
    assert new_till("S001", 2).me.next_valet_seq == 79


def test_a_machine_goes_on_with_the_numbers_of_the_one_before(chain: Chain, tmp_path: Path) -> None:
    stock_up(chain, "S001")
    desk = Desk(chain, tmp_path / "till")
    first = valet.place(desk.till, [("A", 1)], None, None, 0, "G1")
    desk.sync()
    desk.close()
    newer = Desk(chain, tmp_path / "newer", chain.code("S001", 1))
    second = valet.place(newer.till, [("A", 1)], None, None, 0, "G1")
    assert (first.number, second.number) == ("S001-1-V000001", "S001-1-V000002")
    newer.close()
