"""How a changed cart becomes a priced, saved, painted one: the way that every scan goes.

Nothing slow is on it. What HQ decided is in memory (``Reference``), so are the member's coupons (``Card``), and the
cart's unchanged lines are kept as text. A cart is saved at each change without waiting for the disk; what concerns
money that changes hands waits for it (``paying``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from posclient.actions import limits, rights
from posclient.actions.card import Card, PublicCodes, coupon_views, member_card
from posclient.actions.cart_view import Naming, cart_view
from posclient.actions.serving import load_card, load_codes, unreadable
from posclient.actions.skipped_rules import report_skipped
from posclient.actions.till import Till
from posclient.actions.views import CartView
from posclient.db import open_cart
from posclient.db.connection import Connection
from posclient.domain.approvals import still_approved
from posclient.domain.cart import Cart
from posclient.domain.offline_limits import LOCKED
from posclient.domain.people import Staff
from posclient.domain.pricing import BadBasket, Basket, Quote, price
from posclient.domain.quoting import Offers
from posclient.errors import Refused


def view(till: Till) -> CartView:
    """The open cart. After a restart: what was open before, priced again unless it was being paid. Nothing was done to
    it, so it points at no line: whoever looks at it may have marked another one since.
    """
    if till.selling.quote is None:
        return reprice(till)
    return replace(paint(till), touched=None)


def reprice(till: Till) -> CartView:
    """Price the open cart by what holds now; one that is being paid stays as it is."""
    selling = till.selling
    if selling.cart.paying:
        selling.card, _ = _look_up(till, selling.cart)
        selling.book = till.reference.book
        selling.quote = selling.frozen().quote
        return paint(till)
    return ring(till, selling.cart)


def change(till: Till, make: Callable[[Cart], Cart], *, line: str | None = None, sku: str | None = None) -> CartView:
    """``make`` a cart of the open one, price it, save it, and only then let it be the open one.

    The view marks ``line``, or the line of ``sku``. Whatever is raised leaves the open cart as it was.
    """
    refuse_while_paying(till.selling.cart)
    if till.selling.cart.is_empty:  # a sale that was begun may still be finished
        limits.refuse(till, LOCKED)
    if till.selling.quote is None:
        reprice(till)
    cart = still_approved(till.selling.cart, make(till.selling.cart))
    return ring(till, cart, cart.last_line_of(sku).id if sku else line)


def current(till: Till) -> Quote:
    """The open cart's quote."""
    if till.selling.quote is None:
        reprice(till)
    return till.selling.known_quote()


def refuse_while_paying(cart: Cart) -> None:
    """Nothing changes while payment is open."""
    if cart.paying:
        raise Refused("paying")


def empty_cart(till: Till) -> Cart:
    """A new cart; its selling guide is who is logged in, if they are one."""
    guide = till.staff.id if till.staff and "guide" in till.staff.roles else None
    return Cart(till.new_id(), guide=guide)


def greet(till: Till, person: Staff) -> None:
    """Somebody logged in: an empty cart becomes theirs if they are a guide, and nobody's if they are not."""
    cart = till.selling.cart
    if cart.is_empty:
        till.selling.cart = cart.set_guide(person.id if "guide" in person.roles else None)


def save_with(till: Till, con: Connection, cart: Cart) -> None:
    """Save ``cart`` in the caller's transaction, with what makes it so; after its commit ``take_over`` gets it."""
    open_cart.save(con, till.selling.writer.text(cart), till.wall())


def take_over(till: Till, cart: Cart, touched: str | None = None) -> CartView:
    """``cart`` is on the disk already, so it is the open one whatever comes now; priced without another write."""
    selling = till.selling
    moved: tuple[str, ...] = ()
    if selling.cart.member == cart.member:  # by the cart as it was: what has left it changes what the others cost
        moved, left = _moved(till, _look_up(till, selling.cart)[0], touched), {line.id for line in cart.lines}
        moved = tuple(one for one in moved if one in left)
    selling.cart, selling.quote = cart, None
    ring(till, cart, touched, saved=True)
    selling.mark(touched, moved)
    return paint(till)


def ring(till: Till, cart: Cart, touched: str | None = None, *, saved: bool = False) -> CartView:
    """Look up, price, save: ``cart`` is the open one now. ``saved``: it is on the disk as it is."""
    selling = till.selling
    same_member = selling.cart.member == cart.member
    card, cart = _look_up(till, cart)
    moved = _moved(till, card, touched) if same_member else ()
    basket, quote, cart = _priced(till, cart, card)
    if not saved:
        open_cart.save(till.quick, selling.writer.text(cart), till.wall())
    selling.ring(cart, basket, quote, card, _moment(till, cart, card))
    selling.book, selling.shelf = till.reference.book, till.reference.shelf
    selling.mark(touched, moved)
    return paint(till)


