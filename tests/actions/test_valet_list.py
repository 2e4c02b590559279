"""An answer of HQ's that nobody has seen is in the list, however many orders were placed since."""

from __future__ import annotations

from posclient.actions import valet
from tests.actions.kidswear import TERMINAL, Shop, sku

COAT = sku("A001")
LIMIT = 50


def test_a_late_answer_to_an_old_order_is_not_cut_off(shop: Shop) -> None:
    """T-26: a week without a line, then HQ answers all of it at once."""
    placed = [valet.place(shop.till, ((COAT, 1),), None, None, 0, "G1").id for _ in range(LIMIT + 5)]
    at = shop.clock.now().isoformat()
    row = {"order": placed[0], "state": "rejected", "ships_from": None, "reason": "no_stock", "at": at}
    shop.hq.send(TERMINAL, ("valet_outcome", placed[0], row))
    found = valet.orders(shop.till, LIMIT)
    assert [(one.id, one.state) for one in found if one.changed] == [(placed[0], "rejected")]
    assert [one.id for one in found[:LIMIT]] == placed[: -LIMIT - 1 : -1]
    valet.acknowledge(shop.till, placed[0])
    assert [one.id for one in valet.orders(shop.till, LIMIT)] == placed[: -LIMIT - 1 : -1]
