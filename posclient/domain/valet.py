"""代客下单: an order that a guide places for a customer, shipped from wherever stock is.

It is a request that HQ answers (protocol.md, stock and valet orders): ``unconfirmed`` until HQ says ``confirmed``,
``rerouted`` or ``rejected`` in the terminal's feed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posclient.domain.attribution import Share

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
    """``number`` is for people (store-slot-Vseq); ``discount`` the guide's, within their allowance; money in fen."""

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
