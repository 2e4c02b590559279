"""Money that was taken for an open cart which the till could not read any more: somebody has to see to it (T-8).

The audit keeps the cart as it was. What a manager has seen of it is kept as for HQ's decisions (``db.outcomes``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from posclient.db import audit
from posclient.db.connection import DAMAGE, Connection
from posclient.db.instants import to_ms
from posclient.db.outcomes import Decided
from posclient.domain.cart_text import money_in
from posclient.domain.tenders import TENDERS
from posclient.errors import DataError

#: What the audit calls such a cart.
ACTION = "unreadable_cart"
#: Charged, or about to be, on the card terminal; any other money; a text that says nothing of money that can be read.
CARD, MONEY, UNKNOWN = "unread_card", "unread_money", "unread_cart"
_BEFORE = "SELECT number, at, detail FROM audit WHERE action = ? AND number < ? ORDER BY number DESC LIMIT 1"
#: A number that bounds nothing.
_ANY = 2**62


def keep(con: Connection, now: datetime, text: str) -> None:
    """A cart that cannot be read, in the caller's transaction."""
    audit.add(con, now, None, ACTION, {"cart": text})


def taken(con: Connection) -> tuple[tuple[Decided, ...], bool]:
    """What all of them had taken, the newest first; False where the audit is damaged: what is older nobody knows.

    Looks through the whole audit.
    """
    found: list[Decided] = []
    row: tuple[int, str, str] | None = None
    try:
        # each by itself: Python's SQLite looks one row ahead, and loses what it has where that fails
        while row := con.execute(_BEFORE, (ACTION, row[0] if row else _ANY)).fetchone():
            found += _of_cart(*row)
    except DataError as error:
        if error.code not in DAMAGE:
            raise
        return tuple(found), False
    return tuple(found), True


def _of_cart(number: int, at: str, detail: str) -> Iterator[Decided]:
    at_ms = to_ms(datetime.fromisoformat(at))
    for place, money in enumerate(money_in(json.loads(detail)["cart"])):
        means = TENDERS.get(money.tender)
        if means is None or not means.of_member:  # a member's own value never left their account
            code = UNKNOWN if means is None else CARD if means.external else MONEY
            said = {"amount": money.amount, "reference": money.reference}
            yield Decided(f"cart:{number}:{place}", code, said, at_ms=at_ms)
