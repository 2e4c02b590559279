"""A search names what can be bought, however much of the catalogue is no longer sold."""

from __future__ import annotations

from pathlib import Path

import pytest

from posclient.db.live_cache import LiveCache
from posclient.db.product_search import Found, search
from tests.db.shop import NOW, caches, fill, on_sale, product, rows

OLD, LIMIT = 130, 50


@pytest.fixture
def cache(tmp_path: Path) -> LiveCache:
    """The coats of seasons that are over, which HQ lists still, before the three of this one."""
    writer, reader = caches(tmp_path)
    gone = [product(f"C24-{n:03}", "羽绒服", initials="yrf") for n in range(OLD)]
    fill(writer, "global", *rows("product", gone, "sku"))
    on_sale(writer, *(product(f"C26-{n}", "羽绒服", initials="yrf") for n in range(3)))
    return reader


@pytest.mark.parametrize("text", ["羽绒", "yrf", "rf", "C2"])
def test_what_is_over_does_not_crowd_out_what_is_on_sale(cache: LiveCache, text: str) -> None:
    """T-26, T-38: by name, initials, a part of them, or the beginning of the SKU."""
    found = search(cache, text, NOW, LIMIT)
    assert [one.sku for one in found.products] == ["C26-0", "C26-1", "C26-2"]
    assert not found.more, "nothing else can be bought"


def test_a_list_that_ends_counts_what_is_on_sale(tmp_path: Path) -> None:
    writer, reader = caches(tmp_path)
    gone = [product(f"A-{n:03}", "羽绒服") for n in range(OLD)]
    fill(writer, "global", *rows("product", gone, "sku"))
    on_sale(writer, *(product(f"B-{n}", "羽绒服") for n in range(5)))

    def ends(limit: int) -> tuple[int, bool]:
        found: Found = search(reader, "羽绒服", NOW, limit)
        return len(found.products), found.more

    assert [ends(limit) for limit in (4, 5, 6)] == [(4, True), (5, False), (5, False)]
