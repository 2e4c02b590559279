"""The readiness page: what the till can do now, what waits for HQ, and what a person has to decide or look at."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from posclient.actions import login, receipts
from posclient.actions.receipts import SaleRow
from posclient.actions.status import MOST_DECIDED, status
from posclient.actions.till import Till
from posclient.db import audit, outbox, outcomes, sales
from posclient.db.outbox import Waiting
from posclient.db.outcomes import Decided
from posclient.db.terminal import REVOKED
from posclient.domain.readiness import Capability, Facts, capabilities, is_stuck
from posclient.errors import Refused

__all__ = ["Decided", "Readiness", "Waiting", "accept_held", "acknowledge", "look"]

#: So many of a long queue are shown; the count says how many there are.
MOST_WAITING = 100


@dataclass(frozen=True, slots=True)
class Readiness:
    """``waiting`` are the oldest of the ``unsent`` facts, worth ``unsent_amount`` fen.

    ``decided``: what HQ decided about facts of ours and no manager has seen; ``unread``: money that was taken in carts
    which could not be read at a start, likewise. ``slips``: sales whose slip never came
    out, the newest first. ``trouble``: what HQ has against this till (fork, revoked), or None. ``clock_behind``: the
    latest time that this till has used, where its clock is so far behind that it must be wrong (S-16). ``stuck``: HQ
    answers, and does not take what waits. ``damaged``: the audit cannot be read to its beginning: there may be
    more ``unread``.
    """

    at: datetime
    capabilities: tuple[Capability, ...]
    waiting: tuple[Waiting, ...]
    unsent: int
    unsent_amount: int
    decided: tuple[Decided, ...]
    slips: tuple[SaleRow, ...]
    clock_jumped: bool
    trouble: str | None = None
    clock_behind: datetime | None = None
    unread: tuple[Decided, ...] = ()
    stuck: bool = False
    damaged: bool = False


def look(till: Till, offline_s: float | None, held: Mapping[str, float], hub: str = "") -> Readiness:
    """``offline_s``: since when HQ does not answer, None while it does; ``held``: feeds that are held back, and since
    how many seconds.

    ``hub``: what the store's hub is to this till while HQ does not answer, as in ``Facts``.
    """
    now = status(till)
    since = till.onsets.since()
    facts = Facts(
        ages=now.ages,
        offline_s=offline_s,
        held=_by_kind(held),
        unread=len(till.reference.book.skipped),
        own_key=till.own.key is not None,
        sealed_s=now.sealed_s,
        limits=now.limits,
        revoked=now.trouble == REVOKED,
        disk_full="disk_full" in since,
        powers_rest="powers_rest" in since,
        clock_jumped=now.clock_jumped,
        clock_suspect=now.clock_suspect,
        oldest_unsent_s=now.oldest_unsent_s,
        hub=hub,
        off=frozenset(_off(till)),
        since=since,
    )
    missing = set(now.not_printed)
    return Readiness(
        at=till.wall(),
        capabilities=capabilities(facts),
        waiting=tuple(outbox.waiting(till.db, MOST_WAITING)),
        unsent=now.unsent,
        unsent_amount=now.unsent_amount,
        decided=tuple(outcomes.unseen(till.reference.cache, till.db, MOST_DECIDED)),
        slips=tuple(one for one in receipts.recent(till, sales.AMONG) if one.id in missing),
        clock_jumped=now.clock_jumped,
        trouble=now.trouble,
        clock_behind=till.now() if now.clock_suspect else None,
        unread=till.unread_money(),
        stuck=offline_s is None and is_stuck(now.oldest_unsent_s, now.clock_jumped),
        damaged=till.is_damaged,
    )


def _by_kind(held: Mapping[str, float]) -> dict[str, float]:
    """Of several feeds of a kind the one that waits for longest."""
    found: dict[str, float] = {}
    for feed, since_s in held.items():
        kind = feed.partition(":")[0]
        found[kind] = max(since_s, found.get(kind, 0.0))
    return found


def _off(till: Till) -> Iterator[str]:
    """What the chain has not opened. Payment codes: no HQ has a gateway for them yet."""
    settings = till.reference.settings
    if not settings.stored_value:
        yield "value"
    if not settings.points_worth.step_fen:
        yield "points"
    yield "codes"


def acknowledge(till: Till, pin: str, seen: Collection[tuple[str, str]]) -> None:
    """A manager has seen ``decided`` or ``unread``: fact and code of each. Errors as ``login.approve``."""
    manager = login.approve(till, pin, "see_outcomes")
    with till.transaction() as con:
        outcomes.mark_seen(con, seen, manager.id, till.wall())
        detail = {"facts": [fact for fact, _ in seen], "codes": sorted({code for _, code in seen})}
        audit.add(con, till.wall(), manager.id, "see_outcomes", detail)


def accept_held(till: Till, pin: str, feeds: Collection[str]) -> None:
    """A manager lets HQ's change of ``feeds`` in, whatever goes with it; the sync that takes it comes after this.

    Errors as ``login.approve``; ``Refused("nothing_held")``.
    """
    if not feeds:
        raise Refused("nothing_held")
    manager = login.approve(till, pin, "accept_feeds")
    with till.transaction() as con:
        audit.add(con, till.wall(), manager.id, "accept_feeds", {"feeds": sorted(feeds)})
