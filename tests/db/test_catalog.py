from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from posclient.db import catalog, stock
from posclient.db.live_cache import LiveCache
from posclient.domain.catalog import Product, StockLevel
from posclient.domain.gtin import article_key
from posclient.errors import InputError
from tests.db.shop import NOW, caches, commit, enrolled, fill, on_sale, price, product, rows, sale


@pytest.fixture
def both(tmp_path: Path) -> tuple[LiveCache, LiveCache]:
    return caches(tmp_path)


def test_an_article_by_any_of_its_codes(both: tuple[LiveCache, LiveCache]) -> None:
    """T-37: leading zeros, UPC-A, EAN-13 and GTIN-14 of one article are one article."""
    cache, till = both
    on_sale(cache, product("A-1", gtins=["012345678905", "INHOUSE-7"]), product("A-2", gtins=["6901234567892"]))
    for code in ("012345678905", "0012345678905", "00012345678905", "INHOUSE-7", "A-1"):
        found = catalog.by_code(till, article_key(code), NOW)
        assert found is not None, code
        assert found.sku == "A-1", code
    assert catalog.by_code(till, "inhouse-7", NOW) is None
    assert catalog.by_code(till, "%", NOW) is None


def test_a_product_is_read_whole(both: tuple[LiveCache, LiveCache]) -> None:
    cache, till = both
    fill(cache, "global", *rows("product", [product("A-1", gtins=["6901234567892", "X"])], "sku"))
    fill(cache, "zone:z1", *rows("price", [price("A-1", 25_900, member_prices={"gold": 23_900})]))
    assert catalog.by_sku(till, "A-1", NOW) == Product(
        "A-1", "A", "男童羽绒服", "红", "110", "JOJO", "coat", 25_900, {"gold": 23_900},
        frozenset({"brand:JOJO", "category:coat"}), 1300, "6901234567892",
    )  # fmt: skip


def test_every_article_of_a_big_catalogue_is_found_offline(both: tuple[LiveCache, LiveCache]) -> None:
    """T-38: any of all SKUs, not only those of a loaded page."""
    cache, till = both
    on_sale(cache, *(product(f"A-{n}", gtins=[f"CODE{n}"]) for n in range(1001)))
    assert all(catalog.by_code(till, f"CODE{n}", NOW) for n in range(1001))


def test_a_code_that_two_articles_share_is_refused(both: tuple[LiveCache, LiveCache]) -> None:
    """S-2: never a silent wrong item."""
    cache, till = both
    on_sale(cache, product("A-1", gtins=["X"]), product("A-2", gtins=["X"]))
    with pytest.raises(InputError) as caught:
        catalog.by_code(till, "X", NOW)
    assert (caught.value.code, caught.value.params["skus"]) == ("ambiguous_code", ["A-1", "A-2"])


@pytest.mark.parametrize("sku", ["6901234567892", "06901234567892", "X"])
def test_a_barcode_that_is_the_sku_of_another_article_is_refused(both: tuple[LiveCache, LiveCache], sku: str) -> None:
    """S-2: the one with the barcode was sold, whichever of the two lay there."""
    cache, till = both
    on_sale(cache, product("A-1", gtins=["6901234567892", "X"]), product(sku, gtins=[]))
    for code in ("X",) if sku == "X" else ("6901234567892", "06901234567892"):
        with pytest.raises(InputError) as caught:
            catalog.by_code(till, code, NOW)
        assert (caught.value.code, caught.value.params["skus"]) == ("ambiguous_code", ["A-1", sku])


def test_an_article_whose_barcode_is_its_own_sku_is_one(both: tuple[LiveCache, LiveCache]) -> None:
    cache, till = both
    on_sale(cache, product("6901234567892", gtins=["6901234567892"]))
    found = catalog.by_code(till, "06901234567892", NOW)
    assert found is not None
    assert found.sku == "6901234567892"


