"""``LeaseReturned``: a till relies no more on a lease that HQ called back (protocol.md, recall)."""

from __future__ import annotations

from sync.hq import recalls
from sync.hq.bodies import LeaseReturnedV1, UnreadableError
from sync.hq.clock import milliseconds
from sync.hq.contacts import instant_ms
from sync.hq.work import Received, Work


def lease_returned(work: Work, received: Received, returned: LeaseReturnedV1) -> str | None:
    """What this till sold before came before: with the last answer of its store the coupon is free for who asked."""
    try:
        not_after_ms = instant_ms(returned.not_after)
    except (ValueError, TypeError):
        raise UnreadableError("unreadable", "not_after") from None
    now_ms = milliseconds(work.clock)
    work.changes += recalls.returned(
        work.session, work.terminal, received.fact.incarnation, returned.coupon, not_after_ms, now_ms
    )
    return None
