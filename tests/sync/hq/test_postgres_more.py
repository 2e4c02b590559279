"""What PostgreSQL has no room for in an index is put aside alone, whichever text of a fact it is."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest

from posclient.domain.facts import CART_CLEARED, SALE_COMPLETED
from tests.sync.conftest import HqServer
from tests.sync.hq.test_postgres import on_postgres, server  # noqa: F401  (fixtures)
from tests.sync.hq.till_at_hq import TillAtHq

LONG = secrets.token_hex(2000)
REMOVAL = {"line": "L", "sku": "A", "name": "Tea", "qty": 1, "price": 100, "by": None, "at": LONG}


@pytest.mark.parametrize("odd", [{"at": LONG}, {"claimed_code": LONG}, {"removals": [REMOVAL]}])
def test_a_sale_whose_text_no_index_has_room_for(server: HqServer, odd: dict[str, Any]) -> None:  # noqa: F811
    """T-18: it would be refused with each batch that it is in, for ever."""
    till = TillAtHq(server.url, server.code())
    shown = json.loads(till.sale().body)
    till.seq, till.previous = 0, till.before
    batch = [till.fact(SALE_COMPLETED, shown | odd), till.sale()]
    assert [outcome for outcome, _ in till.codes(*batch)] == ["quarantined", "applied"]
    till.close()


def test_a_cleared_cart_whose_text_no_index_has_room_for(server: HqServer) -> None:  # noqa: F811
    till = TillAtHq(server.url, server.code())
    body = {
        "cart": "C", "store": "S001", "at": "t", "business_date": "2026-11-21", "by": None, "reason": "",
        "removals": [REMOVAL],
    }  # fmt: skip
    batch = [till.fact(CART_CLEARED, body), till.sale()]
    assert [outcome for outcome, _ in till.codes(*batch)] == ["quarantined", "applied"]
    till.close()
