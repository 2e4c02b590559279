"""代客下单: a guide's order for a customer, recorded here and asked of HQ (protocol.md, stock and valet orders)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from posclient.actions import limits, serving
from posclient.actions.till import Till
from posclient.actions.valet_view import order_view, stock_grid, view_of
from posclient.actions.views import ValetGrid, ValetOrderView
from posclient.db import catalog, chain, journal, sealing, terminal, valet_orders
from posclient.db.connection import Connection
from posclient.db.valet_orders import Placed
from posclient.domain.attribution import Share, attribute
from posclient.domain.cart import Cart, CartDiscount
from posclient.domain.catalog import Product
from posclient.domain.codes import parse
from posclient.domain.facts import VALET_ORDER_PLACED, valet_order_placed
from posclient.domain.offline_limits import LOCKED
from posclient.domain.people import Member
from posclient.domain.pricing import Quote, price
from posclient.domain.private import plain_phone
from posclient.domain.quoting import BasketMaker, Offers
from posclient.domain.typed_text import whole
from posclient.domain.valet import Address, ValetLine, ValetOrder
from posclient.errors import InputError, NotFound, Refused

#: (SKU, pieces)
Wanted = Sequence[tuple[str, int]]
LONGEST_TEXT = 200
#: The id of the guide's discount in the quote.
GUIDE = "guide"


def find(till: Till, text: str) -> str | None:
    """The SKU of a scanned or typed code, in whatever form it names an article; None if it names none."""
    try:
        code = parse(text, till.reference.refresh().settings.embedded_codes)
        for key in code.lookup_keys:
            if product := catalog.by_code(till.reference.cache, key, till.now()):
                return product.sku
    except InputError:
        pass
    return None


def grid(till: Till, sku: str) -> ValetGrid:
    """The style of ``sku`` by colour and size, with this store's and the last known other stock."""
    return stock_grid(till, _article(till, sku))


def discount_steps(till: Till) -> tuple[int, ...]:
    """The discounts (fen) that one stroke chooses among."""
    return till.reference.settings.valet_steps


def allowance(till: Till, guide: str) -> int:
    """Fen of discount that ``guide`` may still give this month: HQ's allowance less what this till's orders took."""
    month, cache = f"{till.now():%Y-%m}", till.reference.cache
    allowed = chain.allowance(cache, guide, month) or 0
    return max(0, allowed - valet_orders.discounts_given(cache, till.db, guide, month))


def quote(till: Till, lines: Wanted, member: str | None, discount: int) -> int:
    """What the order costs in fen: promotions and member prices as in the store, then the guide's discount."""
    till.reference.refresh()
    return _priced(till, _cart(till, lines, discount), _member(till, member)).total


def place(
    till: Till, lines: Wanted, member: str | None, address: Address | None, discount: int, guide: str,
    expected: str | None = None,
) -> ValetOrderView:  # fmt: skip
    """Record the order and ask HQ for it. ``address`` None: the customer fetches it here. ``expected``: the place that
    they were told of, so that HQ says where it is another one.

    ``Refused``: ``allowance`` (``left``), ``locked_out``; ``InputError``: ``address``, ``phone``, ``quantity``,
    ``discount``.
    """
    limits.refuse(till, LOCKED)
    till.reference.refresh()
    names = till.reference.names()
    if guide not in names:
        raise NotFound("unknown_staff", staff=guide)
    served = _member(till, member)
    cart = _cart(till, lines, discount)
    priced = _priced(till, cart, served)
    private = _private(address) if address else None
    with till.transaction() as con:
        _check_allowance(till, guide, discount)
        order = replace(_order(till, con, cart, priced, served, guide, discount), expected=expected)
        _record(till, con, order, private)
    # nothing that could fail any more: an order that is said to have failed is placed once more
    return view_of(order, names[guide], served)


def orders(till: Till, limit: int) -> tuple[ValetOrderView, ...]:
    """The newest first; ``changed`` until somebody acknowledges HQ's answer."""
    return tuple(order_view(till, one) for one in valet_orders.recent(till.reference.cache, till.db, limit))


def order(till: Till, order_id: str) -> ValetOrderView:
    """One of them, however old. ``NotFound("unknown_order")``."""
    return order_view(till, _placed(till, order_id))


