"""Valet orders and the grid of a style as values to show."""

from __future__ import annotations

from collections.abc import Sequence

from posclient.actions import serving
from posclient.actions.till import Till
from posclient.actions.views import GridCell, ValetGrid, ValetOrderView
from posclient.db import catalog, chain, stock
from posclient.db.instants import to_ms
from posclient.db.valet_orders import Placed
from posclient.domain.catalog import Product
from posclient.domain.people import Member
from posclient.domain.valet import ValetOrder


def stock_grid(till: Till, product: Product) -> ValetGrid:
    """Colours (rows) and sizes (columns) in HQ's order; an article without style stands alone."""
    cache, at = till.reference.cache, till.now()
    style = catalog.by_style(cache, product.style, at) if product.style else [product]
    rows = _rows(style)
    levels = stock.levels(cache, till.db, [one.sku for one in style], till.terminal.store)
    checked_ms = stock.checked_ms(cache)
    return ValetGrid(
        style=product.style or product.sku,
        name=product.name,
        price=product.price,
        colors=tuple(dict.fromkeys(rows)),
        sizes=tuple(dict.fromkeys(one.size for one in style)),
        cells={
            (row, one.size): GridCell(one.sku, levels[one.sku].here, levels[one.sku].others, levels[one.sku].elsewhere)
            for row, one in zip(rows, style, strict=True)
        },
        stock_age_s=max(0, to_ms(till.wall()) - checked_ms) / 1000 if checked_ms is not None else None,
        store_names={name: info.name for name, info in chain.stores(cache).items()},
    )


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
    ships_from = chain.stores(till.reference.cache).get(order.ships_from or "")
    return view_of(
        order, till.reference.person(order.guide), member, ships_from.name if ships_from else order.ships_from or "",
        changed=known.changed,
    )  # fmt: skip


def view_of(
    order: ValetOrder, guide_name: str, member: Member | None, ships_from_name: str = "", *, changed: bool = False
) -> ValetOrderView:
    """The same of what is at hand, without a look into the cache."""
    return ValetOrderView(
        id=order.id,
        number=order.number,
        at=order.at,
        text=", ".join(f"{line.name} {line.variant} ×{line.qty}" for line in order.lines),
        total=order.total,
        guide_name=guide_name,
        member_name=member.masked_name if member else "",
        state=order.state,
        ships_from_name=ships_from_name,
        reason=order.reason,
        changed=changed,
    )
