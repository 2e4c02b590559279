"""What promotions and coupons have in common: where and when they are live, and for which lines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from posclient.domain.pricing.reading import Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Live when ``since <= at < until`` (None: open) in ``stores`` (empty: all)."""

    id: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None

    def live(self, at: datetime, store: str) -> bool:
        return (
            (self.since is None or self.since <= at)
            and (self.until is None or at < self.until)
            and (not self.stores or store in self.stores)
        )


class OfferFields(TypedDict):
    """The arguments of ``Offer``."""

    id: str
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    stores: tuple[str, ...]
    since: datetime | None
    until: datetime | None


def read_offer(fields: Fields) -> OfferFields:
    """What promotions and coupons both have."""
    return {
        "id": fields.text("id"),
        "include": fields.texts("include"),
        "exclude": fields.texts("exclude"),
        "stores": fields.texts("stores"),
        "since": fields.optional_moment("from"),
        "until": fields.optional_moment("until"),
    }


class TagIndex:
    """Which lines are in scope, by place: ``include`` empty or sharing a tag, ``exclude`` sharing none.

    Only tags that one of the ``offers`` names are kept: an article has many, and few decide anything.
    """

    def __init__(self, tags: Iterable[Iterable[str]], offers: Iterable[Offer]) -> None:
        named = {tag for offer in offers for tag in (*offer.include, *offer.exclude)}
        self._places: dict[str, list[int]] = {tag: [] for tag in named}
        self._count = 0
        self._scopes: dict[Any, tuple[int, ...]] = {}
        for place, line_tags in enumerate(tags):
            self._count += 1
            for tag in named.intersection(line_tags):
                self._places[tag].append(place)

    def scope(self, offer: Offer) -> tuple[int, ...]:
        """Places of the lines in scope, in line order. Offers with the same tags share one tuple."""
        key = (offer.include, offer.exclude)
        found = self._scopes.get(key)
        if found is None:
            found = self._scopes[key] = tuple(sorted(self._with(offer.include) - self._tagged(offer.exclude)))
        return found

    def _with(self, include: tuple[str, ...]) -> set[int]:
        return self._tagged(include) if include else set(range(self._count))

    def _tagged(self, tags: tuple[str, ...]) -> set[int]:
        found: set[int] = set()
        for tag in tags:
            found.update(self._places[tag])
        return found
