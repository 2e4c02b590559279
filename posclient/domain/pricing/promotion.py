"""Promotions apply by themselves (pricing.md, step 2). A kind is one class in a file beside this, listed in kinds."""

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
class Promotion(Offer, ABC):
    """``stack``: also looks at lines that are taken, and takes none. ``tiers``: for these members only (empty: all)."""

    kind: ClassVar[str]
    #: An order kind looks at the spend of all its lines, and is taken or free apart from the line kinds.
    order_wide: ClassVar[bool] = False
    priority: int = 0
    stack: bool = False
    tiers: tuple[str, ...] = ()

    @classmethod
    @abstractmethod
    def read(cls, fields: Fields) -> Self:
        """From ``{kind, ...}``; ``BadBasket`` names what is wrong."""

    @abstractmethod
    def parts(self, held: Held) -> list[int]:
        """The fen that each line gives, at most its net. ``held`` has at least one line."""

    def runs(self, held: Held, amounts: Sequence[int]) -> list[Run]:  # noqa: ARG002 - for the kinds that have groups
        """The units of each full group and what ``amounts`` (by line) took off them."""
        return []


class PromotionFields(OfferFields):
    """The arguments of ``Promotion``."""

    priority: int
    stack: bool
    tiers: tuple[str, ...]


def read_promotion(fields: Fields) -> PromotionFields:
    """What every kind has; ``BadBasket`` names what is wrong."""
    return {
        **read_offer(fields),
        "priority": fields.integer_or(0, "priority", least=-(10**18)),
        "stack": fields.flag("stack"),
        "tiers": fields.texts("tiers"),
    }
