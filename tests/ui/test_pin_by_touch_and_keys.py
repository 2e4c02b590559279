"""A manager's PIN for one act, begun by touch and ended by keys."""

from __future__ import annotations

from tests.ui.conftest import Counter
from tests.ui.test_approval import before_payment


def test_digits_by_touch_and_by_keys_are_one_pin(selling: Counter) -> None:
    """The touch took the focus from the field: what was typed after it went nowhere, and Enter tried half a PIN."""
    before_payment(selling)
    for _ in range(2):
        selling.click(selling.button("9"))
    selling.type("99\n")
    assert selling.cart.paying


def test_a_touch_beside_the_field_leaves_it_the_keys(selling: Counter) -> None:
    before_payment(selling)
    selling.click(selling.window.front)
    selling.type("9999\n")
    assert selling.cart.paying
