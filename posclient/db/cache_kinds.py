"""What a value of a feed's row may be, and how the cache keeps it. Plain Python: first loads import nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import NoneType
from typing import Any

from posclient.db.instants import iso_ms
from posclient.db.row_values import json_text

#: Open ends of a time span in ms: before and after every instant.
ALWAYS_MS, NEVER_MS = -(2**62), 2**62
#: Between the parts of a list in one text; a control sign that no name holds.
SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class Kind:
    """``types`` are the JSON types taken; ``store`` makes the column's value, or ``ValueError`` or ``TypeError``."""

    sql: str
    types: frozenset[type]
    store: Callable[[Any], Any] | None = None


def _text_list(values: list[Any]) -> str:
    """A list of texts as one; joining refuses anything else."""
    joined = SEPARATOR.join(values)
    if joined.count(SEPARATOR) != max(0, len(values) - 1):
        raise ValueError("separator in a text")
    return joined


def _text_array(values: list[Any]) -> str:
    if not all(type(one) is str for one in values):
        raise TypeError("not all texts")
    return json_text(values)


def _amounts(values: dict[str, Any]) -> str:
    if not values:
        return "{}"
    if set(map(type, values.values())) != {int}:
        raise TypeError("not all integers")
    return json_text(values)


def _steps(values: list[Any]) -> str:
    """Steps of a cadence: {step, after_minutes, name, script}."""
    wanted = {"step": str, "after_minutes": int, "name": str, "script": str}
    for one in values:
        if any(type(one[name]) is not kind for name, kind in wanted.items()):
            raise TypeError("not a step")
    return json_text([{name: one[name] for name in wanted} for one in values])


@lru_cache(maxsize=4096)
def _ms(text: str) -> int:
    return iso_ms(text)


def _instant(text: str | None) -> str | None:
    if text is not None:
        _ms(text)
    return text


def _day(text: str | None) -> str | None:
    return text if text is None else date.fromisoformat(text).isoformat()


def _last4(phone: str) -> str:
    return phone[-4:] if len(phone) >= 4 else ""


TEXT = Kind("TEXT NOT NULL", frozenset({str}))
TEXT_OR_NULL = Kind("TEXT", frozenset({str, NoneType}))
INTEGER = Kind("INTEGER NOT NULL", frozenset({int}))
FLAG = Kind("INTEGER NOT NULL", frozenset({bool}), int)
TEXT_LIST = Kind("TEXT NOT NULL", frozenset({list}), _text_list)
TEXT_ARRAY = Kind("TEXT NOT NULL", frozenset({list}), _text_array)
AMOUNTS = Kind("TEXT NOT NULL", frozenset({dict}), _amounts)
OBJECT = Kind("TEXT NOT NULL", frozenset({dict}), json_text)
STEPS = Kind("TEXT NOT NULL", frozenset({list}), _steps)
ANY = Kind("TEXT NOT NULL", frozenset({str, int, float, bool, list, dict, NoneType}), json_text)
INSTANT = Kind("TEXT NOT NULL", frozenset({str}), _instant)
INSTANT_OR_NULL = Kind("TEXT", frozenset({str, NoneType}), _instant)
DAY_OR_NULL = Kind("TEXT", frozenset({str, NoneType}), _day)
MS = Kind("INTEGER NOT NULL", frozenset({str}), _ms)
FROM_MS = Kind("INTEGER NOT NULL", frozenset({str, NoneType}), lambda text: ALWAYS_MS if text is None else _ms(text))
UNTIL_MS = Kind("INTEGER NOT NULL", frozenset({str, NoneType}), lambda text: NEVER_MS if text is None else _ms(text))
#: Personal data, sealed; and the blind index of a phone (``at_rest``).
SEALED = Kind("BLOB NOT NULL", frozenset({bytes}))
BLIND = Kind("BLOB NOT NULL", frozenset({bytes}))
LAST4 = Kind("TEXT NOT NULL", frozenset({str}), _last4)
