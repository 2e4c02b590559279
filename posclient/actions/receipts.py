"""Slips of committed sales, from the stored sale alone. A sale stands whether its slip is printed or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from posclient.actions import serving
from posclient.actions.till import Till
from posclient.db import chain, outbox, sales
from posclient.domain.people import Member
from posclient.domain.receipt import (
    ReceiptData,
    ReceiptDiscount,
    ReceiptLine,
    ReceiptMember,
    ReceiptPayment,
    SlipKind,
)
from posclient.domain.sale import Sale, SaleLine
from posclient.domain.tenders import StoredValue
from posclient.errors import NotFound


@dataclass(frozen=True, slots=True)
class SaleRow:
    """A finished sale in a list: ``paid`` fen after rounding; ``pending``: HQ has not got it yet."""

    id: str
    receipt: str
    at: datetime
    pieces: int
    paid: int
    cashier_name: str
    pending: bool


def receipt(till: Till, sale_id: str, copy: bool = False) -> ReceiptData:
    """The slip of a sale. ``pending_offline``: HQ has not got it yet. ``NotFound("unknown_sale")``."""
    sale = sales.by_id(till.db, sale_id)
    if sale is None:
        raise NotFound("unknown_sale", sale=sale_id)
    store = chain.stores(till.reference.cache).get(sale.store)
    return ReceiptData(
        kind=SlipKind.SALE,
        store_name=store.name if store else sale.store,
        store_address=store.address if store else "",
        store_phone=store.phone if store else "",
        number=sale.receipt,
        barcode=sale.receipt,
        at=sale.at,
        cashier=till.reference.person(sale.cashier),
        guide=till.reference.person(sale.guide),
        lines=tuple(_line(till, line, sale.guide) for line in sale.lines),
        total=sale.total,
        payments=tuple(ReceiptPayment(one.tender, one.amount, one.tendered, one.reference) for one in sale.payments),
        rounding=sale.rounding,
        change=sale.change,
        saved=sale.saved,
        member=_member(till, sale),
        return_rules=till.reference.settings.return_rules,
        pending_offline=outbox.is_pending(till.db, sale.id),
        copy=copy,
    )


def printed(till: Till, sale_id: str) -> None:
    """The slip is out, on paper or as PDF, or nobody wanted it: it is not missing, and the next one is a copy."""
    with till.transaction() as con:
        sales.mark_printed(con, sale_id, till.wall())


def last_sale(till: Till) -> str | None:
    """The newest sale's id."""
    return sales.last_id(till.db)


def recent(till: Till, limit: int) -> tuple[SaleRow, ...]:
    """The newest sales, newest first, for reprinting."""
    return tuple(
        SaleRow(
            sale.id, sale.receipt, sale.at, sum(line.qty for line in sale.lines), sale.total - sale.rounding,
            till.reference.person(sale.cashier), outbox.is_pending(till.db, sale.id),
        )
        for sale in sales.recent(till.db, limit)
    )  # fmt: skip


def _line(till: Till, line: SaleLine, guide: str | None) -> ReceiptLine:
    """Its guide is named where it is not the sale's."""
    return ReceiptLine(
        name=line.name,
        variant=line.variant,
        qty=line.qty,
        list_price=line.list_price,
        unit_price=line.unit_price,
        net=line.net,
        discounts=tuple(ReceiptDiscount(one.name, one.amount) for one in line.discounts),
        sku=line.sku,
        guide=till.reference.person(line.guide) if line.guide != guide else "",
        manual=line.reason != "",
    )


def _member(till: Till, sale: Sale) -> ReceiptMember | None:
    """Masked: a slip lies about (ux.md, receipt). A claimed code is shown by its end."""
    member: Member | None = serving.by_id(till, sale.member) if sale.member else None
    if member:
        left = member.stored_value if any(one.tender == StoredValue.kind for one in sale.payments) else None
        return ReceiptMember(member.masked_name, member.masked_phone, sale.points, member.points, left)
    if sale.member or sale.claimed_code:
        return ReceiptMember(f"*{(sale.claimed_code or '')[-4:]}", points=sale.points)
    return None
