"""代客下单: an order that a guide places for a customer, shipped from wherever stock is.

It is a request that HQ answers (protocol.md, stock and valet orders): ``unconfirmed`` until HQ says ``confirmed``,
``rerouted`` or ``rejected`` in the terminal's feed.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime

from posclient.domain.attribution import Share

#: The kind of a place that is no shop.
WAREHOUSE = "warehouse"
STATES = ("unconfirmed", "confirmed", "rerouted", "rejected")


@dataclass(frozen=True, slots=True)
class ValetLine:
    """``price`` is the tag or member price per piece in fen, before the guide's discount."""

    sku: str
    name: str
    variant: str
    qty: int
    price: int


@dataclass(frozen=True, slots=True)
class Address:
    """Personal data: never in a fact, always a side record (protocol.md, identity and order)."""

    name: str
    phone: str
    text: str


@dataclass(frozen=True, slots=True)
class ValetOrder:
    """``number`` is for people (store-slot-Vseq); ``discount`` the guide's, within their allowance; money in fen.

    ``expected``: the place that the customer was told of, None where nobody knew one.
    """

    id: str
    number: str
    at: datetime
    store: str
    lines: tuple[ValetLine, ...]
    discount: int
    total: int
    guide: str
    member: str | None
    own_guide: str | None
    shares: tuple[Share, ...]
    state: str = "unconfirmed"
    ships_from: str | None = None
    reason: str = ""
    expected: str | None = None


def likely_place(pieces: Mapping[str, int], warehouses: Container[str]) -> str | None:
    """From which of the places that have everything it is sent: a warehouse of the order's own zone, then whoever has
    most. HQ's simplest routing, and what a till tells the customer before; by another rule nearly each order would be
    "rerouted" though nothing had happened.

    ``pieces``: how many of them each has in all.
    """
    return min(pieces, key=lambda place: (place not in warehouses, -pieces[place], place), default=None)
