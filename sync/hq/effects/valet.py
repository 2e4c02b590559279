"""代客下单: HQ's simplest routing: any place with stock of everything.

The warehouse of the order's own zone comes first, then whoever has most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sqlmodel import col, select

from sync.hq.bodies import ValetOrderPlacedV1
from sync.hq.chain_tables import StockRow, StoreRow
from sync.hq.erasing import drop_sides, erasures, is_forgotten
from sync.hq.fact_tables import ShareRow, ValetOrderRow
from sync.hq.feeds import canonical, terminal_feed
from sync.hq.work import Received, Work

NO_STOCK = "no_stock"


def order_placed(work: Work, received: Received, order: ValetOrderPlacedV1) -> str | None:
    """Route the order, take its stock, and answer in the terminal's feed."""
    wanted: Counter[str] = Counter()
    for line in order.lines:
        wanted[line.sku] += line.qty
    ships_from = _route(work, order.store, wanted)
    if ships_from is not None:
        for sku, qty in wanted.items():
            work.move_stock(ships_from, sku, qty)
    state, reason = ("confirmed", "") if ships_from else ("rejected", NO_STOCK)
    work.add(
        ValetOrderRow, fact=received.fact.id, id=order.id, number=order.number, terminal=work.terminal.id,
        store=order.store, at=order.at, guide=order.guide, member=order.member, total=order.total,
        discount=order.discount, lines=canonical([line.model_dump() for line in order.lines]), state=state,
        ships_from=ships_from, reason=reason,
    )  # fmt: skip
    for share in order.shares:
        work.add(ShareRow, fact=received.fact.id, **share.model_dump())
    forget_address(work, received.fact.id, order.member)
    answer = {
        "order": order.id, "state": state, "ships_from": ships_from, "reason": reason,
        "at": work.clock.now().isoformat(),
    }  # fmt: skip
    work.publish(terminal_feed(work.terminal.id), "valet_outcome", order.id, answer)
    return None


def forget_address(work: Work, fact: str, member: str | None) -> None:
    """Where the till was offline when HQ forgot the member, what came is not kept, nor what lay here while the order
    was in quarantine; and the till is told as of any other order of theirs.
    """
    if not member or work.member(member) is not None or not is_forgotten(work.session, member):
        return
    work.nameless.add(fact)
    drop_sides(work.session, [fact])
    work.changes += erasures([(fact, work.terminal.id)], work.clock)


def _route(work: Work, store: str, wanted: Mapping[str, int]) -> str | None:
    """The place that ships, or None."""
    pieces: dict[str, Counter[str]] = {place: Counter() for place in work.stores}
    for row in work.session.exec(select(StockRow).where(col(StockRow.sku).in_(list(wanted)))):
        if row.store in pieces:
            pieces[row.store][row.sku] = row.qty
    able = [place for place, have in pieces.items() if all(have[sku] >= qty for sku, qty in wanted.items())]
    zone = work.stores[store].zone if store in work.stores else None

    def rank(place: str) -> tuple[bool, int, str]:
        return not _is_warehouse_of(work.stores[place], zone), -pieces[place].total(), place

    return min(able, key=rank, default=None)


def _is_warehouse_of(place: StoreRow, zone: str | None) -> bool:
    return place.kind == "warehouse" and place.zone == zone
