"""A small kidswear store: its data folder as HQ's feeds have filled it, and the till opened on it."""

from __future__ import annotations

import functools
import shutil
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from posclient.actions import login
from posclient.actions.holding import Kept
from posclient.actions.till import Till, open_till
from posclient.db import inbox, terminal
from posclient.db.at_rest import OwnKey
from posclient.db.connection import transaction
from posclient.db.live_cache import LiveCache, prepare
from posclient.db.till_file import open_till as open_file
from posclient.domain import pins
from posclient.domain.cart import CartLease
from posclient.domain.feeds import CHECKSUM_MODULUS, row_checksum
from posclient.domain.gtin import ean13
from sync.hq.feeds import Change
from sync.hq.lease_signing import hold_signature, signed, value_signature
from sync.signing import public_key

CHINA = timezone(timedelta(hours=8))
OPENING = datetime(2026, 11, 21, 14, 3, tzinfo=CHINA)
GLOBAL, ZONE, STORE, TERMINAL = "global", "zone:z1", "store:S001", "terminal:T1"
OWN_KEY = b"k" * 32
#: HQ's own key: what it signs, this till believes.
HQ_SEED = b"q" * 32
COLORS, SIZES = {"RED": "红", "BLUE": "蓝"}, ("110", "120", "130")


@dataclass
class StandingClock:
    """Business time that moves when a test says so."""

    at: datetime = OPENING

    def now(self) -> datetime:
        return self.at

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.now().tzinfo)

    def forward(self, **span: float) -> None:
        self.at += timedelta(**span)


@dataclass(frozen=True)
class SentRow:
    t: str
    k: str
    v: int
    d: dict[str, Any] | None


@dataclass(frozen=True)
class SentPage:
    feed: str
    epoch: str
    from_: int
    to: int
    head: int
    count: int
    checksum: int
    applied_seq: int
    rows: tuple[SentRow, ...]


@dataclass
class Hq:
    """HQ's feeds of this store, sent page by page into the cache as the sync thread would."""

    folder: Path
    clock: StandingClock
    live: dict[str, dict[tuple[str, str], SentRow]] = field(default_factory=dict)
    heads: dict[str, int] = field(default_factory=dict)

    def send(self, feed: str, *rows: tuple[str, str, dict[str, Any] | None], applied_seq: int = 0) -> None:
        """Rows of table, key and values (None: gone), as one page."""
        known, start = self.live.setdefault(feed, {}), self.heads.get(feed, 0)
        sent = tuple(
            SentRow(table, key, start + n, _as_hq_signs(feed, table, key, data))
            for n, (table, key, data) in enumerate(rows, 1)
        )
        for row in sent:
            known.pop((row.t, row.k), None)
            if row.d is not None:
                known[row.t, row.k] = row
        head = self.heads[feed] = start + len(sent)
        checksum = sum(row_checksum(row.t, row.k, row.v) for row in known.values()) % CHECKSUM_MODULUS
        page = SentPage(feed, "e1", start, head, head, len(known), checksum, applied_seq, sent)
        cache = LiveCache(self.folder, writable=True, own=OwnKey(OWN_KEY))
        assert inbox.apply_page(cache, page, self.clock.now()).agrees
        cache.close()

    def copied(self, folder: Path, clock: StandingClock) -> Hq:
        """The same feeds, and the same data folder at ``folder``."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Hq(folder, clock, {feed: dict(rows) for feed, rows in self.live.items()}, dict(self.heads))

    def setting(self, name: str, value: object) -> None:
        self.send(GLOBAL, ("setting", name, {"name": name, "value": value}))

    def promotion(self, rule: dict[str, Any], name: str = "活动") -> None:
        self.send(GLOBAL, ("promotion", rule["id"], {"id": rule["id"], "name": name, "rule": rule}))

    def coupon(self, coupon: str, member: str, rule: dict[str, Any], **values: Any) -> None:
        row = {"id": coupon, "member": member, "name": f"券{coupon}", "template": None, "until": None} | {
            "single_use": True, "state": "active", **values, "rule": {"id": coupon, **rule},
        }  # fmt: skip
        self.send(STORE, ("coupon", coupon, row))

    def price(self, sku: str, price: int, row_id: str, start: datetime | None = None, **values: Any) -> None:
        begins = start.isoformat() if start else None
        row = {"id": row_id, "sku": sku, "price": price, "member_prices": {}, "from": begins, "until": None, **values}
        self.send(ZONE, ("price", row_id, row))


def _as_hq_signs(feed: str, table: str, key: str, data: dict[str, Any] | None) -> dict[str, Any] | None:
    """The row with HQ's signature, where it is a lease that has none of its own."""
    if data is None or "signature" in data or table not in {"coupon_lease", "value_lease"}:
        return data
    whole = {"unit": "value", **data} if table == "value_lease" else data
    (change,) = signed(HQ_SEED, [Change(feed, table, key, whole)])
    return dict(change.data or {})


