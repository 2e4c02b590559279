"""The wire of what a till asks at the counter, beside its cycles: coupons to keep, stored value, whose a code is.

A part of ``sync.protocol``, and under its version.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sync.protocol import Message, Whole

#: Coupons of one ``HoldRequest``.
MOST_HELD = 200
#: What HQ looks up by: PostgreSQL has no NUL in texts.
Key = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]


class HoldRequest(Message):
    """Coupons to keep for the cart that is open; to lease on top: ``value`` fen of ``member``'s, and ``points``."""

    member: Key = ""
    coupons: list[Key] = Field(default=[], max_length=MOST_HELD)
    value: Whole = 0
    points: Whole = 0


class VisitRequest(Message):
    """A member code that is unknown in this store is before the till."""

    code: Key


class VisitReply(Message):
    """``member``: the id of whose it is, who is in the store's feed from now on; empty for a code of nobody's."""

    member: str
    time: str


class HeldCoupon(Message):
    """Nobody else may use it before ``until``. ``signature``: HQ's over the array of terminal, coupon and ``until``."""

    coupon: str
    until: str
    signature: str = ""


class RefusedCoupon(Message):
    """``code``: used, unknown, or leased or held: by ``store``, which is over for tills 15 minutes before ``until``;
    held_here: by another till of the same store, which ``store`` is then.

    ``recalling``: HQ calls the lease of ``store`` back; ask again in ``again_s`` seconds.
    """

    coupon: str
    code: str
    store: str = ""
    until: str | None = None
    again_s: Annotated[int, Field(ge=0, le=3600)] = 0


class ValueOnTop(Message):
    """A ``value_lease`` of the terminal's feed, told at once, and signed as that is."""

    id: str
    amount: Whole
    not_after: str
    signature: str = ""


class HoldReply(Message):
    """What is kept; a till that has no answer in time goes on as if it were offline.

    ``incarnation``: whom HQ answers. What was leased to an earlier one is no answer to this; empty says nothing.
    """

    held: list[HeldCoupon]
    refused: list[RefusedCoupon]
    value: ValueOnTop | None = None
    points: ValueOnTop | None = None
    incarnation: str = ""
    time: str
