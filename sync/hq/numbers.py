"""Numbers that people read, receipts and valet orders: where a slot goes on when another machine takes it over.

What lies in quarantine is on paper as well, and may count yet (T-1).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, select

from posclient.domain.facts import SALE_COMPLETED, VALET_ORDER_PLACED
from sync.hq.fact_tables import Quarantine, SaleRow, ValetOrderRow
from sync.hq.tables import Terminal

#: A number that is so far is none of a till's, and the last that a sale may have.
_MOST = 10**12
#: Bodies that are in memory at once.
_PART = 500


def next_receipt(session: Session, place: Terminal) -> int:
    """Of a slot's sales."""
    mine = SaleRow.store == place.store, SaleRow.slot == place.slot
    last = session.exec(select(func.max(SaleRow.seq)).where(*mine)).one() or 0
    aside = (said.get("seq") for said in _aside(session, place, SALE_COMPLETED))
    return max([last, *(seq for seq in aside if type(seq) is int and 0 < seq < _MOST)]) + 1


def next_valet(session: Session, place: Terminal) -> int:
    """Of its valet orders; a number is STORE-SLOT-V and digits."""
    numbers = session.exec(select(ValetOrderRow.number).where(ValetOrderRow.terminal == place.id)).all()
    aside = (said.get("number") for said in _aside(session, place, VALET_ORDER_PLACED))
    start = f"{place.store}-{place.slot}-V"
    return max([0, *(_digits(one, start) for one in [*numbers, *aside])]) + 1


def _aside(session: Session, place: Terminal, kind: str) -> Iterator[dict[str, Any]]:
    """What facts in quarantine say, as far as it can be read at all."""
    mine = Quarantine.terminal == place.id, Quarantine.kind == kind
    for body in session.exec(select(Quarantine.body).where(*mine).execution_options(yield_per=_PART)):
        try:
            said = json.loads(body)
        except (ValueError, RecursionError):
            continue
        if isinstance(said, dict):
            yield said


def _digits(number: object, start: str) -> int:
    """0 for what is no number of this slot."""
    if not isinstance(number, str) or not number.startswith(start):
        return 0
    text = number.removeprefix(start)
    return int(text) if text.isascii() and text.isdigit() and len(text) < len(str(_MOST)) else 0