def paint(till: Till) -> CartView:
    """The open cart as values to show."""
    selling = till.selling
    cart, quote, card = selling.cart, current(till), selling.card
    unit = selling.frozen().unit if cart.paying else till.reference.settings.cash_rounding
    names = naming(till)
    lines = selling.painter.lines(cart, quote, names)
    made = cart_view(
        cart, quote, lines, names, member_card(card, cart, quote) if card else None, unit=unit,
        touched=selling.touched, moved=selling.moved,
    )  # fmt: skip
    if cart.public:
        made = replace(made, codes=coupon_views(public_codes(till, cart), cart, quote))
    return replace(made, unconfirmed=_unconfirmed(till, cart)) if cart.paying else made


def _unconfirmed(till: Till, cart: Cart) -> tuple[str, ...]:
    return tuple(sorted(rights.unasked(till, cart, till.selling.frozen().rights)))


def naming(till: Till) -> Naming:
    """Names for the open cart: of a manual discount the reason; while it is paid, those that the slip will say."""
    selling = till.selling
    frozen = selling.frozen().names if selling.cart.paying else {}
    reasons = {f"manual:{one.id}": one.reason for one in selling.cart.discounts}
    coupons, codes = selling.card.names if selling.card else {}, public_codes(till, selling.cart).names
    return Naming(till.reference.names(), (frozen, till.reference.book.names, coupons, codes, reasons))


def public_codes(till: Till, cart: Cart) -> PublicCodes:
    """Those of ``cart``, read again when HQ has sent something since."""
    selling, of = till.selling, (till.reference.book, cart.public)
    if selling.codes_of is None or selling.codes_of[0] is not of[0] or selling.codes_of[1] != of[1]:
        selling.codes, selling.codes_of = load_codes(till, cart.public), of
        report_skipped(till, unreadable(selling.codes))
    return selling.codes


def _look_up(till: Till, cart: Cart) -> tuple[Card | None, Cart]:
    """What HQ's rows say now of the cart's member and articles."""
    till.hear_time()
    selling, book = till.selling, till.reference.refresh()
    changed = book is not selling.book
    if changed:
        report_skipped(till, book.skipped)
    card = selling.card
    if changed or cart.member != (card.member.id if card else None) or not _still_holds(till, card, cart):
        card = _card(till, cart)
    if card and card.member.id != cart.member:  # HQ united two members (protocol.md, members)
        cart = replace(cart, member=card.member.id)
    return card, till.reference.refreshed(cart, till.now())


def _still_holds(till: Till, card: Card | None, cart: Cart) -> bool:
    return card is None or card.holds_at(till.now(), rights.standing(till, cart))


def _card(till: Till, cart: Cart) -> Card | None:
    card = load_card(till, cart.member, cart) if cart.member else None
    if card:
        report_skipped(till, unreadable(card))
    return card


def _priced(till: Till, cart: Cart, card: Card | None) -> tuple[Basket, Quote, Cart]:
    """A pin that cannot be kept any more (HQ changed a rule meanwhile) is let go, rather than the sale stopped."""
    known = till.selling.cart.pinned
    basket = _basket(till, cart, card)
    try:
        return basket, price(basket), cart
    except BadBasket as error:
        if error.code != "impossible_pin" or cart.pinned - known:
            raise
    freed = replace(cart, pinned=frozenset())
    basket = _basket(till, freed, card)
    return basket, price(basket), freed


def _basket(till: Till, cart: Cart, card: Card | None) -> Basket:
    book = till.reference.book
    coupons = (*(card.rules if card else ()), *public_codes(till, cart).rules)
    offers = Offers(book.promotions, coupons, book.rules)
    member = card.member if card else None
    return till.selling.baskets.basket(cart, till.now(), till.terminal.store, member, offers)


def _moment(till: Till, cart: Cart, card: Card | None) -> tuple[object, object, object]:
    """Another value whenever rules, promotions or coupons hold that did not before."""
    at = till.now()
    return till.reference.moment(at), card.moment(at) if card else None, public_codes(till, cart).moment(at)


def _moved(till: Till, card: Card | None, touched: str | None) -> tuple[str, ...]:
    """Lines of the cart as it was that now cost another amount, though nobody touched them.

    Only where the world moved on (a feed page, the end of a promotion, of a coupon's lease, of a member's card): what
    an added article does to the others' discounts is the cashier's own doing.
    """
    selling = till.selling
    if selling.quote is None:
        return ()
    same_moment = _is_as_good(till, card, selling.quote) and _moment(till, selling.cart, card) == selling.moment
    if same_moment and till.reference.shelf is selling.shelf:
        return ()
    cart = till.reference.refreshed(selling.cart, till.now())
    if same_moment and cart is selling.cart:
        return ()
    _, after, _ = _priced(till, cart, card)
    pairs = zip(selling.quote.lines, after.lines, strict=True)
    return tuple(new.id for old, new in pairs if old.net != new.net and new.id != touched)


def _is_as_good(till: Till, card: Card | None, quote: Quote) -> bool:
    """The same member, with every coupon that was taken off."""
    before, offered = till.selling.card, {one.id for one in public_codes(till, till.selling.cart).rules}
    offered |= {one.id for one in card.rules} if card else set()
    return (before and before.member) == (card and card.member) and offered.issuperset(quote.used)