def kept(coupon: str, until: datetime) -> Kept:
    """What HQ says of a coupon that it holds for this till."""
    return Kept(until.isoformat(), hold_signature(HQ_SEED, "T1", coupon, until.isoformat()))


def on_top(lease: str, member: str, amount: int, not_after: str, unit: str = "value") -> CartLease:
    """What HQ leases to this till that asked."""
    signature = value_signature(HQ_SEED, TERMINAL, lease, member, unit, amount, not_after)
    return CartLease(lease, member, unit, amount, not_after, signature)


@dataclass
class Shop:
    """``till`` is open, with guide 林 (G1) logged in."""

    folder: Path
    clock: StandingClock
    hq: Hq
    till: Till

    def reopen(self) -> Till:
        """As after a restart of the program."""
        self.till.close()
        self.till = open_shop(self.folder, self.clock)
        return self.till

    def reopen_logged_out(self) -> None:
        """The same with nobody at the till."""
        self.till.close()
        self.till = open_logged_out(self.folder, self.clock)

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """What till.db says."""
        found: list[tuple[Any, ...]] = self.till.db.execute(sql, values).fetchall()
        return found


def sku(style: str, color: str = "RED", size: str = "110") -> str:
    return f"{style}-{color}-{size}"


@functools.cache
def pin_hash(pin: str) -> str:
    """As HQ stores it, but for what a try costs, which is no behaviour: each of a thousand tests logs somebody in."""
    with pytest.MonkeyPatch.context() as cheap:
        cheap.setattr(pins, "COST_N", 2)
        return pins.hash_pin(pin, b"0123456789abcdef")


def staff_row(staff: str, name: str, pin: str, *roles: str) -> tuple[str, str, dict[str, Any]]:
    row = {"id": staff, "name": name, "badge": f"BADGE-{staff}", "roles": list(roles), "active": True}
    return "staff", staff, {**row, "pin_hash": pin_hash(pin)}


def member_row(member: str, name: str, phone: str, **values: Any) -> tuple[str, str, dict[str, Any]]:
    row = {"id": member, "code": f"QL{member}", "name": name, "phone": phone, "birthday": None, "tier": "basic"} | {
        "points": 100, "stored_value": 0, "own_guide": None, "home_store": "S001", "tags": [], **values,
    }  # fmt: skip
    return "member", member, row


def product_row(key: str, name: str, **values: Any) -> tuple[str, str, dict[str, Any]]:
    row = {"sku": key, "style": key, "name": name, "brand": "晴朗", "category": "other", "color": "", "size": ""} | {
        "initials": "", "tags": [], "tax_bp": 0, "gtins": [], **values,
    }  # fmt: skip
    return "product", key, row


def _store(store: str, name: str, kind: str = "store") -> tuple[str, str, dict[str, Any]]:
    row = {"id": store, "name": name, "address": "南京东路 1 号", "phone": "02160000000", "zone": "z1", "kind": kind}
    return "store", store, row


STYLES = {"A001": ("羽绒服", "coat", 25900), "T001": ("T恤", "top", 5900), "R001": ("打底裤", "trousers", 4990)}


