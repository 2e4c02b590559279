"""The steps of a payment, run in the till's thread: each gives the open payment anew, or the committed sale.

A payment that covers the rest and the commit of the sale are one step, so that no key can come between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from posclient.errors import DataError

if TYPE_CHECKING:
    from posclient.actions.till import Till
    from posclient.actions.views import CartView, SaleDone


@dataclass(frozen=True, slots=True)
class Opened:
    """Payment is open; ``rounding``: fen of 抹零, taken already or if the rest is paid in cash."""

    view: CartView
    rounding: int


@dataclass(frozen=True, slots=True)
class Committed:
    """The sale is durable; ``view`` is the new, empty cart."""

    done: SaleDone
    view: CartView


def open_payment(till: Till) -> Opened:
    """Freeze the quote, or take up a payment that is open already."""
    from posclient.actions import payment

    return _opened(till, payment.open(till))


def pay_cash(till: Till, tendered: int | None) -> Opened | Committed:
    """Cash of ``tendered`` fen; None is exactly what is open."""
    from posclient.actions import payment

    return _go_on(till, payment.pay(till, "cash", tendered))


def pay_value(till: Till, amount: int | None) -> Opened | Committed:
    """Stored value of ``amount`` fen; None is as much of the rest as may be spent here and now."""
    from posclient.actions import payment

    return _go_on(till, payment.pay(till, "stored_value", amount))


def pay_points(till: Till, amount: int | None) -> Opened | Committed:
    """Points worth ``amount`` fen, in the same way."""
    from posclient.actions import payment

    return _go_on(till, payment.pay(till, "points", amount))


def begin_card(till: Till, amount: int | None) -> Opened:
    """Durable before the amount is shown as to be charged."""
    from posclient.actions import payment

    return _opened(till, payment.begin_card(till, amount))


def end_card(till: Till, reference: str, *, approved: bool) -> Opened | Committed:
    """What the card terminal said."""
    from posclient.actions import payment

    return _go_on(till, payment.end_card(till, approved, reference))


def remove(till: Till, payment_id: str) -> Opened:
    """Take a payment back."""
    from posclient.actions import payment

    return _opened(till, payment.remove(till, payment_id))


def complete(till: Till, cart: str) -> Committed:
    """Commit a cart that is fully paid. Then it is sold, also where the disk has no room for the next one."""
    from posclient.actions import checkout, payment, ringing

    done = payment.complete(till, cart)
    try:
        return Committed(done, checkout.view(till))
    except DataError:
        return Committed(done, ringing.take_over(till, till.selling.cart))


def approve(till: Till, pin: str) -> CartView:
    """Open payment with a manager's word for what was taken off by hand."""
    from posclient.actions import login, payment

    return payment.open(till, login.approve(till, pin, "discount"))


def cancel(till: Till) -> CartView:
    """Back to the cart; ``Refused("money_taken")`` while there is money to hand back."""
    from posclient.actions import payment

    return payment.cancel(till)


def hand_back(till: Till) -> CartView:
    """Back to the cart, and the money back to the customer."""
    from posclient.actions import payment

    return payment.cancel(till, handed_back=True)


def _opened(till: Till, view: CartView) -> Opened:
    from posclient.actions import payment

    return Opened(view, payment.rounding(till))


def _go_on(till: Till, view: CartView) -> Opened | Committed:
    """Commit when nothing is open any more."""
    return complete(till, view.cart_id) if view.payments and view.due == 0 else _opened(till, view)
