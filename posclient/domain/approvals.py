"""What a manager approved, they approved of the pieces that they saw (S-23)."""

from __future__ import annotations

from dataclasses import replace

from posclient.domain.cart import Cart, CartDiscount


def still_approved(before: Cart, after: Cart) -> Cart:
    """``after`` without the approval of what has become more than it was in ``before``: a price by hand of more pieces,
    a part of a dearer sale. A fixed amount stays what it is.
    """
    if not any([one.approver for one in after.lines] + [one.approver for one in after.discounts]):
        return after
    known = {line.id: line.qty for line in before.lines}
    grown = {line.id for line in after.lines if line.qty > known.get(line.id, 0)}
    return replace(
        after,
        lines=tuple(replace(one, approver=None) if one.approver and one.id in grown else one for one in after.lines),
        discounts=tuple(replace(one, approver=None) if _grows(one, grown) else one for one in after.discounts),
    )


def _grows(discount: CartDiscount, grown: set[str]) -> bool:
    """Does it take more off where these lines have more pieces?"""
    if discount.kind != "percent_off":
        return False
    return bool(grown.intersection(discount.lines) if discount.lines else grown)
