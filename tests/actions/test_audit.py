"""Opening payment looks through no audit of years where no manager's cap is touched (T-61)."""

from __future__ import annotations

from pathlib import Path

from posclient.actions import checkout, payment
from posclient.actions.till import Till
from posclient.db import audit
from posclient.db.connection import transaction
from tests.actions.kidswear import OPENING, StandingClock, make_folder, open_shop, sku


def opening_steps(till: Till) -> int:
    """Steps of SQLite's machine that it takes to open payment."""
    taken = 0

    def step() -> None:
        nonlocal taken
        taken += 1

    checkout.add(till, sku("A001"))
    till.db.set_progress_handler(step, 1)
    payment.open(till)
    till.db.set_progress_handler(None, 1)
    payment.cancel(till)
    checkout.void(till, "test")
    return taken


def test_payment_opens_as_quickly_after_years(tmp_path: Path) -> None:
    make_folder(tmp_path, StandingClock())
    till = open_shop(tmp_path, StandingClock())
    before = opening_steps(till)
    with transaction(till.db) as con:
        for _ in range(2000):
            audit.add(con, OPENING, "G1", "log_in", {})
    assert opening_steps(till) < before * 2
    till.close()
