"""The open cart with its quote, and what is kept between two scans so that the second one is fast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from posclient.actions.card import NO_CODES, Card, PublicCodes
from posclient.actions.cart_view import LinePainter
from posclient.actions.grants import Grants
from posclient.actions.standing import Refusal
from posclient.domain.cart import Cart
from posclient.domain.cart_text import CartWriter
from posclient.domain.frozen import Frozen, read_frozen
from posclient.domain.pricing import Basket, Quote
from posclient.domain.quoting import BasketMaker
from posclient.errors import Refused


class Selling:
    """``quote`` is None until the cart is priced; ``moment`` names what held when it was (rules, prices, time)."""

    def __init__(self, cart: Cart) -> None:
        self.writer, self.painter, self.baskets = CartWriter(), LinePainter(), BasketMaker()
        #: Coupons that the store leases, and that its hub keeps for this cart.
        self.grants = Grants()
        #: The rules that the open cart was last priced by.
        self.book: Any = None
        #: What was known of articles and prices then (``Reference.shelf``).
        self.shelf: Any = None
        self.reset(cart)

    def reset(self, cart: Cart) -> None:
        """Another cart; nothing of the last one stays, not even for a moment (T-67)."""
        self.cart = cart
        self.basket: Basket | None = None
        self.quote: Quote | None = None
        self.card: Card | None = None
        #: The public codes of a cart, and of which codes and rows of HQ's they were made.
        self.codes: PublicCodes = NO_CODES
        self.codes_of: Any = None
        self.touched: str | None = None
        self.moved: tuple[str, ...] = ()
        #: Lines that moved while payment was about to open, and that no view has told of.
        self.unsaid: tuple[str, ...] = ()
        self.moment: Any = None
        #: What HQ would not hold for this cart: it is not asked again.
        self.refused: Mapping[str, Refusal] = {}
        self.grants.clear()
        self._frozen: Frozen | None = None

    def ring(self, cart: Cart, basket: Basket, quote: Quote, card: Card | None, moment: Any) -> None:
        """The cart as just priced."""
        self.cart, self.basket, self.quote, self.card, self.moment = cart, basket, quote, card, moment

    def mark(self, touched: str | None, moved: tuple[str, ...]) -> None:
        """What the next view points at."""
        self.touched, self.moved = touched, moved

    def put(self, cart: Cart) -> None:
        """The same lines, paid further."""
        self.cart = cart
        self._frozen = self._frozen if cart.paying else None

    def known_quote(self) -> Quote:
        """The quote of the open cart, which has been priced."""
        if self.quote is None:
            raise RuntimeError("the cart was never priced")
        return self.quote

    def priced(self) -> tuple[Basket, Quote]:
        """Basket and quote of the open cart, which has just been priced."""
        if self.basket is None:
            raise RuntimeError("the cart was never priced")
        return self.basket, self.known_quote()

    def frozen(self) -> Frozen:
        """The quote that is being paid. ``Refused("not_paying")`` when payment is not open."""
        data = self.cart.frozen_quote
        if data is None:
            raise Refused("not_paying")
        if self._frozen is None:
            self._frozen = read_frozen(data)
        return self._frozen
