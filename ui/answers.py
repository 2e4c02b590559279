"""What HQ, or the store's hub, answers to a question about the cart, in the till's own words."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from posclient.actions.holding import Answer, Question
    from posclient.domain.cart import CartLease
    from sync.asking import HoldReply, RefusedCoupon


def answer_of(reply: HoldReply, asked: Question) -> Answer:
    """HQ's reply in the till's own words; ``ValueError`` for times that cannot be read."""
    from posclient.actions.holding import Answer, Kept
    from posclient.actions.standing import Refusal
    from sync.handed_on import HubHold

    if isinstance(reply, HubHold):
        return Answer(
            granted={one.coupon: _instant(one.until) - _instant(reply.time) for one in reply.held},
            refused={one.coupon: Refusal(one.code, one.store, _until(one)) for one in reply.refused},
        )
    return Answer(
        held={one.coupon: Kept(_checked(one.until), one.signature) for one in reply.held},
        refused={one.coupon: Refusal(one.code, one.store, _until(one), one.again_s) for one in reply.refused},
        on_top=_leases(asked, reply),
        time=_instant(reply.time),
        incarnation=reply.incarnation,
    )


def _until(refused: RefusedCoupon) -> datetime | None:
    return _instant(refused.until) if refused.until else None


def _leases(asked: Question, reply: HoldReply) -> tuple[CartLease, ...]:
    from posclient.domain.cart import CartLease
    from posclient.domain.leases import POINTS, VALUE

    return tuple(
        CartLease(top.id, asked.member, unit, top.amount, _checked(top.not_after), top.signature)
        for unit, top in ((VALUE, reply.value), (POINTS, reply.points))
        if top is not None
    )


def _checked(text: str) -> str:
    """A time as HQ said and signed it."""
    _instant(text)
    return text


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("no offset")
    return at
