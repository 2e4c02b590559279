"""代客下单: people at HQ send an order from another place: what lies where HQ had chosen is broken, or is not found.

The stock of both places moves with it, and the guide is told as of HQ's own answer (protocol.md, valet orders).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping

from sqlmodel import Session

from posclient.domain.ids import Clock
from posclient.errors import InputError, NotFound
from sync.hq.chain_tables import StockRow, StoreRow
from sync.hq.database import Database
from sync.hq.effects.valet import CONFIRMED, OUTCOME, REROUTED, able_places, told
from sync.hq.fact_tables import ValetOrderRow
from sync.hq.feeds import Change, publish, terminal_feed
from sync.hq.handling import note_act
from sync.hq.placing import stock_changes, stores

#: What the audit calls it.
ACT = "reroute"
#: Answers that name a place; a rejected order holds nothing that could be sent.
SENT = frozenset({CONFIRMED, REROUTED})


def other_places(session: Session, places: Mapping[str, StoreRow], order: ValetOrderRow) -> dict[str, int]:
    """Who else of ``places`` has all of it: their pieces of it in all, whoever has most first."""
    able = able_places(session, places, _wanted(order))
    others = ((place, qty) for place, qty in able.items() if place != order.ships_from)
    return dict(sorted(others, key=lambda one: (-one[1], one[0])))


def reroute(database: Database, clock: Clock, who: str, fact: str, place: str) -> None:
    """Send the order that ``fact`` placed from ``place``.

    Raises:
        NotFound: ``unknown_order``.
        InputError: ``not_to_be_rerouted`` (state=): HQ has none to send; ``no_stock_there`` (store=): it is no place,
            has not all of it, or is where it is sent from already.
    """
    with database.write(shared=True) as session:
        order = session.get(ValetOrderRow, fact)
        if order is None:
            raise NotFound("unknown_order", order=fact)
        if order.state not in SENT:
            raise InputError("not_to_be_rerouted", state=order.state)
        if place not in other_places(session, stores(session), order):
            raise InputError("no_stock_there", store=place)
        note_act(session, clock, who, ACT, order.number, f"{order.ships_from} → {place}")
        publish(session, _moved(session, clock, order, place))


def _moved(session: Session, clock: Clock, order: ValetOrderRow, place: str) -> list[Change]:
    """The end of the transaction: what lay at the old place is there to be sold again."""
    wanted = _wanted(order)
    for sku, qty in wanted.items():
        for store, pieces in ((order.ships_from, qty), (place, -qty)):
            row = session.get(StockRow, (sku, store))
            if row is not None:  # the old place may not count it any more
                row.qty += pieces
    order.state, order.ships_from = REROUTED, place
    session.flush()
    answer = told(order.id, order.state, place, order.reason, clock)
    changes = [Change(terminal_feed(order.terminal), OUTCOME, order.id, answer)]
    return [*changes, *stock_changes(session, wanted, stores(session))]


def _wanted(order: ValetOrderRow) -> Counter[str]:
    wanted: Counter[str] = Counter()
    for line in json.loads(order.lines):
        wanted[line["sku"]] += line["qty"]
    return wanted
