"""The open cart: everything a person does to it before they pay. Each change prices the whole cart and saves it.

All functions raise ``Refused("paying")`` while payment is open, and leave the cart as it was when they raise.
"""

from __future__ import annotations

from functools import reduce
from typing import Literal

from posclient.actions import powers, rights, ringing, serving, taking_out
from posclient.actions.powers import WHOLE_BP
from posclient.actions.ringing import change, view
from posclient.actions.scanning import claim, scan
from posclient.actions.taking_out import take_out
from posclient.actions.till import Till
from posclient.actions.views import CartView
from posclient.db import catalog
from posclient.domain.cart import FROM_LABEL, Cart, CartDiscount
from posclient.domain.leases import Right
from posclient.domain.money import MOST
from posclient.domain.people import Staff
from posclient.domain.typed_text import typed
from posclient.errors import InputError, NotFound, Refused

__all__ = [
    "add", "choose_coupon", "claim", "discount", "override_coupon", "remove", "remove_discount", "scan", "serve",
    "set_guide", "set_member", "set_price", "set_quantity", "view", "void",
]  # fmt: skip

#: A reason is a note for the manager, not a letter.
LONGEST_REASON = 200

Choice = Literal["pinned", "excluded", "auto"]


def add(till: Till, sku: str, qty: int = 1) -> CartView:
    """``qty`` pieces of an article. ``NotFound``: ``unknown_product``, ``no_goods``; ``InputError("no_price")``."""
    product = catalog.by_sku(till.reference.cache, sku, till.now())
    if product is None:
        raise catalog.not_found(till.reference.cache, NotFound("unknown_product", sku=sku))
    return change(till, lambda cart: cart.add(product, qty), sku=sku)


def set_quantity(till: Till, line: str, qty: int) -> CartView:
    """Another number of pieces: 1 to 9999. Fewer are a removal."""
    ringing.refuse_while_paying(till.selling.cart)
    fewer = till.selling.cart.line(line).qty - qty
    if fewer > 0:
        return take_out(till, line, fewer, lambda cart: cart.set_quantity(line, qty))
    return change(till, lambda cart: cart.set_quantity(line, qty), line=line)


def remove(till: Till, line: str) -> CartView:
    """Take a line out of the cart; audit and chain keep that it was there."""
    ringing.refuse_while_paying(till.selling.cart)
    return take_out(till, line, till.selling.cart.line(line).qty, lambda cart: cart.remove(line))


def void(till: Till, reason: str) -> CartView:
    """Throw the open cart away; audit and chain keep what was in it, and why. ``InputError("reason")``."""
    return taking_out.void(till, "" if till.selling.cart.is_empty else _reason(reason))


def set_price(till: Till, line: str, price: int | None, reason: str, approver: Staff | None = None) -> CartView:
    """A manual unit price in fen, None takes it back. What it takes off counts as a manual discount.

    ``InputError``: ``price``, ``reason``; ``Refused("needs_approval")`` over what a cashier may take off alone.
    """
    if price is None:
        return change(till, lambda cart: cart.set_price(line, None, "", None), line=line)
    if not 0 <= price <= MOST:
        raise InputError("price", price=price, most=MOST)
    why = _reason(reason)
    powers.check_price(till, line, price, approver)
    approved = approver.id if approver else None
    return change(till, lambda cart: cart.set_price(line, price, why, approved), line=line)


def discount(
    till: Till, kind: str, value: int, reason: str, lines: tuple[str, ...] = (), approver: Staff | None = None
) -> CartView:
    """A manual discount: ``amount_off`` (fen) or ``percent_off`` (basis points) over ``lines`` (empty: all).

    Errors as ``set_price``; ``InputError("discount")`` for an unknown kind or a value out of bounds.
    """
    if kind not in {"amount_off", "percent_off"} or not 1 <= value <= (MOST if kind == "amount_off" else WHOLE_BP):
        raise InputError("discount", kind=kind, value=value)
    why = _reason(reason)
    powers.check_discount(till, kind, value, lines, approver)
    made = CartDiscount(till.new_id(), kind, value, why, tuple(lines), approver.id if approver else None)
    return change(till, lambda cart: cart.add_discount(made))


def remove_discount(till: Till, *discount_ids: str) -> CartView:
    """Take manual discounts back."""
    return change(till, lambda cart: reduce(Cart.remove_discount, discount_ids, cart))


def set_member(till: Till, member_id: str | None) -> CartView:
    """Serve a member, or nobody in particular: the whole cart is priced anew (T-25). ``NotFound("unknown_member")``."""
    member = serving.by_id(till, member_id) if member_id else None
    if member_id and member is None:
        raise NotFound("unknown_member", member=member_id)
    return change(till, serving.to_serve(till, member.id if member else None))


def serve(till: Till, code: str) -> CartView:
    """The member of a code that was only claimed, if HQ has sent them by now; else the cart as it is."""
    found = serving.by_code(till, code)
    if found is None or till.selling.cart.claimed_code != code:
        return view(till)
    return change(till, lambda cart: cart.set_member(found.id))


def set_guide(till: Till, guide_id: str | None, line: str | None = None) -> CartView:
    """Who sells: the whole cart, or one line (T-69). ``NotFound("unknown_staff")``."""
    if guide_id is not None and guide_id not in till.reference.names():
        raise NotFound("unknown_staff", staff=guide_id)

    def make(cart: Cart) -> Cart:
        return cart.set_line_guide(line, guide_id) if line else cart.set_guide(guide_id)

    return change(till, make, line=line)


def choose_coupon(till: Till, coupon_id: str, choice: Choice) -> CartView:
    """Insist on a coupon, leave it out, or let the till choose. ``NotFound("unknown_coupon")``.

    ``InputError("impossible_pin")``: it does not go together with another that is insisted on.
    """
    ringing.current(till)
    card, codes = till.selling.card, ringing.public_codes(till, till.selling.cart)
    if all(rule.id != coupon_id for rule in (*(card.rules if card else ()), *codes.rules)):
        raise NotFound("unknown_coupon", coupon=coupon_id)
    makes = {"pinned": Cart.pin_coupon, "excluded": Cart.exclude_coupon, "auto": Cart.free_coupon}
    return change(till, lambda cart: makes[choice](cart, coupon_id))


def override_coupon(till: Till, coupon_id: str, approver: Staff) -> CartView:
    """A manager lets a coupon through that this till has no right to: HQ may find that it was used elsewhere.

    ``NotFound("unknown_coupon")``; ``Refused``: ``not_manager``, ``override_cap`` (``left``: nothing today any more).
    """
    till.reference.refresh()
    ringing.current(till)
    card = till.selling.card
    if card is None or card.rights.get(coupon_id, Right("", "used_elsewhere")).reason == "used_elsewhere":
        raise NotFound("unknown_coupon", coupon=coupon_id)
    powers.check_manager(approver)
    if rights.left_of_cap(till) <= 0:
        raise Refused("override_cap", left=0)
    return change(till, lambda cart: cart.override_coupon(coupon_id, approver.id))


def _reason(text: str) -> str:
    reason = " ".join(typed(text).split())
    if not reason or len(reason) > LONGEST_REASON or reason == FROM_LABEL:
        raise InputError("reason", most=LONGEST_REASON)
    return reason