def test_the_live_price_is_the_latest_from_then_the_greatest_id(both: tuple[LiveCache, LiveCache]) -> None:
    """T-25: prices flip at their instant, whenever they came, in whatever zone they are written."""
    cache, till = both
    fill(cache, "global", *rows("product", [product("A-1")], "sku"))
    midnight = datetime(2026, 12, 1, tzinfo=timezone(timedelta(hours=8)))
    fill(
        cache,
        "zone:z1",
        *rows(
            "price",
            [
                price("A-1", 100, "P1"),
                price("A-1", 200, "P2", **{"from": midnight.isoformat(), "until": None}),
                price("A-1", 300, "P3", **{"from": midnight.astimezone(UTC).isoformat()}),
                price("A-1", 400, "P4", **{"from": "2026-12-01T12:00:00+08:00", "until": "2026-12-01T13:00:00+08:00"}),
            ],
        ),
    )

    def at(moment: datetime) -> int:
        found = catalog.by_sku(till, "A-1", moment)
        assert found
        return found.price

    second = timedelta(seconds=1)
    assert at(midnight - second) == 100
    assert at(midnight) == 300
    assert at(midnight + timedelta(hours=12)) == 400
    assert at(midnight + timedelta(hours=13) - second) == 400
    assert at(midnight + timedelta(hours=13)) == 300


def test_the_next_change_of_a_price_is_known(both: tuple[LiveCache, LiveCache]) -> None:
    cache, till = both
    on_sale(cache, product("A-1"))
    assert catalog.price_changes(till, ["A-1", "A-2"], NOW) is None
    ends = NOW + timedelta(hours=2)
    fill(cache, "zone:z1", *rows("price", [price("A-1", 1, "P9", until=ends.isoformat())]))
    assert catalog.price_changes(till, ["A-1"], NOW) == int(ends.timestamp() * 1000)
    assert catalog.price_changes(till, ["A-1"], ends) is None


def test_an_article_without_a_price_is_not_sold(both: tuple[LiveCache, LiveCache]) -> None:
    cache, till = both
    fill(cache, "global", *rows("product", [product("A-1", gtins=["X"])], "sku"))
    for look in (catalog.by_code, catalog.by_sku):
        with pytest.raises(InputError, match="no_price"):
            look(till, "A-1", NOW)
    assert catalog.by_skus(till, ["A-1", "B-1"], NOW) == {}
    assert catalog.by_style(till, "A", NOW) == []


def test_a_style_with_all_its_articles(both: tuple[LiveCache, LiveCache]) -> None:
    cache, till = both
    on_sale(cache, product("J26A-RED"), product("J26A-BLUE"), product("J26B-RED"))
    assert [one.sku for one in catalog.by_style(till, "j26a", NOW)] == ["J26A-RED", "J26A-BLUE"]
    assert set(catalog.by_skus(till, ["J26A-RED", "J26B-RED"], NOW)) == {"J26A-RED", "J26B-RED"}


def test_stock_counts_own_sales_until_hq_does(tmp_path: Path) -> None:
    cache, till = caches(tmp_path)
    con = enrolled(tmp_path)
    fill(cache, "zone:z1", *rows("stock", [{"sku": "SKU-0", "qty": {"S001": 10, "S002": 3, "W": 0}}], "sku"))
    assert stock.levels(till, con, ["SKU-0"], "S001")["SKU-0"] == StockLevel("SKU-0", 10, {"S002": 3, "W": 0})
    commit(con, sale("sale-1", 1))
    commit(con, sale("sale-2", 2))
    found = stock.levels(till, con, ["SKU-0", "SKU-2", "none"], "S001")
    assert {sku: level.here for sku, level in found.items()} == {"SKU-0": 6, "SKU-2": -4, "none": 0}
    fill(cache, "zone:z1", *rows("stock", [{"sku": "SKU-0", "qty": {"S001": 8}}], "sku"), applied_seq=1)
    assert stock.levels(till, con, ["SKU-0"], "S001")["SKU-0"].here == 6
    fill(cache, "zone:z1", applied_seq=2)
    assert stock.levels(till, con, ["SKU-0"], "S001")["SKU-0"].here == 8


def test_the_age_of_stock(both: tuple[LiveCache, LiveCache]) -> None:
    cache, till = both
    assert stock.checked_ms(till) is None
    fill(cache, "zone:z1")
    assert stock.checked_ms(till) == int(NOW.timestamp() * 1000)
