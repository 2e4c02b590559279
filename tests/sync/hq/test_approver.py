"""A coupon that was let through: HQ looks whether the approver is a manager by its own rows."""

from __future__ import annotations

from typing import Any

import pytest

from posclient.domain import facts
from sync.hq.feeds import Change, store_feed
from tests.sync.hq.leases import coupon, member
from tests.sync.hq.till_at_hq import STAMP, make_sale, use
from tests.sync.tills import TillFolder


def _staff(till: TillFolder, roles: list[str], *, active: bool = True) -> None:
    data: dict[str, Any] = {"name": "Li", "badge": "", "roles": roles, "pin_hash": "", "active": active}
    till.chain.publish(Change(store_feed(till.me.store), "staff", "E1", data))


def _override(till: TillFolder, right: str = "override", approver: str | None = "E1") -> list[tuple[Any, ...]]:
    member(till.chain)
    coupon(till.chain)
    place = {"store": till.me.store, "slot": till.me.slot}
    sale = make_sale(1, **place, at=till.chain.clock.now(), member="M1", coupons=(use("K1", 1000),))
    content = facts.sale_completed(sale, STAMP)
    content["rights"] = [{"coupon": "K1", "right": right, "approver": approver}]
    till.fact(facts.SALE_COMPLETED, content, sale.total)
    till.cycle()
    till.cycle()
    return till.rows("SELECT code FROM fact_outcome")


@pytest.mark.parametrize("role", ["manager", "admin"])
def test_a_manager_may(till: TillFolder, role: str) -> None:
    _staff(till, ["cashier", role])
    assert _override(till) == []


def test_a_cashier_is_marked(till: TillFolder) -> None:
    _staff(till, ["cashier"])
    assert _override(till) == [("approver_no_manager",)]


def test_who_has_left_is_marked(till: TillFolder) -> None:
    _staff(till, ["manager"], active=False)
    assert _override(till) == [("approver_no_manager",)]


@pytest.mark.parametrize("approver", ["E2", None])
def test_whom_nobody_knows_is_marked(till: TillFolder, approver: str | None) -> None:
    assert _override(till, approver=approver) == [("approver_no_manager",)]


def test_other_rights_need_no_manager(till: TillFolder) -> None:
    assert _override(till, right="local", approver=None) == []
