"""Keys of a rule that pricing does not look at. Its own reader is asked: whatever it never asks for in a rule is no key
of that kind, so there is no second list of them.

A rule says by its keys whom, when and what it is for. One that is passed over makes it good for more than HQ meant, so
a till leaves such a rule aside, as one of a kind that it does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self, TypeVar

from posclient.domain.pricing.reading import BadBasket, Fields

_Rule = TypeVar("_Rule")

#: How a name begins that is the chain's own, for its own people: nobody here is to read it.
_OWN = ("x-", "X-")


def is_own(name: str) -> bool:
    """Is nobody here to read it?"""
    return name.startswith(_OWN)


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

    def says(self, name: str) -> bool:
        return bool(super().get(name))


class ListeningFields(Fields):
    """Fields that know what a reader did not ask for."""

    __slots__ = ("_heard", "_inner")

    def __init__(self, value: object, at: str) -> None:
        super().__init__(value, at)
        self._values = self._heard = _Asked(self._values)
        self._inner: list[ListeningFields] = []

    def fields(self, name: str) -> Self:
        found = super().fields(name)
        self._inner.append(found)
        return found

    def objects(self, name: str, required: bool = False) -> list[Self]:
        found = super().objects(name, required)
        self._inner += found
        return found

    def unknown(self) -> Iterator[tuple[ListeningFields, str]]:
        """Keys that nobody asked for, each with the object that has it."""
        for name in self._heard:
            if name not in self._heard.asked and not is_own(name):
                yield self, name
        for one in self._inner:
            yield from one.unknown()

    @property
    def asked(self) -> set[str]:
        """Keys that somebody asked for, there or not."""
        return self._heard.asked

    def says(self, name: str) -> bool:
        """Is it there, and neither null, false nor empty, which is as good as left out?"""
        return self._heard.says(name)


def read_sent(rule: Mapping[str, Any], read: Callable[[Fields], _Rule]) -> _Rule:
    """A rule that HQ sent, by ``read``; ``BadBasket("unknown_key")`` where it says more than ``read`` looks at."""
    fields = ListeningFields(dict(rule), "")
    found = read(fields)
    for place, name in fields.unknown():
        if place.says(name):
            raise BadBasket("unknown_key", place.path(name))
    return found
