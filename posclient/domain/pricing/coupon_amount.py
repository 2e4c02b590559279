"""满减, 立减: an amount off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from posclient.domain.pricing.coupon import Coupon, read_coupon
from posclient.domain.pricing.reading import Fields
from posclient.domain.pricing.shares import Held, share


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountCoupon(Coupon):
    """``amount`` fen, at most the spend, shared in proportion to net."""

    kind: ClassVar[str] = "amount_off"
    turn: ClassVar[int] = 2
    amount: int

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(**read_coupon(fields), amount=fields.integer("amount"))

    @property
    def terms(self) -> tuple[object, ...]:
        return (self.kind, self.amount)

    @property
    def face(self) -> int:
        return self.amount

    @property
    def spend_terms(self) -> tuple[int, int]:
        return (10000, self.amount)

    def taken(self, held: Held) -> int:
        return min(self.amount, held.spend)

    def parts(self, held: Held) -> list[int]:
        return share(held, self.taken(held))
