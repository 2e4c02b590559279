"""A plain sale for the examination: one piece for ten yuan, paid in cash, sold by nobody in particular."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from posclient.domain.codes import format_receipt_no
from posclient.domain.sale import Sale, SaleLine
from posclient.domain.tenders import Payment

PRICE = 1000


def made_sale(sale_id: str, store: str, slot: int, seq: int, **changes: Any) -> Sale:
    """``changes`` to its fields, by their names."""
    now = datetime.now(UTC)
    line = SaleLine("1", "CONFORM", "", "conformance", "", 1, PRICE, PRICE, PRICE, PRICE, 0, None, ())
    values: dict[str, Any] = {
        "id": sale_id, "receipt": format_receipt_no(store, slot, now.date(), seq), "seq": seq, "basket": None,
        "at": now, "business_date": now.date(), "shift": now.date().isoformat(), "store": store, "slot": slot,
        "cashier": "conform", "guide": None, "member": None, "claimed_code": None, "own_guide": None, "lines": (line,),
        "payments": (Payment("p1", "cash", PRICE, PRICE),), "rounding": 0, "gross": PRICE, "total": PRICE, "points": 0,
        "points_base": 0, "coupons": (), "shares": (), "tasks": (), "priced": {"groups": []},
    }  # fmt: skip
    return Sale(**(values | changes))
