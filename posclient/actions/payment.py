"""Payment: from the frozen quote to the committed sale.

Opening payment freezes the quote, and that is what is committed (architecture.md, time in a cart).
"""

from __future__ import annotations

import shutil
from dataclasses import replace

from posclient.actions import limits, own_money, paying, powers, promised, ringing
from posclient.actions.completing import complete
from posclient.actions.till import Till
from posclient.actions.views import CartView
from posclient.db.room import NEEDED_BYTES
from posclient.domain.cart import CardAttempt, Cart
from posclient.domain.frozen import Frozen
from posclient.domain.money import round_cash
from posclient.domain.offline_limits import CASH_ONLY
from posclient.domain.people import Staff
from posclient.domain.settling import make_payment, rounding_taken, still_open
from posclient.domain.tenders import TENDERS, Payment, Points, StoredValue
from posclient.domain.typed_text import typed
from posclient.errors import DataError, InputError, NotFound, Refused

__all__ = ["begin_card", "cancel", "complete", "end_card", "open", "pay", "remove", "rounding"]

LONGEST_REFERENCE = 64


def open(till: Till, approver: Staff | None = None) -> CartView:  # noqa: A001 - the cashier opens payment
    """Freeze the quote. Again while it is open: the same quote, and what may be paid with now.

    ``Refused``: ``logged_out``, ``empty_cart``, ``guide_required``, and ``needs_approval`` where what was taken off by
    hand is beyond the limit now; ``DataError("disk_full")`` before money is due.
    """
    cart = till.selling.cart
    if cart.paying:
        return ringing.reprice(till)
    till.person()
    if cart.is_empty:
        raise Refused("empty_cart")
    if till.reference.settings.guide_required and not all(line.guide or cart.guide for line in cart.lines):
        raise Refused("guide_required")
    _check_disk(till)
    if cart.discounts or any(line.manual_price is not None for line in cart.lines):
        _check_powers(till, approver)
    return paying.freeze(till)


def pay(till: Till, tender: str, tendered: int | None = None) -> CartView:
    """A payment. Cash: ``tendered`` >= part, change is given; None: exactly what is open, after rounding.

    ``Refused``: ``not_paying``, ``card_pending``, ``nothing_due``; ``InputError``: ``tendered``, ``unknown_tender``,
    ``external_tender`` (a card goes by ``begin_card``). After a week without HQ ``Refused("cash_only")``. Stored value
    and points: ``Refused("no_stored_value")``, ``"no_points"`` (``why``), ``InputError("stored_value")``, ``"points"``
    over what may be spent here and now (``most``), ``"points_step"`` (``step``); None: as much of the rest as that. All
    in fen. ``Refused("coupon_over")``, ``"coupon_unconfirmed"`` as of ``promised.check``, ``"own_money_over"`` as of
    ``own_money.check_kept``: what cannot count any more is taken back first.
    """
    cart = _paying(till)
    frozen = till.selling.frozen()
    _check_promises(till, cart, frozen)
    if tender in TENDERS and TENDERS[tender].external:
        raise InputError("external_tender", kind=tender)
    if tender in TENDERS and tender != "cash":
        limits.refuse(till, CASH_ONLY)
    due, worth = still_open(frozen.quote.total, cart.payments, frozen.unit), till.reference.settings.points_worth
    if tender == StoredValue.kind:
        tendered = own_money.of_value(till, cart, tendered, due)
    elif tender == Points.kind:
        tendered = own_money.of_points(till, cart, tendered, due)
    payment = make_payment(till.new_id(), tender, tendered, frozen.quote.total, cart.payments, frozen.unit)
    if tender == Points.kind:
        payment = replace(payment, reference=str(worth.points(payment.amount)))
    return paying.settle(till, replace(cart, payments=(*cart.payments, payment)))


def begin_card(till: Till, amount: int | None = None) -> CartView:
    """An amount for the external terminal (None: all that is open), durable before it is shown as to be charged."""
    cart = _paying(till)
    limits.refuse(till, CASH_ONLY)
    frozen = till.selling.frozen()
    _check_promises(till, cart, frozen)
    asked = make_payment(till.new_id(), "card", amount, frozen.quote.total, cart.payments, frozen.unit)
    return paying.settle(till, replace(cart, card_attempt=CardAttempt(asked.id, asked.amount)), durable=True)


