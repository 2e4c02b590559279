"""A small shop for the tests of the databases: real files, rows as HQ sends them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from posclient.db import inbox, live_cache, sale_commit, terminal
from posclient.db.at_rest import OwnKey
from posclient.db.connection import Connection, transaction
from posclient.db.inbox import Applied
from posclient.db.live_cache import LiveCache
from posclient.db.sale_commit import ReadySale
from posclient.db.terminal import Terminal
from posclient.db.till_file import open_till
from posclient.domain.attribution import Share
from posclient.domain.care import CareTask
from posclient.domain.facts import sale_completed
from posclient.domain.feeds import row_checksum
from posclient.domain.sale import CouponUse, Sale, SaleDiscount, SaleLine
from posclient.domain.tenders import Payment
from sync.protocol import Page, Row

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
OWN_KEY = b"k" * 32
OWN = OwnKey(OWN_KEY)
TERMINAL = Terminal(
    "S001-1", "S001", 1, "http://hq", "hq-1", "inc-1", bytes(32), b"i" * 32, "file", next_receipt_seq=7
)  # fmt: skip


def enrolled(folder: Path, till: Terminal = TERMINAL) -> Connection:
    """A till.db that belongs to ``till``."""
    con = open_till(folder)
    with transaction(con):
        terminal.enrol(con, till)
    return con


def sale(name: str = "sale-1", seq: int = 7, lines: int = 3, **changes: Any) -> Sale:
    """A sale with everything that a sale can have."""
    sold = tuple(
        SaleLine(
            str(n), f"SKU-{n}", "6901234567892", f"童装 {n}", "红 · 110", 2, 10_000, 9_000, 18_000, 17_000, 1300, "G1",
            (SaleDiscount("promotion:P1", "秋季九折", 1_000),), "small stain", "M1",
        )
        for n in range(lines)
    )  # fmt: skip
    total = 17_000 * lines
    values: dict[str, Any] = {
        "id": name, "receipt": f"S001-1-20261122-{seq:06d}", "seq": seq, "basket": f"basket-{name}", "at": NOW,
        "business_date": date(2026, 11, 22), "shift": "2026-11-22", "store": "S001", "slot": 1, "cashier": "C1",
        "guide": "G1", "member": "member-1", "claimed_code": None, "own_guide": "G2", "lines": sold,
        "payments": (Payment("p1", "card", 1_000, 1_000, "ref"), Payment("p2", "cash", total - 1_000, total)),
        "rounding": 0, "gross": 18_000 * lines, "total": total, "points": 51, "points_base": total,
        "coupons": (CouponUse("K1", 500, NOW, "T1"), CouponUse("K2", 1, None)),
        "shares": tuple(Share(str(n), "G1", "selling", 10_000, 17_000) for n in range(lines)),
        "tasks": (CareTask(f"{name}-task", name, "member-1", "G2", "3315", "3h", NOW),),
        "priced": {"groups": [["1", 2]], "total": total},
    }  # fmt: skip
    return Sale(**(values | changes))


def commit(con: Connection, one: Sale) -> None:
    """Commit a sale as the till does."""
    ready = prepare(con, one)
    with transaction(con):
        sale_commit.write(con, ready)


def write(con: Connection, one: Sale) -> None:
    """The same in the caller's transaction."""
    sale_commit.write(con, prepare(con, one))


def prepare(con: Connection, one: Sale) -> ReadySale:
    """What is made before that transaction."""
    content = sale_completed(one, {"at": one.at.isoformat(), "offset_ms": None})
    return sale_commit.prepare(con, one, content, one.at)


def caches(folder: Path) -> tuple[LiveCache, LiveCache]:
    """The live cache as sync and as the till see it."""
    live_cache.prepare(folder)
    return LiveCache(folder, writable=True, own=OWN), LiveCache(folder, own=OWN)


def page(feed: str, rows: Iterable[Row], after: int = 0, **changes: Any) -> Page:
    """The page that follows version ``after``; count and checksum fit if it is a feed's first."""
    listed = list(rows)
    to = max((row.v for row in listed), default=after)
    live = [row for row in listed if row.d is not None]
    values: dict[str, Any] = {
        "feed": feed, "epoch": "e1", "from_": after, "to": to, "head": to, "count": len(live), "applied_seq": 0,
        "checksum": sum(row_checksum(row.t, row.k, row.v) for row in live) % 2**64, "rows": listed, "time": "",
    }  # fmt: skip
    return Page(**(values | changes))


def rows(table: str, data: Iterable[Mapping[str, Any]], key: str = "id", after: int = 0) -> list[Row]:
    """Rows of one table, keyed by their value ``key``."""
    return [Row(t=table, k=one[key], v=version, d=dict(one)) for version, one in enumerate(data, after + 1)]


def fill(cache: LiveCache, feed: str, *listed: Row, applied_seq: int = 0) -> Applied:
    """Apply rows as the feed's next page, whatever versions they carry."""
    cursor = inbox.cursors(cache).get(feed)
    after = cursor.version if cursor else 0
    numbered = [row.model_copy(update={"v": version}) for version, row in enumerate(listed, after + 1)]
    return inbox.apply_page(cache, page(feed, numbered, after, applied_seq=applied_seq), NOW)


def product(sku: str, name: str = "男童羽绒服", **changes: Any) -> dict[str, Any]:
    """Values of a product row."""
    values: dict[str, Any] = {
        "sku": sku, "style": sku.split("-", maxsplit=1)[0], "name": name, "brand": "JOJO", "category": "coat",
        "color": "红", "size": "110", "initials": "ntyrf", "tax_bp": 1300, "gtins": [],
        "tags": ["brand:JOJO", "category:coat"],
    }  # fmt: skip
    return values | changes


def price(sku: str, amount: int = 10_000, key: str = "", **changes: Any) -> dict[str, Any]:
    """Values of a price row."""
    values: dict[str, Any] = {
        "id": key or f"P-{sku}",
        "sku": sku,
        "price": amount,
        "member_prices": {},
        "from": None,
        "until": None,
    }
    return values | changes


def member(key: str, phone: str = "13900001234", **changes: Any) -> dict[str, Any]:
    """Values of a member row."""
    values: dict[str, Any] = {
        "id": key, "code": f"C-{key}", "name": "王小明", "phone": phone, "birthday": None, "tier": "gold",
        "points": 100, "stored_value": 0, "own_guide": None, "home_store": None, "tags": [],
    }  # fmt: skip
    return values | changes


def on_sale(cache: LiveCache, *products: Mapping[str, Any]) -> None:
    """Products with a price each."""
    fill(cache, "global", *rows("product", products, "sku"))
    fill(cache, "zone:z1", *rows("price", [price(one["sku"]) for one in products]))
