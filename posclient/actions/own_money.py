"""What a member pays of their own: stored value and points, within this till's leases (protocol.md, stored value).

Whatever the open cart took already counts (T-41). Amounts in fen; points are taken in whole steps.
"""

from __future__ import annotations

from posclient.actions import rights, serving
from posclient.actions.till import Till
from posclient.domain.cart import Cart
from posclient.domain.leases import POINTS, VALUE, Spendable
from posclient.domain.people import Member
from posclient.domain.points import spent_points
from posclient.domain.tenders import Points, StoredValue
from posclient.errors import InputError, Refused


def of_value(till: Till, cart: Cart, tendered: int | None, due: int) -> int:
    """The amount to take of stored value; None: as much of ``due`` as may be. Errors as ``payment.pay``."""
    member = _member(till, cart, "no_stored_value", on=till.reference.settings.stored_value)
    found = rights.of_value(till, member, cart)
    room = _room(found, found.amount - _value_taken(cart), "no_stored_value")
    if tendered is not None and tendered > room:
        raise InputError("stored_value", most=room)
    return min(due, room) if tendered is None else tendered


def of_points(till: Till, cart: Cart, tendered: int | None, due: int) -> int:
    """The same of points: whole steps alone. What was taken counts in points, whose worth may be another by now."""
    step = till.reference.settings.points_worth.step_fen
    member = _member(till, cart, "no_points", on=step > 0)
    found = rights.of_points(till, member, cart, spent_points(cart.payments))
    room = _room(found, found.amount, "no_points")
    if tendered is None:
        tendered = min(due, room) // step * step
        if not tendered:
            raise Refused("no_points", why="step")
    if tendered > room:
        raise InputError("points", most=room)
    if tendered % step:
        raise InputError("points_step", step=step)
    return tendered


def check_kept(till: Till, cart: Cart) -> None:
    """``Refused("own_money_over")`` (``kind``) where HQ may have given away by now what the cart was paid with: it lay
    open beyond the lease, or the till was enrolled anew (S-18); ``reason`` clock_suspect where the clock was put back
    meanwhile, and nobody can tell (S-16).
    """
    for tender, unit, taken in (
        (StoredValue.kind, VALUE, _value_taken(cart)),
        (Points.kind, POINTS, spent_points(cart.payments)),
    ):
        if taken and taken > rights.kept_by_hq(till, cart, unit):
            raise Refused("own_money_over", kind=tender, **rights.why_over(till))


def _member(till: Till, cart: Cart, code: str, *, on: bool) -> Member:
    member = serving.by_id(till, cart.member) if cart.member else None
    if member is None or not on:
        raise Refused(code, why="no_member" if member is None else "off")
    return member


def _value_taken(cart: Cart) -> int:
    return sum(one.amount for one in cart.payments if one.tender == StoredValue.kind)


def _room(found: Spendable, room: int, code: str) -> int:
    if room <= 0:
        raise Refused(code, why=found.reason or "spent")
    return room
