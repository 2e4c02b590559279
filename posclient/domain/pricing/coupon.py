"""Coupons are presented (pricing.md, step 3). A kind is one class in a file beside this, and a line in ``kinds``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from posclient.domain.pricing.groups import Run
from posclient.domain.pricing.offer import Offer, OfferFields, read_offer
from posclient.domain.pricing.reading import Fields
from posclient.domain.pricing.shares import Held


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon(Offer, ABC):
    """``pinned`` and ``excluded`` are the cashier's wishes; ``with_promotions`` False: only untouched lines.

    What the search for the best set relies on, for every kind: where nets are lower, it takes off no more (``taken``
    never rises as nets fall), and coupons with equal ``terms`` and lines do the very same.
    """

    kind: ClassVar[str]
    #: Coupons are taken off in this order of kinds, then by id.
    turn: ClassVar[int]
    min_spend: int = 0
    group: str | None = None
    exclusive: bool = False
    with_promotions: bool = True
    pinned: bool = False
    excluded: bool = False

    @classmethod
    @abstractmethod
    def read(cls, fields: Fields) -> Self:
        """From ``{kind, ...}``; ``BadBasket`` names what is wrong."""

    @property
    @abstractmethod
    def terms(self) -> tuple[object, ...]:
        """What it does, without whose it is: kind and parameters."""

    @property
    def face(self) -> int:
        """Face value in fen; 0 where it has none."""
        return 0

    @property
    def rate(self) -> int:
        """At most so many basis points of each line are taken off; 0 where no such bound is known."""
        return 0

    @property
    def unit_price(self) -> int | None:
        """What the dearest unit comes down to, for a coupon that takes off single units; else None."""
        return None

    @property
    def spend_terms(self) -> tuple[int, int | None] | None:
        """(bp, most): takes so much of the spend, at most so many fen (None: any), for a coupon that does just that."""
        return None

    @abstractmethod
    def taken(self, held: Held) -> int:
        """What it takes off in all, in fen: the sum of ``parts``, told faster."""

    @abstractmethod
    def parts(self, held: Held) -> list[int]:
        """The fen that each line gives, at most its net. ``held`` has at least one line."""

    def runs(self, held: Held, amounts: Sequence[int]) -> list[Run]:  # noqa: ARG002 - for the kinds that take single units
        """The units it took, as groups; empty where it takes of the spend."""
        return []


class CouponFields(OfferFields):
    """The arguments of ``Coupon``."""

    min_spend: int
    group: str | None
    exclusive: bool
    with_promotions: bool
    pinned: bool
    excluded: bool


def read_coupon(fields: Fields) -> CouponFields:
    """What every kind has; ``BadBasket`` names what is wrong."""
    return {
        **read_offer(fields),
        "min_spend": fields.integer_or(0, "min_spend"),
        "group": fields.optional_text("group"),
        "exclusive": fields.flag("exclusive"),
        "with_promotions": fields.flag("with_promotions", default=True),
        "pinned": fields.flag("pinned"),
        "excluded": fields.flag("excluded"),
    }
