"""The cart between its frozen quote and its sale.

Saved at each step; and where money changes hands on another machine, or the audit is told something, durably before
anybody sees it (architecture.md, time in a cart).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from posclient.actions import rights, ringing
from posclient.actions.till import Till
from posclient.actions.views import CartView
from posclient.db import audit, open_cart, terminal
from posclient.db.connection import Connection, transaction
from posclient.domain.cart import Cart
from posclient.domain.frozen import Frozen, frozen_json, priced_json

#: What the audit is told: action and detail.
Note = tuple[str, Mapping[str, Any]]
#: What else belongs into the transaction of a note.
Tell = Callable[[Connection], None]


def freeze(till: Till) -> CartView:
    """Price once more and keep that quote: this is what will be committed."""
    selling, touched = till.selling, till.selling.touched
    ringing.ring(till, selling.cart)  # nobody touches a line now: each whose price has moved is announced (T-25)
    selling.mark(touched, tuple(dict.fromkeys((*selling.unsaid, *selling.moved))))
    selling.unsaid = ()
    book = till.reference.book
    (basket, quote), card = selling.priced(), selling.card
    codes = ringing.public_codes(till, selling.cart)
    held = {one.id: one for one in (*(card.coupons if card else ()), *codes.coupons)}
    used = set(quote.used)
    sources = {one.source for line in quote.lines for one in line.discounts}
    names = ringing.naming(till)
    frozen = Frozen(
        unit=book.settings.cash_rounding,
        own_guide=card.member.own_guide if card else None,
        names={source: names.source(source) for source in sorted(sources)},
        coupons={name: (one.until, one.template) for name, one in held.items() if name in used},
        quote=quote,
        rights=(*rights.used(till, card, used, quote), *codes.rights(used)),
        priced=priced_json(basket, quote, book.raw, {name: one.rule for name, one in held.items()}),
    )
    return settle(till, replace(selling.cart, frozen_quote=frozen_json(frozen)))


def thaw(till: Till, note: Note | None = None) -> CartView:
    """Leave payment: the cart is priced by what holds now."""
    _save(till, replace(till.selling.cart, frozen_quote=None, payments=()), note)
    return ringing.reprice(till)


def settle(till: Till, cart: Cart, note: Note | None = None, *, durable: bool = False) -> CartView:
    """The payment has moved on. ``durable``: a power cut must not undo it."""
    _save(till, cart, note, durable=durable)
    return ringing.paint(till)


def throw_away(till: Till, note: Note | None, tell: Tell | None = None) -> CartView:
    """A new cart in place of the open one."""
    cart = ringing.empty_cart(till)
    _save(till, cart, note, tell)
    till.selling.reset(cart)
    return ringing.view(till)


def _save(till: Till, cart: Cart, note: Note | None, tell: Tell | None = None, *, durable: bool = False) -> None:
    till.hear_time()
    text, now = till.selling.writer.text(cart), till.now()
    uses = cart.paying and till.time.moves_floor(now)  # what is promised now must not lie open unnoticed (S-16)
    with transaction(till.db if durable or note else till.quick) as con:
        open_cart.save(con, text, till.wall())
        if uses:
            terminal.raise_floor(con, now)
        if note:
            audit.add(con, now, till.staff.id if till.staff else None, *note)
        if tell:
            tell(con)
    if uses:
        till.time.note(now)
    till.selling.put(cart)
