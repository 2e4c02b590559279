"""Manual discounts: what a person takes off at the counter, with a reason (pricing.md, step 4)."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from posclient.domain.pricing.reading import BadBasket, Fields, check_unique
from posclient.domain.pricing.shares import Held, percent, share


@dataclass(frozen=True, slots=True)
class ManualDiscount:
    """``kind`` amount_off (``value`` fen, at most the summed net) or percent_off (bp), over ``lines`` (empty: all)."""

    id: str
    kind: str
    value: int
    lines: tuple[str, ...] = ()
    reason: str = ""

    def parts(self, held: Held) -> list[int]:
        """The fen that each line gives, shared in proportion to net."""
        if self.kind == "percent_off":
            return percent(held, self.value)
        return share(held, min(self.value, held.spend))


def read_manual_discount(fields: Fields, line_ids: AbstractSet[str]) -> ManualDiscount:
    """``line_ids``: the ids of the basket's lines."""
    kind = fields.text("kind")
    if kind == "amount_off":
        value = fields.integer("amount")
    elif kind == "percent_off":
        value = fields.integer("bp", most=10000)
    else:
        raise fields.bad("unknown_kind", "kind")
    lines = fields.texts("lines")
    for n, line in enumerate(lines):
        if line not in line_ids:
            raise BadBasket("unknown_line", f"{fields.path('lines')}[{n}]")
    check_unique(lines, fields.path("lines"), "")
    return ManualDiscount(fields.text("id"), kind, value, lines, fields.optional_text("reason") or "")
