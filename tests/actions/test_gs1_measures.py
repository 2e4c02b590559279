"""What is priced by its weight is not sold as one piece (S-2)."""

from __future__ import annotations

import pytest

from posclient.actions import checkout
from posclient.actions.views import ScanKind
from posclient.domain.gtin import check_digit
from tests.actions.kidswear import GLOBAL, Shop, product_row

_BODY = "9690000000123"
#: Its first digit says that each piece weighs something else (GS1 General Specifications, 2.1.10).
VARIABLE = f"{_BODY}{check_digit(_BODY)}"
FIXED = f"0691000000012{check_digit('0691000000012')}"


@pytest.fixture
def selling(shop: Shop) -> Shop:
    shop.hq.send(GLOBAL, product_row("MEAT", "肉", gtins=[VARIABLE]), product_row("BAG", "包", gtins=[FIXED]))
    shop.hq.price("MEAT", 2000, "q-meat")
    shop.hq.price("BAG", 500, "q-bag")
    return shop


@pytest.mark.parametrize(
    "text",
    [
        f"(01){VARIABLE}(3103)001500",
        f"]C101{VARIABLE}3103001500",
        f"(01){VARIABLE}(3103)001500(3922)4500",
        f"(01){FIXED}(3922)4500",
    ],
)
def test_a_weight_or_amount_that_is_not_read_is_no_piece_at_the_list_price(selling: Shop, text: str) -> None:
    """1.5 kg of what costs 20.00 a kilogram were rung up as 20.00, and a label of 45.00 too."""
    found = checkout.scan(selling.till, text)
    assert (found.kind, found.code, found.view.lines) == (ScanKind.REFUSED, "gs1_by_measure", ())


def test_the_weight_of_a_piece_is_only_told(selling: Shop) -> None:
    """Every bag of this article weighs the same: a price by piece is its price. So is the bare number of the other."""
    assert checkout.scan(selling.till, f"(01){FIXED}(3103)001500").view.total == 500
    assert checkout.scan(selling.till, VARIABLE).kind is ScanKind.PRODUCT
