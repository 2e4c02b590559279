"""How much a cashier may take off by hand: over the shop's limit a manager has to have said yes to this very act.

And who may read a shift: whoever answers for the takings.
"""

from __future__ import annotations

from collections.abc import Sequence

from posclient.actions import ringing
from posclient.actions.till import Till
from posclient.domain.cart import CartLine
from posclient.domain.people import Staff
from posclient.errors import Refused

#: Basis points of a whole.
WHOLE_BP = 10_000


def check_manager(person: Staff) -> None:
    """May ``person`` approve? ``Refused``: ``not_manager``; ``not_confirmed``: one, but HQ has not signed it (S-23)."""
    if not person.is_manager:
        raise Refused("not_confirmed" if person.powers_rest else "not_manager", name=person.name)


def check_report(person: Staff | None) -> None:
    """May ``person`` read the figures of a shift? ``Refused``: ``logged_out``, ``not_cashier``, ``not_confirmed``."""
    if person is None:
        raise Refused("logged_out")
    if not person.reads_shifts:
        raise Refused("not_confirmed" if person.powers_rest else "not_cashier", name=person.name)


def check_price(till: Till, line_id: str, price: int, approver: Staff | None) -> None:
    """May this line be sold at ``price`` fen? ``Refused``: ``needs_approval``, ``not_manager``."""
    line = till.selling.cart.line(line_id)
    listed = line.list_price * line.qty
    _check(till, _by_hand(till, line_id) + max(0, listed - price * line.qty), listed, approver)


def check_discount(till: Till, kind: str, value: int, lines: Sequence[str], approver: Staff | None) -> None:
    """May so much more be taken off ``lines`` (empty: all)? Several small discounts count as one."""
    net, given, worth = _scope(till, lines)
    more = value if kind == "amount_off" else -(-net * value // WHOLE_BP)
    _check(till, given + min(more, net), worth, approver)


def check_cart(till: Till, approver: Staff | None) -> Staff | None:
    """May the cart be paid as it is? Who lets pass what is beyond the limit, ``approver`` or a manager who is logged
    in; None where nothing is. ``Refused`` as above.

    What was within the limit when it was given may be beyond it now: lines left the cart, a price fell.
    """
    cart = till.selling.cart
    scopes = {one.lines for one in cart.discounts if one.approver is None}
    scopes |= {(line.id,) for line in cart.lines if _price_cut(line)}
    lifts = None
    for lines in sorted(scopes):
        _, given, worth = _scope(till, lines)
        lifts = _check(till, given, worth, approver, why="at_payment") or lifts
    return lifts


def _scope(till: Till, lines: Sequence[str]) -> tuple[int, int, int]:
    """Of ``lines`` (empty: all), in fen: what they cost, what nobody approved is off, and what they would cost without
    anything taken off by hand.
    """
    quote = ringing.current(till)
    pairs = [
        (line, priced)
        for line, priced in zip(till.selling.cart.lines, quote.lines, strict=True)
        if not lines or line.id in lines
    ]
    net = sum(priced.net for _, priced in pairs)
    given = sum(_by_hand(till, line.id) + _price_cut(line) for line, _ in pairs)
    worth = net + sum(_by_hand(till, line.id, everybody=True) + _price_cut(line, everybody=True) for line, _ in pairs)
    return net, given, worth


def _by_hand(till: Till, line_id: str, *, everybody: bool = False) -> int:
    """Fen that manual discounts take off a line; those that a manager approved only for ``everybody``."""
    counted = {f"manual:{one.id}" for one in till.selling.cart.discounts if everybody or one.approver is None}
    lines = [priced for priced in ringing.current(till).lines if priced.id == line_id]
    return sum(one.amount for priced in lines for one in priced.discounts if one.source in counted)


def _price_cut(line: CartLine, *, everybody: bool = False) -> int:
    if line.manual_price is None or not line.is_by_hand or (line.approver is not None and not everybody):
        return 0
    return max(0, line.list_price - line.manual_price) * line.qty


def _check(till: Till, given: int, worth: int, approver: Staff | None, **why: str) -> Staff | None:
    """Who lifts the limit, where that is needed. A part of a fen over it is rounding, not a gift: 10 per cent of 259.05
    are 25.91.
    """
    limit_bp = till.reference.settings.discount_limit_bp
    if min(given, worth) <= -(-limit_bp * worth // WHOLE_BP):
        return None
    lifts = approver or (till.staff if till.staff is not None and till.staff.is_manager else None)
    if lifts is None:
        raise Refused("needs_approval", limit_bp=limit_bp, **why)
    check_manager(lifts)
    return lifts
