"""Settings of HQ: each is taken as sent, or, where it makes no sense, as if it had not been sent."""

from __future__ import annotations

from typing import Any

import pytest

from posclient.actions.shop_settings import ClaimedForm, ShopSettings, read_shop_settings
from posclient.domain.codes import EmbeddedRule, check_digit, parse
from posclient.domain.embedded import Embedded

SENT: dict[str, Any] = {
    "cash_rounding": 10, "guide_required": True, "max_coupons": 3, "group_max": {"newcomer": 2}, "own_guide_bp": 2000,
    "points_per_yuan": 2, "discount_limit_bp": 1000, "valet_steps": [500, 0], "return_rules": "七天",
    "embedded_codes": [{"prefix": "22", "layout": "PPIIIIIVVVVVK"}], "default_tier": "silver",
    "claimed_codes": [{"prefix": "QL", "length": 10}],
}  # fmt: skip


def test_what_is_sent_counts() -> None:
    assert read_shop_settings(SENT) == ShopSettings(
        10, True, 3, {"newcomer": 2}, 2000, 2, 1000, (0, 500), "七天", (EmbeddedRule("22", "PPIIIIIVVVVVK"),),
        (ClaimedForm("QL", 10),), "silver",
    )  # fmt: skip
    assert read_shop_settings({}) == ShopSettings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cash_rounding", 7),
        ("cash_rounding", True),
        ("cash_rounding", "10"),
        ("guide_required", 1),
        ("max_coupons", -1),
        ("max_coupons", 2.0),
        ("group_max", {"a": -1}),
        ("group_max", [1]),
        ("group_max", {"a": True}),
        ("own_guide_bp", 10_001),
        ("points_per_yuan", None),
        ("discount_limit_bp", "all"),
        ("valet_steps", []),
        ("valet_steps", [-1]),
        ("valet_steps", 5),
        ("return_rules", 5),
        ("embedded_codes", [{"prefix": "22"}]),
        ("embedded_codes", "x"),
        ("embedded_codes", ["x"]),
        ("claimed_codes", [{"prefix": 1, "length": 2}, {"prefix": "Q"}, "x"]),
        ("default_tier", None),
    ],
)
def test_nonsense_counts_as_not_sent(name: str, value: object) -> None:
    """S-11: a slip at HQ must not stop sales."""
    assert read_shop_settings({name: value}) == ShopSettings()


def test_a_price_label_of_a_later_hq_takes_no_other_one_with_it() -> None:
    """Nor does the rule with a shorter prefix read a price into it, which would be another one."""
    rules = [{"prefix": "22", "layout": "PPIIIIIVVVVVK"}, {"prefix": "229", "layout": "PPPIIIIQQVVVK"}]
    read = read_shop_settings({"embedded_codes": rules}).embedded_codes
    known, zeros, later = (head + str(check_digit(head)) for head in ("221234501999", "221234500000", "229123401999"))
    assert parse(known, read).embedded == Embedded((zeros, "2212345"), 1999, None)
    assert (parse(later, read).embedded, parse(later, read).problem) == (None, "embedded_unread")


def test_a_claimed_code_has_the_chains_form() -> None:
    form = ClaimedForm("QL", 6)
    assert [form.fits(text) for text in ("QL1234", "QL12345", "XL1234", "QL12 4", "QL京123")] == [
        True,
        False,
        False,
        False,
        False,
    ]
