"""A plain sale for the examination: one piece for ten yuan, paid in cash, sold by nobody in particular; an order."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from posclient.domain.codes import format_receipt_no
from posclient.domain.sale import CouponUse, Sale, SaleDiscount, SaleLine
from posclient.domain.tenders import Payment
from posclient.domain.valet import ValetLine, ValetOrder

#: An article that no chain has.
SKU, NAME = "CONFORM", "conformance"
PRICE = 1000


def new_code() -> str:
    """A member code of nobody's."""
    return f"CF{secrets.randbelow(10**10):010d}"


def made_sale(sale_id: str, store: str, slot: int, seq: int, **changes: Any) -> Sale:
    """``changes`` to its fields, by their names."""
    now = datetime.now(UTC)
    values: dict[str, Any] = {
        "id": sale_id, "receipt": format_receipt_no(store, slot, now.date(), seq), "seq": seq, "basket": None,
        "at": now, "business_date": now.date(), "shift": now.date().isoformat(), "store": store, "slot": slot,
        "cashier": "conform", "guide": None, "member": None, "claimed_code": None, "own_guide": None, "rounding": 0,
        "points": 0, "points_base": 0, "shares": (), "tasks": (), "priced": {"groups": []},
    }  # fmt: skip
    return Sale(**(values | priced(PRICE) | changes))


def priced(due: int, *payments: Payment, coupon: CouponUse | None = None, sku: str = SKU) -> dict[str, Any]:
    """Changes for a sale of ``due`` fen, paid by ``payments``, else in cash; ``coupon`` has taken its amount off."""
    off = coupon.amount if coupon else 0
    gross = due + off
    discounts = (SaleDiscount(f"coupon:{coupon.coupon}", NAME, off),) if coupon else ()
    line = SaleLine("1", sku, "", NAME, "", 1, gross, gross, gross, due, 0, None, discounts)
    return {
        "lines": (line,), "payments": payments or (Payment("p1", "cash", due, due),), "gross": gross, "total": due,
        "coupons": (coupon,) if coupon else (),
    }  # fmt: skip


def made_order(order_id: str, store: str, slot: int, seq: int, member: str | None) -> ValetOrder:
    """An order of one piece of the article that no chain has, so that no stock is kept for it anywhere."""
    line = ValetLine(SKU, NAME, "", 1, PRICE)
    return ValetOrder(
        order_id, f"{store}-{slot}-V{seq}", datetime.now(UTC), store, (line,), 0, PRICE, "conform", member, None, ()
    )
