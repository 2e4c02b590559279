"""Where a valet order goes: opened for whoever sends it, and each look is kept (ux.md, manners)."""

from __future__ import annotations

import json

from posclient.domain.ids import Clock
from posclient.domain.typed_text import whole
from posclient.domain.valet import Address
from sync.hq.bodies import UnreadableError
from sync.hq.database import Database
from sync.hq.fact_tables import FactRow, ValetOrderRow
from sync.hq.handling import note_act
from sync.hq.identity import Keys
from sync.hq.sides import kept, open_side

#: What the audit calls it.
SHOWN = "show_address"


def address_of(database: Database, clock: Clock, keys: Keys, who: str, fact: str) -> Address | None:
    """Of the order that this fact placed; None where it goes to the store, was erased, or cannot be opened."""
    with database.write(shared=True) as session:
        order, placed = session.get_one(ValetOrderRow, fact), session.get_one(FactRow, fact)
        side = json.loads(placed.body)["side"]
        try:
            plain = json.loads(open_side(keys, kept(session, placed), side)) if side else None
        except (UnreadableError, ValueError, RecursionError):  # nobody has looked into it before
            plain = None
        if not isinstance(plain, dict):
            return None
        note_act(session, clock, who, SHOWN, order.number)
        return Address(*(whole(str(plain.get(name, ""))) for name in ("name", "phone", "text")))
