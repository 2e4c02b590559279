"""What a till reads of its feeds: what its own facts did has to be in them, as far as the page says so.

A till shows a feed's value plus the effect of its later facts. An HQ that counts a fact in ``applied_seq`` and does
nothing with it makes that till forget what it sold.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sync.conformance.ground import ConformTill
from sync.conformance.reading import keep
from sync.conformance.rules import must
from sync.protocol import Row


def covered(till: ConformTill, feed: str) -> dict[tuple[str, str], Row]:
    """The live rows of a feed, by pages that include all that ``till`` has made and sent."""
    rows, seq = till.state(feed)
    must(seq >= till.received, f"{feed}: applied_seq {seq}, {till.received} facts are acknowledged")
    return rows


def of_store(till: ConformTill, table: str, key: str) -> Mapping[str, Any]:
    """The values of a row in the feed of the till's store, as a till takes it; empty where there is none."""
    return _values(till, f"store:{till.me.store}", table, key)


def of_terminal(till: ConformTill, table: str, key: str) -> Mapping[str, Any]:
    """The same, of HQ's answers to the till itself."""
    return _values(till, f"terminal:{till.me.terminal}", table, key)


def setting(till: ConformTill, name: str, otherwise: Any) -> Any:
    """A setting of the chain; stores of an examination are new and have none of their own."""
    return _values(till, "global", "setting", name).get("value", otherwise)


def _values(till: ConformTill, feed: str, table: str, key: str) -> Mapping[str, Any]:
    row = covered(till, feed).get((table, key))
    if row is None:
        return {}
    keep(feed, row)
    return row.d or {}
