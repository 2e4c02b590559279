"""What a cycle did, as a value: for the worker, the status strip, ``posclient sync`` and the tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from posclient.errors import PosError


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the load of a whole feed is: ``done`` of ``total`` packed bytes."""

    feed: str
    done: int
    total: int


ShowProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A pull that waits for a person (protocol.md, pull; S-11).

    ``code``: mass_delete (``params``: table, lost and total rows, the feed's version that was looked at), zero_prices
    (the same of articles), other_epoch or went_back (here, there, epoch); any other is rows that make no sense, which
    nobody lets in.
    """

    feed: str
    code: str
    params: Mapping[str, object] = field(default_factory=dict)


def is_full(error: PosError) -> bool:
    """Has the store's hub no room for copies? It answers all the same."""
    return error.code == "hub_refuses" and error.params.get("why") == "hub_full"


@dataclass(frozen=True, slots=True)
class HubReport:
    """What a cycle did through the store's hub, as HQ did not answer.

    ``handed``: facts that are unsent and lie at the hub too. ``told``: facts that HQ has acknowledged through it.
    ``pages``: of HQ's, taken from it; ``held``: feeds that wait for HQ itself. ``error``: why it did no more, or took
    no more copies.
    ``is_own``: this till is it.
    """

    hub: str
    handed: int = 0
    told: int = 0
    pages: int = 0
    held: tuple[HeldBack, ...] = ()
    error: PosError | None = None
    is_own: bool = False

    @property
    def state(self) -> str:
        """through_hub, no_hub (it does not answer either), is_hub, or hub_deaf: this one cannot listen."""
        if self.error is not None and not is_full(self.error):
            return "hub_deaf" if self.is_own else "no_hub"
        return "is_hub" if self.is_own else "through_hub"

    def as_json(self) -> dict[str, Any]:
        """As a part of the status that ``posclient sync`` prints."""
        return {
            "hub": self.hub, "handed": self.handed, "told": self.told, "pages": self.pages,
            "error": error_json(self.error),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class CycleReport:
    """One push and one pull. ``error`` is what stopped it; ``outcomes`` counts facts by what HQ did with them.

    ``feeds``: the till's place in each feed. ``held``: feeds that stayed where they were, on purpose.
    ``resent``: facts sent again because HQ asked for them. ``snapshots``: feeds that were loaded as a whole.
    ``trouble``: what HQ has against this till until it is enrolled anew (fork, revoked). ``hub``: where one was asked.
    """

    outcomes: Mapping[str, int]
    unsent: int
    feeds: Mapping[str, int]
    resent: int = 0
    snapshots: tuple[str, ...] = ()
    held: tuple[HeldBack, ...] = ()
    error: PosError | None = None
    trouble: str | None = None
    hub: HubReport | None = None

    @property
    def pushed(self) -> int:
        """Facts that HQ answered for."""
        return sum(self.outcomes.values())

    @property
    def complete(self) -> bool:
        """Did it run to its end?"""
        return self.error is None

    def as_json(self) -> dict[str, Any]:
        """The status that ``posclient sync`` prints."""
        return {
            "online": self.complete,
            "pushed": self.pushed,
            "applied": self.outcomes.get("applied", 0),
            "duplicates": self.outcomes.get("duplicate", 0),
            "exceptions": self.outcomes.get("applied_with_exception", 0),
            "quarantined": self.outcomes.get("quarantined", 0),
            "resent": self.resent,
            "unsent": self.unsent,
            "feeds": dict(self.feeds),
            "snapshots": list(self.snapshots),
            "held": [{"feed": one.feed, "code": one.code, **_plain(one.params)} for one in self.held],
            "trouble": self.trouble,
            "hub": self.hub.as_json() if self.hub else None,
            "error": error_json(self.error),
        }


def error_json(error: PosError | None) -> dict[str, Any] | None:
    """An error as JSON: its code and its parameters, no sentence."""
    return {"code": error.code, **_plain(error.params)} if error else None


def _plain(params: Mapping[str, object]) -> dict[str, Any]:
    return {
        name: value if isinstance(value, (int, float, bool, type(None))) else str(value)
        for name, value in params.items()
    }
