"""What was rung up and is taken out again before anybody pays: the oldest theft at a till (M7).

Each removal is durable before it is seen, and goes to HQ in the chain: with the sale of its cart, or by a fact of its
own where no sale comes of it. The till's audit has it as well, for the report of the shift.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from posclient.actions import paying, ringing
from posclient.actions.till import Till
from posclient.actions.views import CartView
from posclient.db import audit, journal
from posclient.db.connection import Connection
from posclient.domain.cart import Cart, CartLine, Removal
from posclient.domain.facts import CART_CLEARED, cart_cleared
from posclient.domain.pricing import Quote

#: What the audit calls a removal.
REMOVED = "remove_line"


def take_out(till: Till, line_id: str, qty: int, make: Callable[[Cart], Cart]) -> CartView:
    """``make`` a cart with ``qty`` pieces less of a line. Whatever is raised leaves the open cart as it was."""
    ringing.refuse_while_paying(till.selling.cart)
    quote, cart = ringing.current(till), till.selling.cart
    gone, made = _removal(till, cart.line(line_id), qty, quote), make(cart)
    detail = {"cart": cart.id, "sku": gone.sku, "qty": qty, "amount": gone.amount}
    made = made.noting(gone)
    with till.transaction() as con:
        audit.add(con, till.now(), gone.by, REMOVED, detail)
        made = _told(till, con, made) if made.is_empty else made
        ringing.save_with(till, con, made)
    kept = any(line.id == line_id for line in made.lines)
    return ringing.take_over(till, made, line_id if kept else None)


def void(till: Till, reason: str) -> CartView:
    """Throw the open cart away; audit and chain keep what was in it, and why."""
    cart = till.selling.cart
    ringing.refuse_while_paying(cart)
    if cart.is_empty:
        return paying.throw_away(till, None)
    quote = ringing.current(till)
    cart = till.selling.cart
    whole = cart.noting(*(_removal(till, line, line.qty, quote) for line in cart.lines))
    worth = {"cart": cart.id, "pieces": cart.pieces, "total": quote.total, "reason": reason}
    return paying.throw_away(till, ("void", worth), lambda con: _tell_cleared(till, con, whole, reason))


def _told(till: Till, con: Connection, cart: Cart) -> Cart:
    """An empty cart whose removals HQ is told of: the next customer's are others."""
    _tell_cleared(till, con, cart, "")
    return replace(cart, removals=())


def _tell_cleared(till: Till, con: Connection, cart: Cart, reason: str) -> None:
    """The fact of a cart that came to nothing, in the caller's transaction."""
    here, by = till.terminal, till.staff.id if till.staff else None
    content = cart_cleared(cart, (here.store, here.slot), till.now(), by, reason, till.stamp())
    journal.append(con, fact_id=till.new_id(), kind=CART_CLEARED, content=content, at=till.wall())


def _removal(till: Till, line: CartLine, qty: int, quote: Quote) -> Removal:
    price = next(one.unit_price for one in quote.lines if one.id == line.id)
    by = till.staff.id if till.staff else None
    return Removal(line.id, line.product.sku, line.product.name, qty, price, by, till.now().isoformat())
