"""What each kind of fact does at HQ: one file per kind, one line here.

An effect gets the transaction's ``Work``, the fact and its content, and gives None or the code of an exception that
the till is told. It may raise ``UnreadableError`` before its first change: then the fact goes to quarantine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sync.hq.bodies import (
    Body,
    CareTaskChangedV1,
    CartClearedV1,
    ClockFloorLoweredV1,
    LeaseReturnedV1,
    MemberRegisteredV1,
    RuleSkippedV1,
    SaleCompletedV1,
    UnreadableError,
    ValetOrderPlacedV1,
)
from sync.hq.effects.care import task_changed
from sync.hq.effects.lease import lease_returned
from sync.hq.effects.member import member_registered
from sync.hq.effects.removal import cart_cleared
from sync.hq.effects.sale import sale_completed
from sync.hq.effects.valet import order_placed
from sync.hq.work import Received, Work

EFFECTS: dict[type[Body], Callable[[Work, Received, Any], str | None]] = {
    SaleCompletedV1: sale_completed,
    MemberRegisteredV1: member_registered,
    ValetOrderPlacedV1: order_placed,
    CareTaskChangedV1: task_changed,
    RuleSkippedV1: lambda _work, _received, _content: None,
    ClockFloorLoweredV1: lambda _work, _received, _content: None,
    LeaseReturnedV1: lease_returned,
    CartClearedV1: cart_cleared,
}


def apply_effect(work: Work, received: Received, content: Body) -> str | None:
    """Do what ``content`` says; the code of an exception, or None.

    No till speaks for another store: what it says there would move that store's stock and be read by its tills (S-14).
    """
    if getattr(content, "store", work.terminal.store) != work.terminal.store:
        raise UnreadableError("unreadable", "store")
    return EFFECTS[type(content)](work, received, content)
