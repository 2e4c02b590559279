"""Valet orders and the grid of a style as values to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from posclient.actions import serving
from posclient.actions.till import Till
from posclient.actions.views import GridCell, ValetGrid, ValetOrderView
from posclient.db import catalog, chain, stock
from posclient.db.chain import StoreInfo
from posclient.db.instants import to_ms
from posclient.db.valet_orders import Placed
from posclient.domain.catalog import Product, StockLevel
from posclient.domain.people import Member
from posclient.domain.valet import WAREHOUSE, ValetOrder, likely_place


def stock_grid(till: Till, product: Product) -> ValetGrid:
    """Colours (rows) and sizes (columns) in HQ's order; an article without style stands alone."""
    cache, at = till.reference.cache, till.now()
    style = catalog.by_style(cache, product.style, at) if product.style else [product]
    rows = _rows(style)
    levels = stock.levels(cache, till.db, [one.sku for one in style], till.terminal.store)
    checked_ms, places = stock.checked_ms(cache), chain.stores(cache)
    warehouses = _warehouses(places, till.terminal.store)
    return ValetGrid(
        style=product.style or product.sku,
        name=product.name,
        price=product.price,
        colors=tuple(dict.fromkeys(rows)),
        sizes=tuple(dict.fromkeys(one.size for one in style)),
        cells={
            (row, one.size): _cell(levels[one.sku], till.terminal.store, warehouses)
            for row, one in zip(rows, style, strict=True)
        },
        stock_age_s=max(0, to_ms(till.wall()) - checked_ms) / 1000 if checked_ms is not None else None,
        store_names={name: info.name for name, info in places.items()},
    )


def _cell(level: StockLevel, here: str, warehouses: frozenset[str]) -> GridCell:
    """HQ may send it from this store as well, if that has most."""
    has = {place: qty for place, qty in {**level.elsewhere, here: level.here}.items() if qty > 0}
    return GridCell(level.sku, level.here, level.others, level.elsewhere, likely_place(has, warehouses))


def _warehouses(places: Mapping[str, StoreInfo], here: str) -> frozenset[str]:
    """Those of this store's zone."""
    zone = places[here].zone if here in places else None
    return frozenset(name for name, info in places.items() if info.kind == WAREHOUSE and info.zone == zone)


def _rows(style: Sequence[Product]) -> list[str]:
    """The row of each article: its colour; where that and the size do not tell them apart, its name, or at last its
    SKU. Two in one cell would be one that nobody can order, and another in its place.
    """
    for rows in ([one.color for one in style], [one.name for one in style]):
        if len({(row, one.size) for row, one in zip(rows, style, strict=True)}) == len(style):
            return rows
    return [one.sku for one in style]


def order_view(till: Till, known: Placed) -> ValetOrderView:
    """A row of the list: what was ordered, for whom (masked), and how it stands."""
    order = known.order
    member = serving.by_id(till, order.member) if order.member else None
    names = {name: info.name for name, info in chain.stores(till.reference.cache).items()}
    return view_of(order, till.reference.person(order.guide), member, names, changed=known.changed)


def view_of(
    order: ValetOrder, guide_name: str, member: Member | None, places: Mapping[str, str] = {}, *, changed: bool = False
) -> ValetOrderView:
    """The same of what is at hand, without a look into the cache. ``places``: names by id."""
    return ValetOrderView(
        id=order.id,
        number=order.number,
        at=order.at,
        text=", ".join(f"{line.name} {line.variant} ×{line.qty}" for line in order.lines),
        total=order.total,
        guide_name=guide_name,
        member_name=member.masked_name if member else "",
        state=order.state,
        ships_from_name=places.get(order.ships_from or "", order.ships_from or ""),
        reason=order.reason,
        changed=changed,
        expected_name=places.get(order.expected or "", order.expected or ""),
    )
