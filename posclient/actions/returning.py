"""Giving up leases that HQ calls back, since the member stands in another store now (protocol.md, recall).

A fact says so, behind all that this till did with the coupon before: it is sent until HQ has it, a kill loses none of
it, and it is this till's own mark as well, whatever becomes of the cache.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from posclient.actions import ringing
from posclient.actions.till import Till
from posclient.actions.views import CartView
from posclient.db import journal, leases, sales
from posclient.domain.facts import LEASE_RETURNED, lease_returned
from posclient.domain.leases import return_id


@dataclass(frozen=True, slots=True)
class Returned:
    """``given_up`` leases now; ``kept``: those that the open cart is using. ``view``: the cart, if anything changed."""

    given_up: int = 0
    kept: int = 0
    view: CartView | None = None


def give_up(till: Till) -> Returned:
    """``answer``, and the open cart as it is then, for whoever has it before them."""
    done = answer(till)
    return replace(done, view=ringing.reprice(till)) if done.given_up else done


def answer(till: Till) -> Returned:
    """Answer HQ's calls. What the open cart takes off stays with it: look again when that cart is done."""
    called = leases.recalled(till.reference.cache, till.db, till.terminal)
    taken = sales.used_coupons(till.db, [coupon for coupon, _ in called])  # the sale's own fact answers
    open_ones = [(coupon, not_after) for coupon, not_after in called if coupon not in taken]
    used = _in_use(till) if open_ones else frozenset()
    free = [(coupon, not_after) for coupon, not_after in open_ones if coupon not in used]
    kept = len(open_ones) - len(free)
    if free:
        _say(till, free)
        till.selling.card = None  # its rights are others now
    return Returned(len(free), kept)


def _say(till: Till, leased: list[tuple[str, str]]) -> None:
    me, stamp = till.terminal, till.stamp()
    with till.transaction() as con:
        for coupon, not_after in leased:
            fact = return_id(me.terminal, me.incarnation, coupon, not_after)
            content = lease_returned(coupon, not_after, stamp)
            journal.append(con, fact_id=fact, kind=LEASE_RETURNED, content=content, at=till.wall())


def _in_use(till: Till) -> frozenset[str]:
    """What the open cart takes off now, or has frozen for its payment."""
    selling = till.selling
    if selling.cart.member is None:
        return frozenset()
    quote = selling.frozen().quote if selling.cart.paying else ringing.current(till)
    return frozenset(quote.used)
