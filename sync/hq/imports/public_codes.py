"""What rows of coupons.csv may make public codes: coupons of no member, for anybody (protocol.md, coupons)."""

from __future__ import annotations

from posclient.domain.people import NOBODY
from sync.hq.chain_tables import CouponRow


def public_fault(single_use: bool, owner: str, coupon: CouponRow | None) -> tuple[str, str] | None:
    """Column and code of what is wrong with a row that gives a coupon to everybody, or takes it from them.

    It has to say so, since a cell of a member that was left empty by mistake would. And what was used by everybody
    cannot become one member's, nor the other way round: settlement would count the uses of before.
    """
    if owner == NOBODY and single_use:
        return "single_use", "public_single_use"
    changes = coupon is not None and (coupon.member == NOBODY) != (owner == NOBODY)
    return ("member", "public_for_good") if changes else None