def acknowledge(till: Till, order_id: str) -> ValetOrderView:
    """The guide has seen HQ's answer. ``NotFound("unknown_order")``."""
    known = _placed(till, order_id)
    with till.transaction() as con:
        valet_orders.mark_seen(con, known.order)
    return order_view(till, _placed(till, order_id))


def _placed(till: Till, order_id: str) -> Placed:
    known = valet_orders.by_id(till.reference.cache, till.db, order_id)
    if known is None:
        raise NotFound("unknown_order", order=order_id)
    return known


def _article(till: Till, sku: str) -> Product:
    product = catalog.by_sku(till.reference.cache, sku, till.now())
    if product is None:
        raise catalog.not_found(till.reference.cache, NotFound("unknown_product", sku=sku))
    return product


def _member(till: Till, member: str | None) -> Member | None:
    found = serving.by_id(till, member) if member else None
    if member and found is None:
        raise NotFound("unknown_member", member=member)
    return found


def _cart(till: Till, lines: Wanted, discount: int) -> Cart:
    """The order as a cart of its own; coupons are for the counter."""
    if not lines:
        raise InputError("empty_cart")
    cart = Cart("valet", use_coupons=False)
    for sku, qty in lines:
        cart = cart.add(_article(till, sku), qty)
    if discount < 0:
        raise InputError("discount", kind="amount_off", value=discount)
    return cart.add_discount(CartDiscount(GUIDE, "amount_off", discount, GUIDE)) if discount else cart


def _priced(till: Till, cart: Cart, member: Member | None) -> Quote:
    book = till.reference.book
    offers = Offers(book.promotions, (), book.rules)
    return price(BasketMaker().basket(cart, till.now(), till.terminal.store, member, offers))


def _check_allowance(till: Till, guide: str, discount: int) -> None:
    left = allowance(till, guide)
    if discount > left:
        raise Refused("allowance", left=left)


def _private(address: Address) -> dict[str, str]:
    """The address as its side record has it."""
    name, text = (" ".join(whole(one).split()) for one in (address.name, address.text))
    if not name or not text or max(len(name), len(text)) > LONGEST_TEXT:
        raise InputError("address", most=LONGEST_TEXT)
    return {"name": name, "phone": plain_phone(address.phone), "text": text}


def _order(
    till: Till, con: Connection, cart: Cart, priced: Quote, member: Member | None, guide: str, discount: int
) -> ValetOrder:
    own_guide, at, here = member.own_guide if member else None, till.now(), till.terminal
    taken = sum(one.amount for line in priced.lines for one in line.discounts if one.source == f"manual:{GUIDE}")
    if taken != discount:
        raise InputError("discount", kind="amount_off", value=discount)
    return ValetOrder(
        id=till.new_id(),
        number=f"{here.store}-{here.slot}-V{terminal.take_valet_seq(con):06d}",
        at=at,
        store=here.store,
        lines=tuple(_line(cart, number, priced) for number in range(len(cart.lines))),
        discount=discount,
        total=priced.total,
        guide=guide,
        member=member.id if member else None,
        own_guide=own_guide,
        shares=_shares(till, priced, guide, till.reference.who_stays(own_guide)),
    )


def _line(cart: Cart, number: int, priced: Quote) -> ValetLine:
    line = cart.lines[number]
    product = line.product
    return ValetLine(product.sku, product.name, product.variant, line.qty, priced.lines[number].unit_price)


def _shares(till: Till, priced: Quote, guide: str, own_guide: str | None) -> tuple[Share, ...]:
    bp = till.reference.settings.own_guide_bp
    return tuple(share for line in priced.lines for share in attribute(line.id, line.net, guide, own_guide, bp))


def _record(till: Till, con: Connection, order: ValetOrder, private: dict[str, str] | None) -> None:
    """The fact without personal data, the address sealed beside it, the order."""
    sides, digest = [], None
    if private:
        sealed = sealing.seal(till.terminal.seal_key, limits.own_key(till), private)
        sides, digest = [journal.Side(till.new_id(), sealed.salt, sealed.sealed, sealed.own)], sealed.digest
    body = valet_order_placed(order, digest, till.stamp())
    entry = journal.append(
        con, fact_id=order.id, kind=VALET_ORDER_PLACED, content=body, at=till.wall(), amount=order.total, sides=sides
    )
    valet_orders.add(con, order, entry.number, sides[0].id if sides else None)
