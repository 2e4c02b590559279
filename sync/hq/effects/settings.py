"""The chain's settings as published; a store's wins over the chain's (docs/architecture.md)."""

from __future__ import annotations

import json

from sync.hq.feeds import GLOBAL, store_feed
from sync.hq.tables import FeedRow
from sync.hq.work import Work


def chain_setting(work: Work, store: str, name: str, default: int) -> int:
    """A whole-number setting for ``store``."""
    for feed, key in ((store_feed(store), f"{store}/{name}"), (GLOBAL, name)):
        row = work.get(FeedRow, (feed, "setting", key))
        if row is not None and row.data is not None:
            value = json.loads(row.data)["value"]
            return value if isinstance(value, int) else default
    return default
