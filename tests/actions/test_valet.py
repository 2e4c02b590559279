"""Valet orders: placed here, answered by HQ, shown when the answer comes."""

from __future__ import annotations

import json

import pytest

from posclient.actions import checkout, valet
from posclient.actions.views import ScanKind
from posclient.db import sealing
from posclient.domain.private import side_hash
from posclient.domain.valet import Address
from posclient.errors import DataError, InputError, NotFound, Refused
from tests.actions.kidswear import OWN_KEY, STORE, TERMINAL, ZONE, Shop, sku

HOME = Address("王女士", "139 1234 1234", "南京路 2 号 301")
COAT = sku("A001", "BLUE", "130")


def test_the_grid_shows_this_stores_stock_and_the_others(shop: Shop) -> None:
    grid = valet.grid(shop.till, COAT)
    assert (grid.colors, grid.sizes) == (("红", "蓝"), ("110", "120", "130"))
    cell = grid.cells["蓝", "130"]
    assert (cell.sku, cell.here, cell.others, dict(cell.elsewhere)) == (COAT, 5, 43, {"S002": 3, "W001": 40})
    assert grid.store_names["W001"] == "中央仓"
    assert cell.expected == "W001"
    shop.clock.forward(minutes=10)
    assert valet.grid(shop.till, COAT).stock_age_s == 600


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ({"S002": 9, "W001": 1}, "W001"),
        ({"S001": 2, "S002": 9}, "S002"),
        ({"S001": 9, "S002": 2}, "S001"),
        ({"S002": 2, "S003": 2, "W009": 1}, "S002"),
        ({"S002": -1, "W001": 0}, None),
        ({}, None),
    ],
)
def test_the_place_that_is_told_is_the_one_that_hq_would_choose(
    shop: Shop, pieces: dict[str, int], expected: str | None
) -> None:
    shop.hq.send(ZONE, ("stock", COAT, {"sku": COAT, "qty": pieces}))
    assert valet.grid(shop.till, COAT).cells["蓝", "130"].expected == expected


def test_what_the_customer_was_told_goes_with_the_order(shop: Shop) -> None:
    """And stands in the list for as long as the fact's body is here."""
    valet.place(shop.till, ((COAT, 1),), None, None, 0, "G1", "W001")
    valet.place(shop.till, ((COAT, 1),), None, None, 0, "G1")
    bodies = [json.loads(body) for (body,) in shop.rows("SELECT body FROM fact ORDER BY number")]
    assert [one.get("expected", "") for one in bodies] == ["W001", ""]
    assert [one.expected_name for one in valet.orders(shop.till, 5)] == ["", "中央仓"]
    shop.till.db.execute("UPDATE fact SET body = x''")
    assert [one.expected_name for one in valet.orders(shop.till, 5)] == ["", ""]


def test_an_order_is_priced_as_in_the_store(shop: Shop) -> None:
    shop.hq.promotion({"id": "P1", "kind": "percent_off", "bp": 1000, "include": ["category:coat"]})
    assert valet.quote(shop.till, ((COAT, 1),), None, 0) == 23310
    assert valet.quote(shop.till, ((COAT, 1),), "M1", 1000) == 23900 - 2390 - 1000
    shop.hq.setting("valet_steps", [500, 0])
    shop.till.reference.refresh()
    assert valet.discount_steps(shop.till) == (0, 500)


def test_placing_writes_a_fact_without_personal_data(shop: Shop) -> None:
    placed = valet.place(shop.till, ((COAT, 2),), "M1", HOME, 2000, "G1")
    assert (placed.number, placed.state, placed.total) == ("S001-1-V000001", "unconfirmed", 2 * 23900 - 2000)
    assert (placed.member_name, placed.guide_name, placed.changed) == ("王**", "林", False)
    (body,) = shop.rows("SELECT body FROM fact WHERE kind = 'ValetOrderPlaced'")[0]
    assert not any(word in body.decode() for word in ("王女士", "13912341234", "南京路"))
    told = json.loads(body)
    salt, sealed, own = shop.rows("SELECT salt, sealed, own FROM side_record")[0]
    assert told["side"] == side_hash(salt, sealed)
    assert sealing.open_own(OWN_KEY, own) == {"name": "王女士", "phone": "13912341234", "text": "南京路 2 号 301"}
    assert told["own_guide"] == "G2"
    assert sum(share["amount"] for share in told["shares"]) == placed.total


