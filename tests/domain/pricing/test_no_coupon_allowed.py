"""Many exchange coupons in a sale that may take none of them: a price all the same."""

from __future__ import annotations

from typing import Any

import pytest

from posclient.domain.pricing import price, quote_json, read_basket
from tests.domain.pricing.oracle import price_slowly


@pytest.mark.parametrize("rules", [{"max_coupons": 0}, {"max_coupons": 3, "group_max": {"g": 0}}])
@pytest.mark.parametrize("coupons", [6, 12])
def test_exchange_coupons_that_no_set_may_hold_are_left_unused(rules: dict[str, Any], coupons: int) -> None:
    """A rule of 0, of the sale or of their group, is how HQ pauses them. It ended in a ValueError."""
    basket = {
        "at": "2026-11-21T14:03:00+08:00",
        "store": "S001",
        "lines": [{"id": f"{n}", "sku": f"S{n}", "qty": 1, "price": 100 + n} for n in range(3)],
        "coupons": [{"id": f"K{n:02}", "kind": "exchange", "price": n, "group": "g"} for n in range(coupons)],
        "rules": rules,
    }
    assert quote_json(price(read_basket(basket))) == price_slowly(basket)
