"""The open cart as JSON text and back: what a restart finds in ``till.db``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from posclient.domain.cart import CardAttempt, Cart, CartDiscount, CartLease, CartLine, CouponHold, Override, Removal
from posclient.domain.catalog import Product
from posclient.domain.tenders import TENDERS, Payment

#: Made once: ``json.dumps`` makes one at each call that wants other than its defaults.
_compact: Callable[[Any], str] = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class CartWriter:
    """Writes carts, and keeps the text of each line, and of what was taken out, while it stays the same value.

    A cart is written at every scan (ux.md), so a scan into fifty lines must not spell out the other forty-nine again.
    """

    def __init__(self) -> None:
        self._texts: dict[str, tuple[CartLine, str]] = {}
        self._removals: tuple[tuple[Removal, ...], str] = ((), "[]")

    def text(self, cart: Cart) -> str:
        """JSON text; ``read_cart`` is its inverse."""
        known, self._texts = self._texts, {}
        for line in cart.lines:
            kept = known.get(line.id)
            self._texts[line.id] = kept if kept and kept[0] is line else (line, _compact(_line(line)))
        if self._removals[0] is not cart.removals:
            self._removals = (cart.removals, _compact([asdict(one) for one in cart.removals]))
        head, lines = _compact(_head(cart)), ",".join(text for _, text in self._texts.values())
        return f'{head[:-1]},"removals":{self._removals[1]},"lines":[{lines}]}}'


_PRODUCT = tuple(Product.__slots__)
_LINE = tuple(CartLine.__slots__)
#: What an earlier version leased on top; HQ's own rows of it come with the next contact.
_NO_MORE = ("value_lease", "points_lease")


def _head(cart: Cart) -> dict[str, Any]:
    public = {"public": sorted(cart.public)} if cart.public else {}  # an older program reads a cart without any
    return public | {
        "id": cart.id, "basket": cart.basket, "next_line": cart.next_line, "member": cart.member,
        "claimed_code": cart.claimed_code, "guide": cart.guide, "pinned": sorted(cart.pinned),
        "excluded": sorted(cart.excluded), "use_coupons": cart.use_coupons,
        "holds": [asdict(one) for one in cart.holds], "overrides": [asdict(one) for one in cart.overrides],
        "on_top": [asdict(one) for one in cart.on_top], "discounts": [asdict(one) for one in cart.discounts],
        "payments": [asdict(one) for one in cart.payments],
        "card_attempt": asdict(cart.card_attempt) if cart.card_attempt else None, "frozen_quote": cart.frozen_quote,
    }  # fmt: skip


def _line(line: CartLine) -> dict[str, Any]:
    """By hand: ``asdict`` copies all the way down, and this is on the way of every scan."""
    product = {name: getattr(line.product, name) for name in _PRODUCT}
    product["tags"] = sorted(line.product.tags)
    return {**{name: getattr(line, name) for name in _LINE}, "product": product}


def read_cart(text: str) -> Cart:
    """What ``CartWriter.text`` wrote. One that was paid in a way of a later program cannot be read: nothing of it could
    be taken back or finished here.
    """
    data = json.loads(text)
    for name in _NO_MORE:
        data.pop(name, None)
    return Cart(
        **{
            **data,
            "lines": tuple(_read_line(line) for line in data["lines"]),
            "discounts": tuple(CartDiscount(**{**one, "lines": tuple(one["lines"])}) for one in data["discounts"]),
            "payments": tuple(_read_payment(one) for one in data["payments"]),
            "card_attempt": CardAttempt(**data["card_attempt"]) if data["card_attempt"] else None,
            "holds": tuple(CouponHold(**one) for one in data.get("holds", ())),
            "removals": tuple(Removal(**one) for one in data.get("removals", ())),
            "overrides": tuple(Override(**one) for one in data.get("overrides", ())),
            "on_top": tuple(CartLease(**one) for one in data.get("on_top", ())),
            "public": frozenset(data.get("public", ())),
            "pinned": frozenset(data["pinned"]),
            "excluded": frozenset(data["excluded"]),
        }
    )


@dataclass(frozen=True, slots=True)
class CartMoney:
    """Fen that a cart has taken, or was about to take on a card's terminal; ``tender`` empty: nobody can tell what."""

    tender: str
    amount: int
    reference: str


def money_in(text: str) -> tuple[CartMoney, ...]:
    """What was paid in a cart that ``read_cart`` cannot read, as far as its text says so."""
    try:
        data = json.loads(text)
    except ValueError:
        return (CartMoney("", 0, ""),)
    if not isinstance(data, dict):
        return (CartMoney("", 0, ""),)
    payments, attempt = data.get("payments") or [], data.get("card_attempt")
    parts = [*(payments if isinstance(payments, list) else [payments]), *([attempt] if attempt else [])]
    return tuple(_money(part, "card" if part is attempt else "") for part in parts)


def _money(part: Any, known: str) -> CartMoney:
    said: dict[str, Any] = part if isinstance(part, dict) else {}
    tender, amount, reference = said.get("tender", known), said.get("amount"), said.get("reference", "")
    if isinstance(tender, str) and isinstance(amount, int) and isinstance(reference, str):
        return CartMoney(tender, amount, reference)
    return CartMoney("", 0, "")


def _read_payment(data: Mapping[str, Any]) -> Payment:
    found = Payment(**data)
    if found.tender not in TENDERS:
        raise ValueError(found.tender)
    return found


def _read_line(data: Mapping[str, Any]) -> CartLine:
    product = Product(**{**data["product"], "tags": frozenset(data["product"]["tags"])})
    return CartLine(**{**data, "product": product})