def test_the_guides_discount_stays_within_the_months_allowance(shop: Shop) -> None:
    assert valet.allowance(shop.till, "G1") == 5000
    valet.place(shop.till, ((COAT, 1),), None, None, 3000, "G1")
    assert valet.allowance(shop.till, "G1") == 2000
    with pytest.raises(Refused, match="allowance") as refused:
        valet.place(shop.till, ((COAT, 1),), None, None, 3000, "G1")
    assert refused.value.params["left"] == 2000
    assert valet.allowance(shop.till, "G2") == 0
    shop.clock.forward(days=30)
    assert valet.allowance(shop.till, "G1") == 0, "HQ named none for that month"


def test_hqs_answer_is_shown_until_somebody_has_seen_it(shop: Shop) -> None:
    placed = valet.place(shop.till, ((COAT, 1),), "M2", HOME, 1000, "G1")
    answer = {
        "order": placed.id,
        "state": "confirmed",
        "ships_from": "W001",
        "reason": "",
        "at": "2026-11-21T15:00:00+08:00",
    }
    shop.hq.send(TERMINAL, ("valet_outcome", placed.id, answer))
    (listed,) = valet.orders(shop.till, 10)
    assert (listed.state, listed.ships_from_name, listed.changed) == ("confirmed", "中央仓", True)
    assert not valet.acknowledge(shop.till, placed.id).changed
    assert not shop.reopen().db.in_transaction
    assert not valet.orders(shop.till, 10)[0].changed


def test_a_rejected_orders_discount_is_free_again(shop: Shop) -> None:
    placed = valet.place(shop.till, ((COAT, 1),), None, None, 3000, "G1")
    answer = {
        "order": placed.id,
        "state": "rejected",
        "ships_from": None,
        "reason": "no_stock",
        "at": "2026-11-21T15:00:00+08:00",
    }
    shop.hq.send(TERMINAL, ("valet_outcome", placed.id, answer))
    assert valet.allowance(shop.till, "G1") == 5000


def test_an_order_is_found_by_its_number(shop: Shop) -> None:
    placed = valet.place(shop.till, ((COAT, 1),), None, None, 0, "G1")
    found = checkout.scan(shop.till, placed.number)
    assert (found.kind, dict(found.params or {})) == (ScanKind.VALET, {"order": placed.id})


def test_a_code_is_an_article_or_nothing(shop: Shop) -> None:
    (gtin,) = shop.till.reference.cache.con.execute("SELECT gtins FROM product WHERE key = ?", (COAT,)).fetchone()
    assert valet.find(shop.till, gtin) == COAT
    assert valet.find(shop.till, "QLM1") is None
    assert valet.find(shop.till, "") is None


def test_what_cannot_be_ordered(shop: Shop) -> None:
    with pytest.raises(InputError, match="address"):
        valet.place(shop.till, ((COAT, 1),), None, Address("", "13912341234", "南京路"), 0, "G1")
    with pytest.raises(InputError, match="phone"):
        valet.place(shop.till, ((COAT, 1),), None, Address("王", "call me", "南京路"), 0, "G1")
    with pytest.raises(NotFound, match="unknown_product"):
        valet.quote(shop.till, (("X", 1),), None, 0)
    with pytest.raises(NotFound, match="unknown_member"):
        valet.quote(shop.till, ((COAT, 1),), "X", 0)
    with pytest.raises(NotFound, match="unknown_staff"):
        valet.place(shop.till, ((COAT, 1),), None, None, 0, "X")
    with pytest.raises(NotFound, match="unknown_order"):
        valet.acknowledge(shop.till, "X")
    with pytest.raises(InputError, match="empty_cart"):
        valet.quote(shop.till, (), None, 0)
    with pytest.raises(InputError, match="discount"):
        valet.quote(shop.till, ((COAT, 1),), None, -1)
    shop.hq.send(STORE, ("allowance", "G1/2026-11", {"guide": "G1", "month": "2026-11", "amount": 10**7}))
    with pytest.raises(InputError, match="discount"):
        valet.place(shop.till, ((COAT, 1),), None, None, 25901, "G1")
    shop.till.own.drop()
    with pytest.raises(DataError, match="no_own_key"):
        valet.place(shop.till, ((COAT, 1),), None, HOME, 0, "G1")
    assert shop.rows("SELECT count(*) FROM fact") == [(0,)]
