"""A valet order that was committed is one, whatever becomes of the cache."""

from __future__ import annotations

from typing import Any

import pytest

from posclient.actions import valet
from posclient.db.live_cache import CURRENT_FILE
from tests.actions.kidswear import Shop, sku

COAT = sku("A001", "BLUE", "130")


def test_an_order_is_placed_also_where_the_cache_is_gone_behind_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """T-15: told that it failed, the guide placed it once more, and the customer got two."""
    record = valet._record

    def and_then(*given: Any) -> None:
        record(*given)
        (shop.folder / CURRENT_FILE).unlink()

    monkeypatch.setattr(valet, "_record", and_then)
    placed = valet.place(shop.till, ((COAT, 2),), "M1", None, 0, "G1")
    assert (placed.number, placed.state, placed.total) == ("S001-1-V000001", "unconfirmed", 2 * 23900)
    assert (placed.member_name, placed.guide_name, placed.changed) == ("王**", "林", False)
    assert shop.rows("SELECT count(*) FROM valet_order") == [(1,)]