def _catalogue() -> list[tuple[str, str, dict[str, Any]]]:
    rows, numbers = [], count(1)
    for style, (name, category, _) in STYLES.items():
        for color, size in ((color, size) for color in COLORS for size in SIZES):
            key = sku(style, color, size)
            row: dict[str, Any] = {
                "sku": key,
                "style": style,
                "name": f"{COLORS[color]}{name}",
                "brand": "晴朗",
                "category": category,
            }
            row |= {"color": COLORS[color], "size": size, "initials": "hyrf", "tax_bp": 1300}
            row |= {"tags": ["brand:晴朗", f"category:{category}", f"style:{style}"]}
            row |= {"gtins": [ean13(f"{690000000000 + next(numbers)}")]}
            rows.append(("product", key, row))
    return rows


def _prices() -> list[tuple[str, str, dict[str, Any]]]:
    rows: list[tuple[str, str, dict[str, Any]]] = []
    for key, style in ((key, row["style"]) for _, key, row in _catalogue()):
        price = STYLES[style][2]
        members = {"gold": price - 2000} if style == "A001" else {}
        row = {"id": f"p-{key}", "sku": key, "price": price, "member_prices": members, "from": None, "until": None}
        rows += [("price", f"p-{key}", row), ("stock", key, {"sku": key, "qty": {"S001": 5, "S002": 3, "W001": 40}})]
    return rows


def _fill(hq: Hq) -> None:
    steps = [
        {"step": "3h", "after_minutes": 180, "name": "感谢", "script": "{name}您好"},
        {"step": "3d", "after_minutes": 4320, "name": "满意度", "script": "{product}"},
    ]
    tiers = [("tier", one, {"id": one, "name": name, "rank": rank}) for rank, (one, name) in enumerate(TIERS.items())]
    template = {"kind": "amount_off", "amount": 3000, "min_spend": 10000, "group": "newcomer"}
    newcomer = {"id": "NEW", "name": "新人券", "rule": template, "valid_days": 30, "newcomer": True}
    hq.send(
        GLOBAL, *_catalogue(), *tiers, _store("S001", "南京东路店"), _store("S002", "徐家汇店"),
        _store("W001", "中央仓", "warehouse"), ("cadence", "3315", {"id": "3315", "steps": steps}),
        ("coupon_template", "NEW", newcomer),
    )  # fmt: skip
    hq.send(ZONE, *_prices())
    allowance = {"guide": "G1", "month": "2026-11", "amount": 5000}
    hq.send(
        STORE, staff_row("G1", "林", "1111", "guide", "cashier"), staff_row("G2", "王", "2222", "guide"),
        staff_row("C1", "陈", "3333", "cashier"), staff_row("B1", "店长", "9999", "manager"),
        member_row("M1", "王小明", "13912341234", tier="gold", own_guide="G2"),
        member_row("M2", "李雷", "13800001234"), ("allowance", "G1/2026-11", allowance),
    )  # fmt: skip


TIERS = {"basic": "普通会员", "gold": "金卡会员"}


def make_folder(folder: Path, clock: StandingClock) -> Hq:
    """Enrol a till and let it pull everything."""
    con = open_file(folder)
    with transaction(con):
        terminal.enrol(con, terminal.Terminal(
            "T1", "S001", 1, "http://localhost", "hq1", "i1", _hq_key(), b"i" * 32, "file", next_receipt_seq=1,
            hq_key=public_key(HQ_SEED),
        ))  # fmt: skip
    con.close()
    prepare(folder)
    hq = Hq(folder, clock)
    _fill(hq)
    return hq


@functools.cache
def _hq_key() -> bytes:
    from nacl.public import PrivateKey

    return bytes(PrivateKey(b"h" * 32).public_key)


def open_shop(folder: Path, clock: StandingClock) -> Till:
    """Open the till and log guide 林 in."""
    till = open_logged_out(folder, clock)
    login.log_in(till, "1111", "G1")
    return till


def open_logged_out(folder: Path, clock: StandingClock) -> Till:
    """Open the till; ids are numbered, so that a failure is readable."""
    numbers = count(1)
    start = sum(path.stat().st_mtime_ns for path in folder.glob("till.db*"))
    return open_till(folder, clock=clock, new_id=lambda: f"id-{start}-{next(numbers)}", own=OwnKey(OWN_KEY))
