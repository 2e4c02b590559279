"""What HQ promised of a frozen quote's coupons, and whether it still does (protocol.md, coupons).

A payment may lie open for days: the till was killed, or the customer went for another card. No money is taken for a
price that HQ may give to nobody twice. But money that was taken while the promise held bought the goods, and the
customer may be gone with them: that sale is completed, and says that it came late.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from posclient.actions import rights
from posclient.actions.till import Till
from posclient.domain.cart import Cart
from posclient.domain.facts import CouponRight
from posclient.domain.frozen import Frozen
from posclient.errors import Refused

#: The right of a coupon whose sale was paid in time and completed when HQ's promise was over.
LATE = "late"


def check(till: Till, cart: Cart, frozen: Frozen) -> None:
    """``Refused("coupon_over")`` (``name``; ``reason`` clock_suspect where nobody can tell) where a coupon may be
    somebody else's by now: back to the cart, which is priced anew. ``Refused("coupon_unconfirmed")`` while the store's
    hub has not said whose it is; it is being asked.
    """
    gone = rights.over(till, cart, frozen.rights)
    if gone:
        raise Refused("coupon_over", name=_name(frozen, gone), **rights.why_over(till))
    unasked = rights.unasked(till, cart, frozen.rights)
    if unasked:
        raise Refused("coupon_unconfirmed", name=_name(frozen, unasked))


def _name(frozen: Frozen, coupons: Collection[str]) -> str:
    return frozen.names[f"coupon:{min(coupons)}"]


def as_used(till: Till, cart: Cart, frozen: Frozen) -> tuple[CouponRight, ...]:
    """By what rights a paid cart's sale uses its coupons now."""
    gone = rights.over(till, cart, frozen.rights)
    return tuple(replace(one, right=LATE) if one.coupon in gone else one for one in frozen.rights)
