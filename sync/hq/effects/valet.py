"""代客下单: HQ's simplest routing: any place with stock of everything.

The warehouse of the order's own zone comes first, then whoever has most. Where the till had told the customer of
another place the answer is ``rerouted``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, func, select

from posclient.domain.ids import Clock
from posclient.domain.valet import WAREHOUSE, likely_place
from sync.hq.bodies import ValetOrderPlacedV1
from sync.hq.bulk import Among
from sync.hq.chain_tables import StockRow, StoreRow
from sync.hq.erasing import drop_sides, erasures, is_forgotten
from sync.hq.fact_tables import ShareRow, ValetOrderRow
from sync.hq.feeds import canonical, store_feed, terminal_feed
from sync.hq.tables import FeedRow
from sync.hq.work import Received, Work

CONFIRMED, REROUTED, REJECTED = "confirmed", "rerouted", "rejected"
NO_STOCK = "no_stock"
#: The guide's discounts of the month are more than their allowance.
OVER = "allowance_over"
#: Its table in the terminal's feed.
OUTCOME = "valet_outcome"
_STOCK = Among(select(StockRow), StockRow.sku)


def order_placed(work: Work, received: Received, order: ValetOrderPlacedV1) -> str | None:
    """Route the order, take its stock, and answer in the terminal's feed."""
    wanted: Counter[str] = Counter()
    for line in order.lines:
        wanted[line.sku] += line.qty
    ships_from = _route(work, order.store, wanted)
    if ships_from is not None:
        for sku, qty in wanted.items():
            work.move_stock(ships_from, sku, qty)
    state, reason = _answer(order.expected, ships_from)
    work.add(
        ValetOrderRow, fact=received.fact.id, id=order.id, number=order.number, terminal=work.terminal.id,
        store=order.store, at=order.at, guide=order.guide, member=order.member, total=order.total,
        discount=order.discount, lines=canonical([line.model_dump() for line in order.lines]), state=state,
        ships_from=ships_from, reason=reason,
    )  # fmt: skip
    for share in order.shares:
        work.add(ShareRow, fact=received.fact.id, **share.model_dump())
    forget_address(work, received.fact.id, order.member)
    answer = told(order.id, state, ships_from, reason, work.clock)
    work.publish(terminal_feed(work.terminal.id), OUTCOME, order.id, answer)
    return _over_allowance(work, received.fact.id, order) if order.discount and state != REJECTED else None


def _over_allowance(work: Work, fact: str, order: ValetOrderPlacedV1) -> str | None:
    """Each till compares a guide's discounts of the month by its own orders: all of them may come to more (G2)."""
    month = order.at[:7]
    row = work.session.get(FeedRow, (store_feed(order.store), "allowance", f"{order.guide}/{month}"))
    if row is None or not row.data:  # withdrawn, or its month is over for so long that it went
        return None
    allowed = json.loads(row.data)["amount"]
    work.write_rows(ValetOrderRow)
    discounts = work.session.exec(
        select(func.sum(ValetOrderRow.discount)).where(
            ValetOrderRow.guide == order.guide, ValetOrderRow.at >= month, ValetOrderRow.state != REJECTED,
            func.substr(ValetOrderRow.at, 1, len(month)) == month,
        )
    ).one()  # fmt: skip
    given = int(discounts)  # PostgreSQL sums decimals, which no row of a feed can hold
    if given <= allowed:
        return None
    sums = {"amount": order.discount, "given": given, "allowed": allowed}
    return work.exception(fact, OVER, guide=order.guide, reference=order.number, **sums)


def forget_address(work: Work, fact: str, member: str | None) -> None:
    """Where the till was offline when HQ forgot the member, what came is not kept, nor what lay here while the order
    was in quarantine; and the till is told as of any other order of theirs.
    """
    if not member or work.member(member) is not None or not is_forgotten(work.session, member):
        return
    work.nameless.add(fact)
    drop_sides(work.session, [fact])
    work.changes += erasures([(fact, work.terminal.id)], work.clock)


def told(order: str, state: str, ships_from: str | None, reason: str, clock: Clock) -> dict[str, Any]:
    """HQ's answer, as the terminal's feed has it."""
    return {"order": order, "state": state, "ships_from": ships_from, "reason": reason, "at": clock.now().isoformat()}


def able_places(session: Session, places: Mapping[str, StoreRow], wanted: Mapping[str, int]) -> dict[str, int]:
    """Who has all that is ``wanted``, and how many pieces of it in all."""
    pieces: dict[str, Counter[str]] = {place: Counter() for place in places}
    for row in _STOCK.firsts(session, wanted):
        if row.store in pieces:
            pieces[row.store][row.sku] = row.qty
    return {
        place: have.total() for place, have in pieces.items() if all(have[sku] >= qty for sku, qty in wanted.items())
    }


def _route(work: Work, store: str, wanted: Mapping[str, int]) -> str | None:
    """The place that ships, or None."""
    zone = work.stores[store].zone if store in work.stores else None
    warehouses = {name for name, place in work.stores.items() if place.kind == WAREHOUSE and place.zone == zone}
    return likely_place(able_places(work.session, work.stores, wanted), warehouses)


def _answer(expected: str | None, ships_from: str | None) -> tuple[str, str]:
    """State and reason. A till that told of no place, an older one too, is told no more than that it is sent."""
    if ships_from is None:
        return REJECTED, NO_STOCK
    return (CONFIRMED if expected in {None, ships_from} else REROUTED), ""
