"""What this till can do now: facts about it in, capabilities out, each ready, degraded or unavailable, and why.

Offline is no fault by itself: a till sells without HQ (ux.md, manners). It degrades only what needs HQ's answer.
What the chain has not opened is said to be so, and is no fault either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from posclient.domain.offline_limits import CASH_ONLY, LOCKED, SEALED, Limit, in_force, in_force_s

#: Data older than this (s) is worth a warning.
OLD_S = 3600.0
#: A queue that HQ answers for and that still does not move for so long (s) is stuck (protocol.md, push: the watchdog).
STUCK_S = 600.0


class State(Enum):
    """In the order of their weight. ``OFF``: the chain has not opened it."""

    OFF = "off"
    READY = "ready"
    DEGRADED = "degraded"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the till now. Spans in seconds.

    ``offline_s``: since when HQ does not answer, None while it does or nobody has asked yet. ``ages``: of prices,
    members, coupons and stock, None where they were never loaded. ``held``: kinds of feeds (global, zone, store) that
    are held back, and since when. ``unread``: rules of HQ that this program cannot read. ``own_key``: can personal data
    be sealed?
    ``hub``: what the store's is to this till while HQ does not answer: through_hub, is_hub, no_hub (it does not answer
    either), or empty; and at any time hub_deaf: this one is it, and cannot listen.
    ``off``: names of capabilities that the chain has not opened.
    ``sealed_s``: since when they cannot be read; ``limits``: what the time without HQ takes away; ``revoked``: by HQ.
    ``powers_rest``: a manager's word does not count, as HQ has not signed it.
    ``since``: since when this run has seen disk_full, powers_rest, clock_jumped, clock_suspect, unread, and "no_data
    NAME" of what was never loaded.
    """

    ages: Mapping[str, float | None]
    offline_s: float | None = None
    held: Mapping[str, float] = field(default_factory=dict)
    unread: int = 0
    own_key: bool = True
    disk_full: bool = False
    powers_rest: bool = False
    clock_jumped: bool = False
    clock_suspect: bool = False
    oldest_unsent_s: float | None = None
    hub: str = ""
    sealed_s: float | None = None
    limits: tuple[Limit, ...] = ()
    revoked: bool = False
    off: frozenset[str] = frozenset()
    since: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why not all is well: a code, whether nothing works at all, since when (s) if that is known; or in how long (s) it
    will be so.

    no_key and no_address say no time, on purpose: the till's own key was never here, or its vault has lost it while no
    program ran. What takes a key away has a begin, and a word of its own (sealed, revoked, sealed_address).
    """

    code: str
    stops: bool = False
    since_s: float | None = None
    in_s: float | None = None


@dataclass(frozen=True, slots=True)
class Capability:
    """``reasons``: the gravest first, none while it is ready. ``age_s``: of the data that it stands on."""

    name: str
    state: State
    reasons: tuple[Reason, ...]
    age_s: float | None


def capabilities(facts: Facts) -> tuple[Capability, ...]:
    """All that this program offers, in the order in which a cashier asks for it."""
    return tuple(_capability(name, data, find, facts) for name, data, find in CAPABILITIES)


def worst(found: tuple[Capability, ...]) -> State:
    """One word for the whole till."""
    weights = list(State)
    return max((one.state for one in found), key=weights.index, default=State.READY)


def is_stuck(oldest_unsent_s: float | None, clock_jumped: bool) -> bool:
    """Does the queue not move, if HQ answers? By a clock that has jumped nobody knows."""
    return not clock_jumped and (oldest_unsent_s or 0.0) > STUCK_S


def _capability(name: str, data: str, find: Find, facts: Facts) -> Capability:
    if name in facts.off:
        return Capability(name, State.OFF, (), None)
    reasons = tuple(sorted(find(facts), key=lambda reason: not reason.stops))
    state = State.READY
    if reasons:
        state = State.UNAVAILABLE if reasons[0].stops else State.DEGRADED
    return Capability(name, state, reasons, facts.ages.get(data) if data else None)


def _sell(facts: Facts) -> Iterator[Reason]:
    yield from _without_hq(facts, LOCKED, stops=True)
    if not in_force(facts.limits, LOCKED):
        yield from _without_hq(facts, CASH_ONLY)
    if facts.disk_full:
        yield _seen(facts, "disk_full", stops=True)
    if facts.ages.get("prices") is None:
        yield _no_data(facts, "prices")
    yield from _through_hub(facts)
    if facts.powers_rest:
        yield _seen(facts, "powers_rest")
    if facts.clock_jumped:
        yield _seen(facts, "clock_jumped")
    if facts.offline_s is None and is_stuck(facts.oldest_unsent_s, facts.clock_jumped):
        yield Reason("stuck", since_s=facts.oldest_unsent_s)


def _through_hub(facts: Facts) -> Iterator[Reason]:
    if facts.hub and (facts.offline_s is not None or facts.hub == "hub_deaf"):
        yield Reason(facts.hub, since_s=facts.offline_s)


def _prices(facts: Facts) -> Iterator[Reason]:
    yield from _data(facts, "prices", {"global", "zone"})


def _members(facts: Facts) -> Iterator[Reason]:
    yield from _data(facts, "members", {"store"})
    if facts.sealed_s is not None:
        yield Reason("revoked" if facts.revoked else "sealed", since_s=facts.sealed_s)
    elif not facts.own_key:
        yield Reason("no_key")
    else:
        yield from _without_hq(facts, SEALED)


def _coupons(facts: Facts) -> Iterator[Reason]:
    yield from _data(facts, "coupons", {"store", "global"})
    if facts.clock_suspect:
        yield _seen(facts, "clock_suspect")
    if facts.unread:
        yield _seen(facts, "unread")
    if in_force(facts.limits, CASH_ONLY):
        yield Reason("no_leases", since_s=in_force_s(facts.limits, CASH_ONLY))


def _own_money(facts: Facts) -> Iterator[Reason]:
    """Stored value and points: what HQ has leased to this till, and with its answer more."""
    yield from _data(facts, "members", {"store"})
    if in_force(facts.limits, CASH_ONLY):
        yield Reason("no_leases", stops=True, since_s=in_force_s(facts.limits, CASH_ONLY))
    elif facts.clock_suspect:
        yield _seen(facts, "clock_suspect", stops=True)
    elif facts.offline_s is not None:
        yield Reason("leased_only", since_s=facts.offline_s)


def _codes(facts: Facts) -> Iterator[Reason]:
    """Payment codes are answered by the gateway of HQ."""
    if facts.offline_s is not None:
        yield Reason("no_gateway", stops=True, since_s=facts.offline_s)


def _stock(facts: Facts) -> Iterator[Reason]:
    yield from _data(facts, "stock", {"zone"})
    if facts.offline_s is not None:
        yield Reason("estimate", since_s=facts.offline_s)


def _valet(facts: Facts) -> Iterator[Reason]:
    if facts.ages.get("stock") is None:
        yield _no_data(facts, "stock")
    if facts.offline_s is not None:
        yield Reason("unconfirmed", since_s=facts.offline_s)
    if facts.sealed_s is not None:
        yield Reason("sealed_address", since_s=facts.sealed_s)
    elif not facts.own_key:
        yield Reason("no_address")


def _without_hq(facts: Facts, step: str, *, stops: bool = False) -> Iterator[Reason]:
    """A step that is in force, or that comes soon."""
    for one in facts.limits:
        if one.step == step and one.since_s >= 0:
            yield Reason(step, stops, since_s=one.since_s)
        elif one.step == step:
            yield Reason(f"{step}_soon", in_s=-one.since_s)


def _data(facts: Facts, name: str, feeds: set[str]) -> Iterator[Reason]:
    """What every copy of HQ's data may lack."""
    age = facts.ages.get(name)
    if age is None:
        yield _no_data(facts, name)
    elif age > OLD_S:
        yield Reason("old", since_s=age - OLD_S)
    if held := [since_s for kind, since_s in facts.held.items() if kind in feeds]:
        yield Reason("held", since_s=max(held))


def _no_data(facts: Facts, name: str) -> Reason:
    return Reason("no_data", stops=True, since_s=facts.since.get(f"no_data {name}"))


def _seen(facts: Facts, code: str, *, stops: bool = False) -> Reason:
    """What this run has seen begin, or found so."""
    return Reason(code, stops, since_s=facts.since.get(code))


Find = Callable[[Facts], Iterator[Reason]]
#: Name, the data whose age is shown, and what may be wrong with it.
CAPABILITIES: tuple[tuple[str, str, Find], ...] = (
    ("sell", "", _sell),
    ("prices", "prices", _prices),
    ("members", "members", _members),
    ("coupons", "coupons", _coupons),
    ("value", "members", _own_money),
    ("points", "members", _own_money),
    ("codes", "", _codes),
    ("stock", "stock", _stock),
    ("valet", "stock", _valet),
)
