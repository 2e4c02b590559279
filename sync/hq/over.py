"""Rows of the feeds that are over: used up, done, ended. After a while no till needs them (docs/decisions.md).

They leave the feeds alone; what HQ itself goes by, coupons, tasks and sales, stays in its own tables.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from sync.hq.chain_settings import Rows, chain_setting
from sync.hq.contacts import DAY_MS, instant, instant_ms
from sync.hq.feeds import Change

#: How long a row stays once it is over, in days: the chain's setting of that name, and what holds without one, as
#: long as a till may sell without HQ. 0: for ever.
SETTING, DAYS = "over_days", 30
#: More is for ever.
_MOST_DAYS = 36_500

#: The table of what HQ decided about a till's facts.
OUTCOME = "fact_outcome"

#: A row's values, and an instant in ms.
_Past = Callable[[Mapping[str, Any], int], bool]


def over_before(rows: Rows, now_ms: int) -> int | None:
    """Before which instant (ms) a row must have been over; None: rows stay for ever."""
    days = chain_setting(rows, "", SETTING, DAYS)
    return now_ms - min(days, _MOST_DAYS) * DAY_MS if days > 0 else None


def is_closed(table: str, data: Mapping[str, Any]) -> bool:
    """Has somebody ended it? When, the row does not say.

    An outcome is ended once the till's manager has seen it, which ``hq.retiring`` knows; but for a fact that is kept
    aside, whose effect the till adds by itself as long as the row says so.
    """
    if table == OUTCOME:
        return (data.get("detail") or {}).get("aside") is not True
    return data.get("state") in _CLOSED.get(table, ())


def is_past(table: str, data: Mapping[str, Any], before_ms: int) -> bool:
    """Did its own time end before then?"""
    past = _PAST.get(table)
    return past is not None and past(data, before_ms)


def marked(changes: Iterable[Change], known: Collection[str], before_ms: int | None) -> Iterator[Change]:
    """The same, told apart: what HQ had before (``known``: keys) and is over by now is not brought back, however often
    an import says it again.
    """
    for one in changes:
        over = before_ms is not None and one.key in known and _is_over(one.table, one.data or {}, before_ms)
        yield replace(one, over=True) if over else one


def _is_over(table: str, data: Mapping[str, Any], before_ms: int) -> bool:
    return is_closed(table, data) or is_past(table, data, before_ms)


def _until(data: Mapping[str, Any], before_ms: int) -> bool:
    """What has no end, or one that cannot be read, is not past."""
    try:
        return instant_ms(data["until"]) < before_ms
    except (LookupError, ValueError, TypeError):
        return False


_CLOSED = {"coupon": ("used",), "care_task": ("done", "cancelled")}
_PAST: Mapping[str, _Past] = {
    "coupon": _until,
    "promotion": lambda data, before_ms: _until(data.get("rule") or {}, before_ms),
    "allowance": lambda data, before_ms: str(data.get("month")) < f"{instant(before_ms):%Y-%m}",
}
