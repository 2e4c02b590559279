"""Promotions that lower every unit by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from posclient.domain.pricing.promotion import Promotion, read_promotion
from posclient.domain.pricing.reading import Fields
from posclient.domain.pricing.shares import Held, percent


@dataclass(frozen=True, slots=True, kw_only=True)
class PercentOff(Promotion):
    """``bp`` basis points of each line's net."""

    kind: ClassVar[str] = "percent_off"
    bp: int

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(**read_promotion(fields), bp=fields.integer("bp", most=10000))

    def parts(self, held: Held) -> list[int]:
        return percent(held, self.bp)


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountOff(Promotion):
    """``amount`` fen per unit, at most the unit's value."""

    kind: ClassVar[str] = "amount_off"
    amount: int

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(**read_promotion(fields), amount=fields.integer("amount"))

    def parts(self, held: Held) -> list[int]:
        return [min(net, self.amount * qty) for net, qty in zip(held.nets, held.qtys, strict=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedPrice(Promotion):
    """Each unit comes down to ``price`` fen; nothing where it is cheaper."""

    kind: ClassVar[str] = "fixed_price"
    price: int

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(**read_promotion(fields), price=fields.integer("price"))

    def parts(self, held: Held) -> list[int]:
        return [max(0, net - self.price * qty) for net, qty in zip(held.nets, held.qtys, strict=True)]
