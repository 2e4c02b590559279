"""The chain's settings as published; a store's wins over the chain's (docs/architecture.md)."""

from __future__ import annotations

import json
from typing import Any, Protocol

from sync.hq.feeds import GLOBAL, store_feed
from sync.hq.tables import FeedRow


class Rows(Protocol):
    """Whoever gets a row by its primary key: a session, or a push's ``Work``."""

    def get(self, table: Any, key: Any, /) -> Any: ...


def chain_setting(rows: Rows, store: str, name: str, default: int) -> int:
    """A whole-number setting for ``store``."""
    value = _value(rows, store, name)
    return value if type(value) is int else default


def chain_flag(rows: Rows, store: str, name: str) -> bool:
    """A setting that is on or off; off unless it says on."""
    return _value(rows, store, name) is True


def _value(rows: Rows, store: str, name: str) -> Any:
    for feed, key in ((store_feed(store), f"{store}/{name}"), (GLOBAL, name)):
        row = rows.get(FeedRow, (feed, "setting", key))
        if row is not None and row.data is not None:
            return json.loads(row.data)["value"]
    return None
