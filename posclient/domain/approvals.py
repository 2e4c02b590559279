"""What a manager approved, they approved of the pieces that they saw (S-23)."""

from __future__ import annotations

from dataclasses import replace

from posclient.domain.cart import Cart, CartDiscount, CartLine


def still_approved(before: Cart, after: Cart) -> Cart:
    """``after`` without the approval of what has become more than it was in ``before``: a price by hand of more pieces,
    a part of a dearer sale, or of a piece whose price by hand has gone up. A fixed amount stays what it is.
    """
    if not any([one.approver for one in after.lines] + [one.approver for one in after.discounts]):
        return after
    known = {line.id: line for line in before.lines}
    grown = {line.id for line in after.lines if line.id not in known or line.qty > known[line.id].qty}
    dearer = grown | {line.id for line in after.lines if line.id in known and _is_dearer(known[line.id], line)}
    return replace(
        after,
        lines=tuple(replace(one, approver=None) if one.approver and one.id in grown else one for one in after.lines),
        discounts=tuple(replace(one, approver=None) if _grows(one, dearer) else one for one in after.discounts),
    )


def _is_dearer(before: CartLine, after: CartLine) -> bool:
    """By hand: what HQ changes meanwhile is no cashier's doing."""
    if after.manual_price == before.manual_price or before.manual_price is None:
        return False
    return after.manual_price is None or after.manual_price > before.manual_price


def _grows(discount: CartDiscount, dearer: set[str]) -> bool:
    """Does it take more off where these lines cost more?"""
    if discount.kind != "percent_off":
        return False
    return bool(dearer.intersection(discount.lines) if discount.lines else dearer)
