"""The demo chain is whole, valid and the same each time."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import pytest

from resources.demo import write_chain

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chain")
    write_chain(folder, TODAY)
    return folder


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def check_digit_holds(gtin: str) -> bool:
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(gtin)) % 10 == 0


def test_has_three_thousand_skus_of_three_hundred_styles_with_valid_barcodes(chain: Path) -> None:
    products = rows(chain, "products")
    assert len(products) == len({row["sku"] for row in products}) == len({row["gtin"] for row in products}) == 3000
    assert len({row["style"] for row in products}) == 300
    assert all(len(row["gtin"]) == 13 and check_digit_holds(row["gtin"]) for row in products)


def test_has_nine_staff_with_pins_of_their_own_and_a_thousand_members(chain: Path) -> None:
    staff = rows(chain, "staff")
    assert len(staff) == len({row["pin"] for row in staff}) == 9
    members = rows(chain, "members")
    assert len(members) == len({row["phone"] for row in members}) == 1000
    assert all(len(row["phone"]) == 11 for row in members)
    assert sum(row["phone"].endswith("1234") for row in members) >= 3


def test_shows_every_kind_of_promotion_and_coupon(chain: Path) -> None:
    promotions = {json.loads(row["rule"])["kind"] for row in rows(chain, "promotions")}
    assert promotions == {"percent_off", "amount_off", "fixed_price", "nth_unit", "bundle_price", "spend_save"}
    coupons = rows(chain, "coupons")
    assert {json.loads(row["rule"])["kind"] for row in coupons} == {"exchange", "percent_off", "amount_off"}
    first = {row["template"] for row in coupons if row["member"] == "JM26000001"}
    assert first == {row["id"] for row in rows(chain, "coupon_templates")}


def test_leaves_gaps_in_the_store_that_the_warehouse_can_fill(chain: Path) -> None:
    stock = {(row["store"], row["sku"]): int(row["qty"]) for row in rows(chain, "stock")}
    out_here = [sku for store, sku in stock if store == "S001" and stock[store, sku] == 0]
    assert len(out_here) > 300
    assert sum(stock["W001", sku] > 0 for sku in out_here) > 200


def test_is_the_same_for_the_same_day(chain: Path, tmp_path: Path) -> None:
    write_chain(tmp_path, TODAY)
    for file in chain.iterdir():
        assert (tmp_path / file.name).read_bytes() == file.read_bytes()
