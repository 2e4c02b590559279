"""Opening payment looks through no audit of years where no manager's cap is touched (T-61)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from posclient.actions import checkout, payment
from posclient.actions.till import Till
from posclient.db import audit
from posclient.db.connection import transaction
from tests.actions.kidswear import OPENING, StandingClock, make_folder, open_shop, sku


def steps(till: Till, act: Callable[[], object]) -> int:
    """Steps of SQLite's machine that ``act`` takes."""
    taken = 0

    def step() -> None:
        nonlocal taken
        taken += 1

    till.db.set_progress_handler(step, 1)
    act()
    till.db.set_progress_handler(None, 1)
    return taken


def opening_steps(till: Till) -> int:
    """Of opening payment."""
    checkout.add(till, sku("A001"))
    taken = steps(till, lambda: payment.open(till))
    payment.cancel(till)
    checkout.void(till, "test")
    return taken


def years_pass(till: Till) -> None:
    with transaction(till.db) as con:
        for _ in range(2000):
            audit.add(con, OPENING, "G1", "log_in", {})


def test_payment_opens_as_quickly_after_years(tmp_path: Path) -> None:
    make_folder(tmp_path, StandingClock())
    till = open_shop(tmp_path, StandingClock())
    before = opening_steps(till)
    years_pass(till)
    assert opening_steps(till) < before * 2
    till.close()


def test_a_member_with_coupons_is_shown_as_quickly_after_years(tmp_path: Path) -> None:
    """Where managers may let none through, there is nothing to look for."""
    hq = make_folder(tmp_path, StandingClock())
    hq.setting("coupon_leases", True)
    hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 100})
    till = open_shop(tmp_path, StandingClock())

    def serve() -> None:
        checkout.set_member(till, "M1")

    serve()
    checkout.set_member(till, None)
    before = steps(till, serve)
    checkout.set_member(till, None)
    years_pass(till)
    assert steps(till, serve) < before * 2
    till.close()
