"""兑换: the dearest unit for a price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from posclient.domain.pricing.coupon import Coupon, read_coupon
from posclient.domain.pricing.groups import Member, Run
from posclient.domain.pricing.reading import Fields
from posclient.domain.pricing.shares import Held, half_up


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeCoupon(Coupon):
    """The dearest unit of its lines comes down to ``price`` fen."""

    kind: ClassVar[str] = "exchange"
    turn: ClassVar[int] = 0
    price: int

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(**read_coupon(fields), price=fields.integer("price"))

    @property
    def terms(self) -> tuple[object, ...]:
        return (self.kind, self.price)

    @property
    def unit_price(self) -> int:
        return self.price

    def taken(self, held: Held) -> int:
        place = held.dearest()
        qty = held.qtys[place]
        return half_up(max(0, held.nets[place] - self.price * qty), qty)

    def parts(self, held: Held) -> list[int]:
        found = [0] * len(held.nets)
        found[held.dearest()] = self.taken(held)
        return found

    def runs(self, held: Held, amounts: Sequence[int]) -> list[Run]:
        place = held.dearest()
        return [Run(1, (Member(place, 1, amounts[place]),))]
