"""What decides a cart's rights beside HQ's rows: the line, and what HQ or a manager has said of this very cart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from posclient.domain.cart import CartLease, CouponHold, Override


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why HQ would not hold a coupon: used, held, held_here, recalling, unknown, no_answer. ``store`` has it ``until``
    then; of what another till of this store holds (held_here) it is that till.

    ``again_s``: a lease that HQ calls back for us may be here if we ask again after so many seconds.
    """

    code: str
    store: str = ""
    until: datetime | None = None
    again_s: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """Two that are equal give equal rights at one instant. ``granted``: until when the hub keeps coupons for us.

    ``ahead``: by how much leases end earlier than business time says, to the minute, which is well within what HQ adds
    to each right.
    ``rest``: why nothing that HQ leased may be used (``limits.rights_rest``).
    """

    online: bool
    suspect: bool
    holds: tuple[CouponHold, ...]
    overrides: tuple[Override, ...]
    on_top: tuple[CartLease, ...]
    refused: Mapping[str, Refusal]
    hub: bool = False
    granted: Mapping[str, datetime] = field(default_factory=dict)
    ahead: timedelta = timedelta(0)
    rest: str = ""
