"""折扣: a part of the spend, at most so much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from posclient.domain.pricing.coupon import Coupon, read_coupon
from posclient.domain.pricing.reading import Fields
from posclient.domain.pricing.shares import Held, half_up, percent, share


@dataclass(frozen=True, slots=True, kw_only=True)
class PercentCoupon(Coupon):
    """``bp`` basis points of the spend, at most ``cap`` fen if there is one, shared in proportion to net."""

    kind: ClassVar[str] = "percent_off"
    turn: ClassVar[int] = 1
    bp: int
    cap: int | None = None

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(**read_coupon(fields), bp=fields.integer("bp", most=10000), cap=fields.optional_integer("cap"))

    @property
    def terms(self) -> tuple[object, ...]:
        return (self.kind, self.bp, self.cap)

    @property
    def face(self) -> int:
        return self.cap or 0

    @property
    def rate(self) -> int:
        return self.bp

    @property
    def spend_terms(self) -> tuple[int, int | None]:
        return (self.bp, self.cap)

    def _capped(self, held: Held) -> bool:
        return self.cap is not None and held.spend * self.bp > self.cap * 10000

    def taken(self, held: Held) -> int:
        if self.cap is not None and self._capped(held):
            return self.cap
        return half_up(held.spend * self.bp, 10000)

    def parts(self, held: Held) -> list[int]:
        if self._capped(held):
            return share(held, self.taken(held))
        return percent(held, self.bp)
