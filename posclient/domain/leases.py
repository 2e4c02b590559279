"""额度租约: rights that HQ leases, so that they can be used with no line to it (protocol.md, coupons, stored value).

A lease ends earlier for the till than for HQ, so that clocks that differ a little never make two rights of one. The
clock's floor is the caller's: ``now`` is business time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from posclient.domain.ids import derived_id

#: A till stops so long before ``not_after``; HQ waits so long after it.
MARGIN = timedelta(minutes=15)
#: Then HQ waits for the holder's next sync, but no longer than this.
LONGEST_WAIT = timedelta(days=7)
#: Why a right rests: the clock is far behind what this till has used.
CLOCK_SUSPECT = "clock_suspect"
#: So long HQ holds a coupon for a till that asks for it.
HOLD = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Lease:
    """HQ's promise to ``store``; ``not_after`` is the same instant for both, from which each keeps its distance.

    ``given_up``: HQ called it back, and this till has said that it relies on it no more.
    """

    store: str
    not_after: datetime
    given_up: bool = False

    @property
    def ends(self) -> datetime:
        """The first instant at which a till may not rely on it any more."""
        return self.not_after - MARGIN


@dataclass(frozen=True, slots=True)
class Claim:
    """What decides whether a single-use coupon may be used. ``lease``: of whichever store HQ named.

    ``held_until``: by an answer of HQ to this till; ``asks``: HQ can be asked now; ``online_only``: its face value is
    over what the chain lets out of its hands; ``overridden``: a manager said yes to this very coupon; ``recall``: how
    it stands where HQ is calling ``lease`` back for us: recalling, recall_waits, or empty; ``asks_hub``: the store's
    hub is to say first whether another till of the store is using it; ``granted_until``: so long it keeps it for us.
    """

    store: str
    now: datetime
    lease: Lease | None = None
    held_until: datetime | None = None
    asks: bool = False
    clock_suspect: bool = False
    online_only: bool = False
    overridden: bool = False
    recall: str = ""
    asks_hub: bool = False
    granted_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Right:
    """``kind``: lease, hold, override, or empty: then ``reason`` says why not.

    ``until``: when it ends, or when the store that has it must give it back. ``store``: who that is.
    """

    kind: str
    reason: str = ""
    until: datetime | None = None
    store: str = ""


def coupon_right(claim: Claim) -> Right:
    """May this coupon be used here and now, and by what right? The surest right first.

    By a clock that is wrong nobody can tell when a right ends (S-16): HQ is not asked for what could not be used.
    """
    lease = claim.lease
    if claim.held_until is not None and claim.now < claim.held_until and not claim.clock_suspect:
        return Right("hold", until=claim.held_until)
    if lease is not None and _is_good(lease, claim):
        return _of_the_store(lease, claim)
    if claim.overridden:
        return Right("override")
    if claim.asks and not claim.clock_suspect:
        return Right("", "ask_hq")
    return _why_not(claim)


def over_for_hq(not_after: datetime, now: datetime, last_sync: datetime | None) -> bool:
    """May HQ give the right to somebody else? ``last_sync``: when all of the holder's facts had last been sent."""
    end = not_after + MARGIN
    return now >= end and ((last_sync is not None and last_sync >= end) or now >= end + LONGEST_WAIT)


def won_by(lease: Lease, store: str, used: datetime) -> bool:
    """Does a use in ``store`` at HQ's time ``used`` stand on this lease? For HQ it ends later than for the till."""
    return lease.store == store and used < lease.not_after + MARGIN


def return_id(terminal: str, incarnation: str, coupon: str, not_after: str) -> str:
    """The id of the fact by which a till gives up a lease: it can be made once, and asked for at any time after."""
    return derived_id("lease_returned", terminal, incarnation, coupon, not_after)


def _of_the_store(lease: Lease, claim: Claim) -> Right:
    """The store's tills share it: their hub says whose it is for now."""
    if not claim.asks_hub:
        return Right("lease", until=lease.ends)
    if claim.granted_until is None or claim.now >= claim.granted_until:
        return Right("", "ask_hub")
    return Right("lease", until=min(lease.ends, claim.granted_until))


def _is_good(lease: Lease, claim: Claim) -> bool:
    here = lease.store == claim.store and not lease.given_up
    return here and claim.now < lease.ends and not claim.clock_suspect


def _why_not(claim: Claim) -> Right:
    lease = claim.lease
    if lease is not None and lease.store != claim.store:
        return Right("", claim.recall or "leased_elsewhere", lease.not_after, lease.store)
    if claim.clock_suspect and (claim.asks or claim.held_until is not None):
        return Right("", CLOCK_SUSPECT)
    if claim.online_only:
        return Right("", "online_only")
    if lease is None:
        return Right("", "not_leased")
    if lease.given_up:
        return Right("", "given_up")
    return Right("", CLOCK_SUSPECT if claim.clock_suspect else "lease_ended")


#: What an account is of, and in which unit: fen of stored value, or points.
VALUE, POINTS = "value", "points"


@dataclass(frozen=True, slots=True)
class ValueLease:
    """So much of a member's account this till may spend by itself: ``amount`` units, less what it spent since."""

    id: str
    member: str
    amount: int
    not_after: datetime

    @property
    def ends(self) -> datetime:
        """As of a ``Lease``."""
        return self.not_after - MARGIN


@dataclass(frozen=True, slots=True)
class Spendable:
    """``amount`` fen or points that may be paid with here and now, ``until`` the first part of it ends.

    ``reason`` where it is 0: no_member, empty, clock_suspect, lease_ended, spent, not_leased.
    """

    amount: int
    until: datetime | None = None
    reason: str = ""


def spendable(
    leases: tuple[ValueLease, ...], unsent: int, balance: int, now: datetime, *, clock_suspect: bool
) -> Spendable:
    """What is left of the leases, less the ``unsent`` units that HQ's figures do not include yet; never below 0."""
    live = [one for one in leases if now < one.ends]
    left = sum(one.amount for one in live) - unsent
    if left > 0 and not clock_suspect:
        return Spendable(left, min(one.ends for one in live))
    if balance <= 0:
        return Spendable(0, reason="empty")
    if leases and clock_suspect:
        return Spendable(0, reason=CLOCK_SUSPECT)
    if live:
        return Spendable(0, reason="spent")
    return Spendable(0, reason="lease_ended" if leases else "not_leased")


def shares(quota: int, tills: int, place: int) -> int:
    """The part of a store's quota (fen) that the till at ``place`` (from 0) of ``tills`` gets; they add up to it."""
    return quota // tills + (1 if place < quota % tills else 0)
