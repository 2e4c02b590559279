"""The chain's settings as published; a store's wins over the chain's (docs/architecture.md)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import bindparam, or_, select
from sqlmodel import Session, col

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


_SETTINGS = select(col(FeedRow.feed), col(FeedRow.key), col(FeedRow.data)).where(
    col(FeedRow.table_name) == "setting",
    or_(
        (col(FeedRow.feed) == bindparam("store")) & col(FeedRow.key).in_(bindparam("own", expanding=True)),
        (col(FeedRow.feed) == GLOBAL) & col(FeedRow.key).in_(bindparam("names", expanding=True)),
    ),
)


def settings_of(session: Session, store: str, names: Sequence[str]) -> dict[str, Any]:
    """Those of ``names`` that are set for ``store``, with one question: for what tills ask all day."""
    own = f"{store}/"
    wanted = {"store": store_feed(store), "own": [own + name for name in names], "names": list(names)}
    found: dict[str, Any] = {}
    for feed, key, data in session.execute(_SETTINGS, wanted):
        if data is not None and feed == GLOBAL:
            found.setdefault(key, json.loads(data)["value"])
        elif data is not None:
            found[key.removeprefix(own)] = json.loads(data)["value"]
    return found


def _value(rows: Rows, store: str, name: str) -> Any:
    for feed, key in ((store_feed(store), f"{store}/{name}"), (GLOBAL, name)):
        row = rows.get(FeedRow, (feed, "setting", key))
        if row is not None and row.data is not None:
            return json.loads(row.data)["value"]
    return None
