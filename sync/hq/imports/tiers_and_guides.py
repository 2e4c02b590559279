"""Which tiers a rule or a price may name, and which tiers and guides a members file: those that HQ has, from earlier
imports or a file of the same folder. A tier that a price alone names is nobody's: it is a misspelling, or lacks its row
in tiers.csv.

What HQ has of a member already is not judged anew: a guide may have left long ago, and a tier may be of a time before.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from sync.hq.bulk import parts
from sync.hq.chain_tables import MemberRow
from sync.hq.feeds import GLOBAL, store_feed
from sync.hq.imports.batch import Batch
from sync.hq.imports.nearest import has_near, named
from sync.hq.imports.people import staff_homes
from sync.hq.imports.reading import Row
from sync.hq.tables import FeedRow

#: The tier of who has none, and that of who registers at a till unless a setting says otherwise.
BASIC, _DEFAULT = "basic", "default_tier"


def unknown_word(batch: Batch, row: Row, member: MemberRow | None) -> tuple[str, str] | None:
    """Column and code of a tier or guide that nobody knows, where the row gives ``member`` another one."""
    tier, guide = row["tier"], row["own_guide"]
    if tier == BASIC and guide is None:
        return None
    old = json.loads(member.data) if member is not None else {}
    if tier != old.get("tier") and unknown_tier(batch, [tier]):
        # of a list of people only what is nearly a tier is repeated: another column may stand under that name
        return f"tier {tier_named(batch, tier)}" if has_near(tier, _known_tiers(batch)) else "tier", "unknown_tier"
    if guide not in (None, old.get("own_guide")) and guide not in _once(batch, "staff", _staff):
        return "own_guide", "unknown_staff"
    return None


def unknown_tier(batch: Batch, tiers: Collection[str]) -> str | None:
    """One among them that no member can have. Nobody knows where the chain has no tiers.csv: they are mere words of its
    promotions and prices then.
    """
    if not set(tiers) - {BASIC}:
        return None
    known = _known_tiers(batch)
    return next((tier for tier in tiers if tier not in known), None) if known else None


def tier_named(batch: Batch, tier: str) -> str:
    """``golden (gold?)``."""
    return named(tier, _known_tiers(batch))


def _known_tiers(batch: Batch) -> frozenset[str]:
    return _once(batch, "tiers", _tiers)


def _once(batch: Batch, what: str, read: Callable[[Batch], frozenset[str]]) -> frozenset[str]:
    """Read for the first row that wants it: no later file of an import brings more."""
    if what not in batch.learnt.known:
        batch.learnt.known[what] = read(batch)
    return batch.learnt.known[what]


def _staff(batch: Batch) -> frozenset[str]:
    return frozenset(staff_homes(batch))


def _tiers(batch: Batch) -> frozenset[str]:
    """Empty where none was told. A setting may name one more, for whom a till registers."""
    told = {row.key for row in _rows(batch, "tier", FeedRow.feed == GLOBAL)}
    if not told:
        return frozenset()
    for some in parts([GLOBAL, *map(store_feed, batch.stores)]):
        settings = map(_data, _rows(batch, "setting", col(FeedRow.feed).in_(some)))
        told.update(str(one["value"]) for one in settings if one["name"] == _DEFAULT)
    return frozenset({BASIC, *told})


def _rows(batch: Batch, table: str, where: ColumnElement[bool] | bool) -> Iterable[FeedRow]:
    live = FeedRow.table_name == table, col(FeedRow.data).is_not(None)
    return batch.session.exec(select(FeedRow).where(where, *live))


def _data(row: FeedRow) -> Any:
    return json.loads(row.data or "{}")
