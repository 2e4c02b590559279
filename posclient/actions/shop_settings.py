"""What the shop decides and HQ sends (docs/architecture.md, settings).

A value of the wrong form counts as not sent: a slip at HQ must not stop sales.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from posclient.domain.codes import EmbeddedRule, read_sent_rules
from posclient.domain.money import MOST
from posclient.domain.points import NO_WORTH, Worth

#: In one sale; of a group, more are as many.
MOST_COUPONS = 100


@dataclass(frozen=True, slots=True)
class ClaimedForm:
    """How member codes of the chain look: one that is unknown here may be claimed (protocol.md, members)."""

    prefix: str
    length: int

    def fits(self, text: str) -> bool:
        return len(text) == self.length and text.startswith(self.prefix) and text.isascii() and text.isalnum()


@dataclass(frozen=True, slots=True)
class ShopSettings:
    """``cash_rounding`` in fen, ``..._bp`` in basis points. ``discount_limit_bp``: a cashier's own power.

    ``coupon_online_over``: coupons of a greater face value (fen) are good online alone, 0: all are good offline.
    ``coupon_override_cap``: fen a day that managers may let this till give on coupons it has no right to.
    ``points_worth``: what points are worth as a tender.
    """

    cash_rounding: int = 1
    guide_required: bool = False
    max_coupons: int = 1
    group_max: Mapping[str, int] = field(default_factory=dict)
    own_guide_bp: int = 0
    points_per_yuan: int = 1
    discount_limit_bp: int = 10_000
    valet_steps: tuple[int, ...] = (0, 1000, 2000, 3000)
    return_rules: str = ""
    embedded_codes: tuple[EmbeddedRule, ...] = ()
    claimed_codes: tuple[ClaimedForm, ...] = ()
    default_tier: str = "basic"
    coupon_leases: bool = False
    coupon_online_over: int = 10_000
    coupon_override_cap: int = 0
    stored_value: bool = False
    points_worth: Worth = NO_WORTH


def read_shop_settings(rows: Mapping[str, Any]) -> ShopSettings:
    """``rows``: value by name, the store's already in place of the chain's."""
    given = _Given(rows)
    return ShopSettings(
        cash_rounding=given.one_of("cash_rounding", (1, 10, 100)),
        guide_required=given.flag("guide_required"),
        max_coupons=given.number("max_coupons", 1, 0, MOST_COUPONS),
        group_max=given.group_max(),
        own_guide_bp=given.number("own_guide_bp", 0, 0, 10_000),
        points_per_yuan=given.number("points_per_yuan", 1, 0, 10_000),
        discount_limit_bp=given.number("discount_limit_bp", 10_000, 0, 10_000),
        valet_steps=given.valet_steps(),
        return_rules=given.text("return_rules", ""),
        embedded_codes=given.embedded_codes(),
        claimed_codes=given.claimed_codes(),
        default_tier=given.text("default_tier", "basic"),
        coupon_leases=given.flag("coupon_leases"),
        coupon_online_over=given.number("coupon_online_over", 10_000, 0, MOST),
        coupon_override_cap=given.number("coupon_override_cap", 0, 0, MOST),
        stored_value=given.flag("stored_value"),
        points_worth=Worth(
            given.number("points_for_yuan", 0, 0, 1_000_000), given.number("points_step", 100, 1, 1_000_000)
        ),
    )


class _Given:
    """The rows, read one by one with a default each."""

    def __init__(self, rows: Mapping[str, Any]) -> None:
        self._rows = rows

    def number(self, name: str, default: int, least: int, most: int) -> int:
        value = self._rows.get(name)
        return value if type(value) is int and least <= value <= most else default

    def one_of(self, name: str, choices: tuple[int, ...]) -> int:
        value = self._rows.get(name)
        return value if type(value) is int and value in choices else choices[0]

    def flag(self, name: str) -> bool:
        return self._rows.get(name) is True

    def text(self, name: str, default: str) -> str:
        value = self._rows.get(name)
        return value if isinstance(value, str) else default

    def group_max(self) -> Mapping[str, int]:
        value = self._rows.get("group_max")
        sound = isinstance(value, dict) and all(type(most) is int and most >= 0 for most in value.values())
        # a number that stands for any number may be more than a basket, or 64 bits, can hold
        return {name: min(most, MOST_COUPONS) for name, most in value.items()} if sound and value else {}

    def valet_steps(self) -> tuple[int, ...]:
        value = self._rows.get("valet_steps")
        if isinstance(value, list) and value and all(type(step) is int and step >= 0 for step in value):
            return tuple(sorted(set(value)))
        return (0, 1000, 2000, 3000)

    def embedded_codes(self) -> tuple[EmbeddedRule, ...]:
        return read_sent_rules([one for one in self._list("embedded_codes") if isinstance(one, dict)])

    def claimed_codes(self) -> tuple[ClaimedForm, ...]:
        """``[{"prefix": "QL", "length": 10}]``; none by default: then a person says that a code is a member's."""
        return tuple(
            ClaimedForm(one["prefix"], one["length"])
            for one in self._list("claimed_codes")
            if isinstance(one, dict) and isinstance(one.get("prefix"), str) and type(one.get("length")) is int
        )

    def _list(self, name: str) -> list[Any]:
        value = self._rows.get(name)
        return value if isinstance(value, list) else []
