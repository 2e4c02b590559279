"""Stock is looked up while a first load takes over: from the one cache or the other, never from a closed file."""

from __future__ import annotations

from pathlib import Path

import pytest

from posclient.db import live_cache, stock
from posclient.db.connection import Connection
from posclient.db.live_cache import LiveCache
from posclient.db.own_effects import Missing, missing
from tests.db.shop import caches, enrolled, fill, rows


def test_a_cache_that_is_swapped_between_two_articles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer, reader = caches(tmp_path)
    con = enrolled(tmp_path)
    skus = [f"SKU-{n}" for n in range(3)]
    fill(writer, "zone:z1", *rows("stock", [{"sku": sku, "qty": {"S001": 10}} for sku in skus], "sku"))
    assert [one.here for one in stock.levels(reader, con, skus, "S001").values()] == [10, 10, 10]

    def swapping(cache: LiveCache, till: Connection, seq: int) -> Missing:
        live_cache.renew(tmp_path)
        return missing(cache, till, seq)

    monkeypatch.setattr(stock, "missing", swapping)
    assert [one.here for one in stock.levels(reader, con, skus, "S001").values()] == [10, 10, 10]
