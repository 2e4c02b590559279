"""promotions.csv, coupon_templates.csv, tiers.csv, cadences.csv, settings.csv: what the whole chain goes by."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from posclient.domain.embedded import read_rules
from posclient.domain.money import MOST
from posclient.domain.offline_limits import MOST_HOURS
from posclient.domain.offline_limits import SETTINGS as HOURS
from posclient.domain.pricing.kinds import read_coupon_rule, read_promotion_rule
from posclient.errors import InputError
from sync.hq.feeds import GLOBAL, Change, store_feed
from sync.hq.imports import cells
from sync.hq.imports.batch import Batch, ImportFile
from sync.hq.imports.nearest import named
from sync.hq.imports.reading import Column
from sync.hq.imports.rule_faults import rule_fault

#: Settings that are on or off, and those that are one whole number: HQ and tills take anything else as not sent.
_SWITCHES = frozenset(("guide_required", "coupon_leases", "stored_value", "points_offline"))
_NUMBERS = frozenset((
    "cash_rounding", "max_coupons", "own_guide_bp", "points_per_yuan", "discount_limit_bp", "coupon_online_over",
    "coupon_override_cap", "points_for_yuan", "points_step", "seal_after_hours", "cash_only_after_hours",
    "lock_after_hours", "lease_days", "value_lease", "points_lease", "tombstone_days", "over_days",
))  # fmt: skip
#: All that tills and HQ go by; what HQ publishes under names of its own is nobody's to import.
_SETTINGS = {
    *_SWITCHES, *_NUMBERS,
    "group_max", "valet_steps", "return_rules", "embedded_codes", "claimed_codes", "default_tier",
}  # fmt: skip
#: Beyond these tills take a number as not sent: what holds then is the default, and no nearest number. Leases that are
#: over when they are made would be made anew at each contact, and one that ends in no year of a calendar ends that.
_TAKEN: Mapping[str, Container[Any]] = {
    "cash_rounding": (1, 10, 100), "max_coupons": range(101), "own_guide_bp": range(10_001),
    "points_per_yuan": range(10_001), "discount_limit_bp": range(10_001), "coupon_online_over": range(MOST + 1),
    "coupon_override_cap": range(MOST + 1), "points_for_yuan": range(1_000_001), "points_step": range(1, 1_000_001),
    "lease_days": range(1, 3651), **{name: range(MOST_HOURS + 1) for name, _ in HOURS.values()},
}  # fmt: skip


def load_promotions(batch: Batch) -> list[Change]:
    """A promotion as pricing.md has it; its id is the row's."""
    changes = []
    for row in batch.rows:
        rule = {**row["rule"], "id": row["id"]}
        if fault := rule_fault(batch, row, "rule", read_promotion_rule, rule):
            batch.fault(row, *fault)
            continue
        data = {"id": row["id"], "name": row["name"], "rule": rule}
        changes.append(Change(GLOBAL, "promotion", row["id"], data))
    return batch.unless_taken_out(changes)


def load_templates(batch: Batch) -> list[Change]:
    """What coupons are made from: a rule without id, from and until."""
    changes = []
    for row in batch.rows:
        rule = {name: value for name, value in row["rule"].items() if name not in ("id", "from", "until")}
        if fault := rule_fault(batch, row, "rule", read_coupon_rule, {**rule, "id": row["id"]}):
            batch.fault(row, *fault)
            continue
        data = {"id": row["id"], "name": row["name"], "rule": rule}
        data |= {"valid_days": row["valid_days"], "newcomer": row["newcomer"]}
        changes.append(Change(GLOBAL, "coupon_template", row["id"], data))
    return changes


def load_tiers(batch: Batch) -> list[Change]:
    """会员等级."""
    return [
        Change(GLOBAL, "tier", row["id"], {name: row[name] for name in ("id", "name", "rank")}) for row in batch.rows
    ]


def load_cadences(batch: Batch) -> list[Change]:
    """Rows of one id are the steps of one cadence, in their order."""
    steps: dict[str, list[dict[str, Any]]] = {}
    for row in batch.rows:
        step = {name: row[name] for name in ("step", "after_minutes", "name", "script")}
        steps.setdefault(row["id"], []).append(step)
    return [Change(GLOBAL, "cadence", key, {"id": key, "steps": found}) for key, found in steps.items()]


def load_settings(batch: Batch) -> list[Change]:
    """A setting of the chain, or of a store. One of the chain under a store's key would stop that store's feed."""
    changes = []
    for row in batch.rows:
        if not batch.has_store(row, "store"):
            continue
        if row["name"] not in _SETTINGS:
            batch.fault(row, f"name {named(row['name'], _SETTINGS)}", "unknown_setting")
            continue
        if fault := _other_kind(row["name"], row["value"]):
            batch.fault(row, "value", fault)
            continue
        data = {"name": row["name"], "value": row["value"]}
        feed, key = (
            (store_feed(row["store"]), f"{row['store']}/{row['name']}") if row["store"] else (GLOBAL, row["name"])
        )
        changes.append(Change(feed, "setting", key, data))
    return changes


def _other_kind(name: str, value: object) -> str | None:
    """What is wrong with a value that nobody would go by."""
    if name in _SWITCHES and type(value) is not bool:
        return "not_a_flag"
    if name in _NUMBERS and type(value) is not int:
        return "not_whole"
    if name == "embedded_codes" and not _is_read(value):
        return "code_rule"
    return "out_of_range" if value not in _TAKEN.get(name, (value,)) else None


def _is_read(value: object) -> bool:
    """Do tills read all of these rules of labels? One that is none takes the others with it."""
    try:
        return isinstance(value, list) and all(isinstance(one, dict) for one in value) and read_rules(value) is not None
    except InputError:
        return False


_ID = Column("id", cells.identifier, needed=True)
_NAME = Column("name", cells.text, needed=True)
_RULE = Column("rule", cells.json_object, needed=True)

PROMOTIONS = ImportFile("promotions.csv", (_ID, _NAME, _RULE), load_promotions)
TEMPLATES = ImportFile(
    "coupon_templates.csv",
    (
        _ID,
        _NAME,
        _RULE,
        Column("valid_days", cells.whole(1, 36_500), needed=True),
        Column("newcomer", cells.flag, default=False),
    ),
    load_templates,
)
TIERS = ImportFile("tiers.csv", (_ID, _NAME, Column("rank", cells.whole(0, 10_000), needed=True)), load_tiers)
CADENCES = ImportFile(
    "cadences.csv",
    (
        _ID,
        Column("step", cells.identifier, needed=True),
        Column("after_minutes", cells.whole(0, 5_256_000), needed=True),
        _NAME,
        Column("script", cells.long_text, default=""),
    ),
    load_cadences,
    key=("id", "step"),
    whole=True,
)
SETTINGS = ImportFile(
    "settings.csv",
    (Column("store", cells.store_id), Column("name", cells.identifier, needed=True),
     Column("value", cells.setting, needed=True)),
    load_settings,
    key=("store", "name"),
)  # fmt: skip
