"""What a basket costs, and why (pricing.md, out)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple


class LineDiscount(NamedTuple):
    """``source``: promotion:<id>, coupon:<id> or manual:<id>; ``amount`` in fen, never 0."""

    source: str
    amount: int


class LineQuote(NamedTuple):
    """``gross`` is unit price x qty, ``net`` what is left after the discounts, in the order taken. All in fen."""

    id: str
    unit_price: int
    gross: int
    net: int
    discounts: tuple[LineDiscount, ...]


@dataclass(frozen=True, slots=True)
class Unused:
    """``reason``: excluded, not_live, no_line, min_spend (``missing`` fen), no_effect or worse."""

    id: str
    reason: str
    missing: int | None = None


@dataclass(frozen=True, slots=True)
class GroupUnits:
    """``times`` equal full groups of one source; ``units``: (line id, units in each group, fen taken off them in all).

    Group g of them (from 0) took ``amount * (g + 1) // times - amount * g // times`` of a line. Refunds use it to take
    back a broken group's reduction without pricing again (T-55).
    """

    source: str
    times: int
    units: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """``used`` in the order taken off, ``unused`` by id. ``total`` is the sum of the lines' nets."""

    lines: tuple[LineQuote, ...]
    gross: int
    total: int
    used: tuple[str, ...]
    unused: tuple[Unused, ...]
    groups: tuple[GroupUnits, ...] = ()


def quote_json(quote: Quote) -> dict[str, Any]:
    """The quote as pricing.md prints it; ``groups`` are for the till alone."""
    return {
        "lines": [_line_json(line) for line in quote.lines],
        "gross": quote.gross,
        "total": quote.total,
        "used": list(quote.used),
        "unused": [_unused_json(one) for one in quote.unused],
    }


def _line_json(line: LineQuote) -> dict[str, Any]:
    return {
        "id": line.id,
        "unit_price": line.unit_price,
        "gross": line.gross,
        "net": line.net,
        "discounts": [{"source": one.source, "amount": one.amount} for one in line.discounts],
    }


def _unused_json(unused: Unused) -> dict[str, Any]:
    missing = {} if unused.missing is None else {"missing": unused.missing}
    return {"id": unused.id, "reason": unused.reason, **missing}
