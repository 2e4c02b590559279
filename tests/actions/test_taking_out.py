"""Rung up, and taken out again before anybody paid (M7): in the audit at once, in the chain with what came of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from posclient.actions import checkout, payment, shift_report
from posclient.errors import DataError, InputError, NotFound, Refused
from tests.actions.kidswear import Shop, sku

COAT, SHIRT = sku("A001"), sku("T001")


def facts(shop: Shop) -> list[tuple[str, dict[str, Any]]]:
    """Kind and body of all facts."""
    return [(kind, json.loads(body)) for kind, body in shop.rows("SELECT kind, body FROM fact ORDER BY number")]


def told(body: dict[str, Any]) -> list[tuple[str, int, int, str]]:
    """SKU, pieces, price and person of a fact's removals."""
    return [(one["sku"], one["qty"], one["price"], one["by"]) for one in body["removals"]]


def pay(shop: Shop) -> None:
    payment.open(shop.till)
    payment.complete(shop.till, payment.pay(shop.till, "cash").cart_id)


def test_a_removed_line_and_fewer_pieces_go_with_the_sale(shop: Shop) -> None:
    checkout.add(shop.till, COAT)
    checkout.add(shop.till, SHIRT, 3)
    view = checkout.set_quantity(shop.till, "2", 1)
    assert (view.total, view.touched) == (25900 + 5900, "2")
    assert checkout.remove(shop.till, "1").total == 5900
    shop.clock.forward(minutes=1)
    pay(shop)
    ((kind, body),) = facts(shop)
    assert (kind, [line["sku"] for line in body["lines"]]) == ("SaleCompleted", [SHIRT])
    assert told(body) == [(SHIRT, 2, 5900, "G1"), (COAT, 1, 25900, "G1")]
    assert body["removals"][0]["at"] < body["at"]
    figures = shift_report.report(shop.till, shop.till.person()).figures
    acts = {one.action: (one.count, one.amount) for one in figures.acts}
    assert acts["remove_line"] == (2, 2 * 5900 + 25900)


def test_a_sale_from_which_nothing_was_taken_says_nothing(shop: Shop) -> None:
    """As all sales were before; and the next sale has none of the last one's."""
    checkout.add(shop.till, COAT)
    checkout.add(shop.till, SHIRT)
    checkout.remove(shop.till, "1")
    pay(shop)
    checkout.add(shop.till, SHIRT)
    checkout.set_quantity(shop.till, "1", 2)
    pay(shop)
    assert ["removals" in body for _, body in facts(shop)] == [True, False]


def test_a_cart_that_was_emptied_is_told_at_once(shop: Shop) -> None:
    """The last line goes, the money stays in the pocket; who comes next has another record."""
    checkout.add(shop.till, COAT)
    checkout.add(shop.till, SHIRT)
    checkout.remove(shop.till, "1")
    assert facts(shop) == []
    view = checkout.remove(shop.till, "2")
    ((kind, body),) = facts(shop)
    assert (kind, body["by"], body["reason"], body["store"]) == ("CartCleared", "G1", "", "S001")
    assert told(body) == [(COAT, 1, 25900, "G1"), (SHIRT, 1, 5900, "G1")]
    assert (view.lines, view.cart_id) == ((), body["cart"])
    checkout.add(shop.till, SHIRT)
    pay(shop)
    assert "removals" not in facts(shop)[1][1]


def test_a_cart_that_was_thrown_away_is_told_with_all_that_was_in_it(shop: Shop) -> None:
    checkout.add(shop.till, COAT)
    checkout.add(shop.till, SHIRT, 2)
    checkout.remove(shop.till, "1")
    checkout.void(shop.till, "顾客改主意")
    ((kind, body),) = facts(shop)
    assert (kind, body["reason"]) == ("CartCleared", "顾客改主意")
    assert told(body) == [(COAT, 1, 25900, "G1"), (SHIRT, 2, 5900, "G1")]
    checkout.void(shop.till, "")
    assert len(facts(shop)) == 1


def test_the_price_is_what_the_customer_would_have_paid_by_hand(shop: Shop) -> None:
    checkout.add(shop.till, COAT)
    checkout.set_price(shop.till, "1", 25000, "污渍")
    checkout.remove(shop.till, "1")
    assert told(facts(shop)[0][1]) == [(COAT, 1, 25000, "G1")]


def test_a_restart_keeps_what_was_taken_out(shop: Shop) -> None:
    """T-3: the plug is pulled right behind the removal."""
    checkout.add(shop.till, COAT)
    checkout.add(shop.till, SHIRT)
    checkout.remove(shop.till, "1")
    shop.reopen()
    assert [line.sku for line in checkout.view(shop.till).lines] == [SHIRT]
    pay(shop)
    assert told(facts(shop)[0][1]) == [(COAT, 1, 25900, "G1")]


def test_what_is_refused_leaves_no_trace(shop: Shop) -> None:
    checkout.add(shop.till, COAT, 2)
    with pytest.raises(InputError, match="quantity"):
        checkout.set_quantity(shop.till, "1", 0)
    with pytest.raises(NotFound, match="unknown_line"):
        checkout.remove(shop.till, "9")
    with pytest.raises(NotFound, match="unknown_line"):
        checkout.set_quantity(shop.till, "9", 1)
    payment.open(shop.till)
    with pytest.raises(Refused, match="paying"):
        checkout.remove(shop.till, "1")
    with pytest.raises(Refused, match="paying"):
        checkout.set_quantity(shop.till, "1", 1)
    assert shop.rows("SELECT count(*) FROM audit WHERE action = 'remove_line'") == [(0,)]
    assert checkout.view(shop.till).pieces == 2


def test_a_full_disk_keeps_the_line(shop: Shop) -> None:
    """T-5: what cannot be written down cannot be taken out."""
    checkout.add(shop.till, COAT)
    pages = shop.rows("PRAGMA page_count")[0][0]
    shop.till.db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(DataError):
        on_and_on(shop)
    shop.till.db.execute("PRAGMA max_page_count = 1000000")
    kept = [line.sku for line in checkout.view(shop.till).lines]
    assert kept == [COAT, SHIRT]
    assert checkout.remove(shop.till, checkout.view(shop.till).lines[-1].id).lines[0].sku == COAT


def on_and_on(shop: Shop) -> None:
    for _ in range(1000):
        checkout.add(shop.till, SHIRT)
        checkout.remove(shop.till, checkout.view(shop.till).lines[-1].id)
