"""What is wrong with the rule of a promotion or coupon. Pricing's own reader is asked: whatever it never asks for in a
rule is no key of that kind, so there is no second list of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Self

from posclient.domain.pricing.offer import Offer
from posclient.domain.pricing.reading import Fields
from posclient.errors import InputError
from sync.hq.imports.batch import Batch
from sync.hq.imports.nearest import is_own, named
from sync.hq.imports.reading import Row
from sync.hq.imports.tiers_and_guides import are_unknown


class _Asked(dict[str, Any]):
    """Keeps which keys somebody asked for."""

    def __init__(self, values: dict[str, Any]) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.asked.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.asked.add(str(name))
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)


class _Listening(Fields):
    """Fields that know what a reader did not ask for."""

    __slots__ = ("_heard", "_inner")

    def __init__(self, value: object, at: str) -> None:
        super().__init__(value, at)
        self._values = self._heard = _Asked(self._values)
        self._inner: list[_Listening] = []

    def fields(self, name: str) -> Self:
        found = super().fields(name)
        self._inner.append(found)
        return found

    def objects(self, name: str, required: bool = False) -> list[Self]:
        found = super().objects(name, required)
        self._inner += found
        return found

    def unknown(self) -> Iterator[str]:
        """Paths of the keys that nobody asked for, each with the nearest that somebody did."""
        for name in self._heard:
            if name not in self._heard.asked and not is_own(name):
                yield self.path(named(name, self._heard.asked))
        for one in self._inner:
            yield from one.unknown()


def rule_fault(
    batch: Batch, row: Row, column: str, read: Callable[[Fields], Offer], rule: dict[str, Any]
) -> tuple[str, str] | None:
    """Where and what it is. ``column``: of the rule; a list may have columns for some of its keys."""
    fields = _Listening(rule, column)
    try:
        offer = read(fields)
    except InputError:
        return column, "bad_rule"
    if unknown := next(fields.unknown(), None):
        return unknown, "unknown_key"
    if offer.since and offer.until and offer.until <= offer.since:
        return "until" if row.values.get("until") else f"{column}.until", "until_first"
    if not batch.stores.keys() >= set(offer.stores):
        return f"{column}.stores", "unknown_store"
    return (f"{column}.tiers", "unknown_tier") if are_unknown(batch, getattr(offer, "tiers", ())) else None
