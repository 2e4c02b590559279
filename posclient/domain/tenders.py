"""支付方式: the means by which a sale is paid. A new one is one class here and its line in ``TENDERS``.

A ``Tender`` is a means; a ``Payment`` is an amount by it. ``due = sum of payments + rounding``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from posclient.errors import InputError


class Tender:
    """What the till must know of a means of payment."""

    kind: ClassVar[str]
    #: May the customer hand over more than is open, and get change?
    gives_change: ClassVar[bool] = False
    #: Does it open the drawer?
    opens_drawer: ClassVar[bool] = False
    #: Is its outcome decided on another machine, so that the cart is saved before and after?
    external: ClassVar[bool] = False
    #: Is it a member's own money, so that there must be one, and enough of it in this till's leases?
    of_member: ClassVar[bool] = False
    #: Is what is left rounded down when it is the last tender (抹零)?
    rounds: ClassVar[bool] = False


class Cash(Tender):
    """Notes and coins: the only tender with change, the drawer and rounding."""

    kind = "cash"
    gives_change = True
    opens_drawer = True
    rounds = True


class Card(Tender):
    """A card on an external terminal: the amount is typed there, the outcome is told to us."""

    kind = "card"
    external = True


class StoredValue(Tender):
    """储值: the member's prepaid balance. One balance: HQ's feed does not tell principal from bonus yet."""

    kind = "stored_value"
    of_member = True


class Points(Tender):
    """积分: the member's points at the chain's worth (``domain.points.Worth``); ``reference`` is how many."""

    kind = "points"
    of_member = True


TENDERS: dict[str, type[Tender]] = {tender.kind: tender for tender in (Cash, Card, StoredValue, Points)}


@dataclass(frozen=True, slots=True)
class Payment:
    """``amount`` counts towards the due; ``tendered`` was handed over; ``tendered - amount`` is change.

    ``reference``: of a card, what its terminal printed; of points, how many they are.
    """

    id: str
    tender: str
    amount: int
    tendered: int
    reference: str = ""

    @property
    def change(self) -> int:
        return self.tendered - self.amount


def tender(kind: str) -> type[Tender]:
    """Look a tender up by its kind; ``InputError("unknown_tender")``."""
    try:
        return TENDERS[kind]
    except KeyError:
        raise InputError("unknown_tender", kind=kind) from None