def end_card(till: Till, approved: bool, reference: str = "") -> CartView:
    """What the terminal said, durable before it is shown. ``Refused("no_card_pending")``."""
    cart = till.selling.cart
    attempt = cart.card_attempt
    if attempt is None:
        raise Refused("no_card_pending")
    cart = replace(cart, card_attempt=None)
    if approved:
        said = typed(reference)[:LONGEST_REFERENCE]
        paid = Payment(attempt.id, "card", attempt.amount, attempt.amount, said)
        cart = replace(cart, payments=(*cart.payments, paid))
    return paying.settle(till, cart, durable=True)


def remove(till: Till, payment_id: str) -> CartView:
    """Take a payment back: the cash is handed back, the card amount reversed on the terminal. Noted in the audit."""
    cart = _paying(till)
    found = [one for one in cart.payments if one.id == payment_id]
    if not found:
        raise NotFound("unknown_payment", payment=payment_id)
    left = tuple(one for one in cart.payments if one.id != payment_id)
    note = "remove_payment", {"cart": cart.id, "tender": found[0].tender, "amount": found[0].amount}
    return paying.settle(till, replace(cart, payments=left), note)


def cancel(till: Till, *, handed_back: bool = False) -> CartView:
    """Back to the cart, which is priced again. ``Refused``: ``card_pending``, ``card_paid`` (remove it first).

    Money that was taken goes back to the customer: ``Refused("money_taken")`` (``amount`` in fen) until a person says
    that it was ``handed_back``, and the audit keeps each payment.
    """
    cart = till.selling.cart
    if not cart.paying:
        return ringing.view(till)
    _no_card_pending(cart)
    if any(TENDERS[one.tender].external for one in cart.payments):
        raise Refused("card_paid")
    # a member's own value never left their account
    taken = sum(one.tendered for one in cart.payments if not TENDERS[one.tender].of_member)
    if not taken:
        return paying.thaw(till)
    if not handed_back:
        raise Refused("money_taken", amount=taken)
    payments = [{"tender": one.tender, "amount": one.amount, "tendered": one.tendered} for one in cart.payments]
    return paying.thaw(till, ("cancel_payment", {"cart": cart.id, "handed_back": taken, "payments": payments}))


def rounding(till: Till) -> int:
    """Fen of 抹零: taken by the last payment, else what it would be if the rest is paid in cash."""
    cart, frozen = till.selling.cart, till.selling.frozen()
    taken = rounding_taken(frozen.quote.total, cart.payments, frozen.unit)
    return taken or round_cash(still_open(frozen.quote.total, cart.payments, frozen.unit), frozen.unit)


def _paying(till: Till) -> Cart:
    cart = till.selling.cart
    if not cart.paying:
        raise Refused("not_paying")
    _no_card_pending(cart)
    return cart


def _check_promises(till: Till, cart: Cart, frozen: Frozen) -> None:
    """No money is taken on top of what would have to be taken back first."""
    till.hear_time()
    promised.check(till, cart, frozen)
    own_money.check_kept(till, cart)


def _check_powers(till: Till, approver: Staff | None) -> None:
    """By the prices of this moment; a manager who lifts the limit is named at what they let pass."""
    ringing.reprice(till)  # its view is shown to nobody: what it has to tell is told as payment opens
    till.selling.unsaid += till.selling.moved
    lifts = powers.check_cart(till, approver)
    if lifts is not None:
        ringing.change(till, lambda cart: cart.approved(lifts.id))


def _no_card_pending(cart: Cart) -> None:
    if cart.card_attempt is not None:
        raise Refused("card_pending", amount=cart.card_attempt.amount)


def _check_disk(till: Till) -> None:
    """``DataError("disk_full")``: the record of money taken must have a place (T-5)."""
    free = shutil.disk_usage(till.folder).free
    if free < NEEDED_BYTES:
        raise DataError("disk_full", free=free, needed=NEEDED_BYTES)
