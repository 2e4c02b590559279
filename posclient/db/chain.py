"""What HQ decided for the whole chain or this store: small tables, read whole and kept until their feed moves on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from posclient.db.connection import Connection
from posclient.db.live_cache import LiveCache
from posclient.db.staff_records import StaffRecord, read_records
from posclient.domain.care import Cadence, CareStep


@dataclass(frozen=True, slots=True)
class Rule:
    """A promotion, or a coupon's template: ``rule`` is the object of pricing.md with its id."""

    id: str
    name: str
    rule: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CouponTemplate:
    """Of which coupons are made; ``rule`` has no id, from and until."""

    id: str
    name: str
    rule: Mapping[str, Any]
    valid_days: int
    newcomer: bool


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """A store or a warehouse (``kind``)."""

    id: str
    name: str
    address: str
    phone: str
    zone: str
    kind: str


@dataclass(frozen=True, slots=True)
class Tier:
    """A member level; ``rank`` grows with it."""

    id: str
    name: str
    rank: int


def settings(cache: LiveCache, store: str) -> Mapping[str, Any]:
    """HQ's settings by name; the store's win over the chain's (docs/architecture.md, settings)."""

    def load(con: Connection) -> Mapping[str, Any]:
        rows: dict[str, str] = dict(con.execute("SELECT key, value FROM setting").fetchall())
        own = {key.removeprefix(f"{store}/"): text for key, text in rows.items() if key.startswith(f"{store}/")}
        chain = {key: text for key, text in rows.items() if "/" not in key}
        return {name: json.loads(text) for name, text in (chain | own).items()}

    return cache.memo(f"settings {store}", load)


def promotions(cache: LiveCache) -> tuple[Rule, ...]:
    """All promotions of the chain, live or not, by id."""
    return cache.memo(
        "promotions",
        lambda con: tuple(
            Rule(key, name, {**json.loads(rule), "id": key})
            for key, name, rule in con.execute("SELECT key, name, rule FROM promotion ORDER BY key").fetchall()
        ),
    )


def coupon_templates(cache: LiveCache) -> tuple[CouponTemplate, ...]:
    """Templates by id."""
    return cache.memo(
        "coupon_templates",
        lambda con: tuple(
            CouponTemplate(key, name, json.loads(rule), days, bool(newcomer))
            for key, name, rule, days, newcomer in con.execute(
                "SELECT key, name, rule, valid_days, newcomer FROM coupon_template ORDER BY key"
            ).fetchall()
        ),
    )


def staff(cache: LiveCache) -> tuple[StaffRecord, ...]:
    """Active staff of this store, by id."""
    sql = "SELECT key, name, badge, roles, pin_hash FROM staff WHERE active ORDER BY key"
    return cache.memo("staff", lambda con: tuple(read_records(con.execute(sql).fetchall())))


def staff_names(cache: LiveCache) -> Mapping[str, str]:
    """Names by id, of those who have left too."""
    return cache.memo("staff_names", lambda con: dict(con.execute("SELECT key, name FROM staff").fetchall()))


def stores(cache: LiveCache) -> Mapping[str, StoreInfo]:
    """Stores and warehouses by id."""
    sql = "SELECT key, name, address, phone, zone, kind FROM store ORDER BY key"
    return cache.memo("stores", lambda con: {row[0]: StoreInfo(*row) for row in con.execute(sql).fetchall()})


def tiers(cache: LiveCache) -> Mapping[str, Tier]:
    """Member levels by id, lowest first."""
    sql = "SELECT key, name, rank FROM tier ORDER BY rank, key"
    return cache.memo("tiers", lambda con: {row[0]: Tier(*row) for row in con.execute(sql).fetchall()})


def cadences(cache: LiveCache) -> tuple[Cadence, ...]:
    """After-sales cadences by id."""
    sql = "SELECT key, steps FROM cadence ORDER BY key"
    return cache.memo(
        "cadences",
        lambda con: tuple(
            Cadence(key, tuple(CareStep(**step) for step in json.loads(steps)))
            for key, steps in con.execute(sql).fetchall()
        ),
    )


def allowance(cache: LiveCache, guide: str, month: str) -> int | None:
    """Fen of discount that a guide may give on valet orders in ``month`` (YYYY-MM); None if HQ named none."""
    row = cache.con.execute("SELECT amount FROM allowance WHERE key = ?", (f"{guide}/{month}",)).fetchone()
    return int(row[0]) if row else None
