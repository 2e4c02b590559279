"""What HQ's stock must be: what was there at the first or at the last count, less what was sold and ordered since."""

from __future__ import annotations

import json
from collections import Counter

from sqlmodel import Session, select

from sync.hq.chain_tables import StockRow
from sync.hq.fact_tables import SaleLineRow, SaleRow, ValetOrderRow
from tests.sim.chain_to_copy import PIECES

#: (SKU, store).
Place = tuple[str, str]


def gone(session: Session) -> Counter[Place]:
    """Pieces that sales and orders, as far as HQ has heard of them, have taken."""
    sales = {row.fact: row for row in session.exec(select(SaleRow))}
    pieces: Counter[Place] = Counter()
    for line in session.exec(select(SaleLineRow)):
        pieces[line.sku, sales[line.fact].store] += line.qty
    for order in session.exec(select(ValetOrderRow)):
        for one in json.loads(order.lines):
            pieces[one["sku"], order.ships_from or ""] += one["qty"]
    return pieces


class StockBooks:
    """``began``: what there would be now, had nobody ever bought a piece."""

    def __init__(self) -> None:
        self.began: dict[Place, int] = {}
        self._kept: dict[Place, int] = {}

    def counted(self, session: Session, place: Place, qty: int) -> None:
        """People have counted: whatever is sold from now on comes off that."""
        self.began[place] = qty + gone(session)[place]

    def back_up(self) -> None:
        """HQ's backup has the counts until now."""
        self._kept = dict(self.began)

    def restore(self) -> None:
        """And forgets those since."""
        self.began = dict(self._kept)

    def check(self, session: Session) -> None:
        """HQ's figures are what sales and orders make of it."""
        pieces = gone(session)
        for row in session.exec(select(StockRow)):
            place = row.sku, row.store
            assert row.qty == self.began.get(place, PIECES) - pieces[place], f"stock of {row.sku} in {row.store}"
