"""Stores that are closed for a holiday leave leases behind them: who comes by meanwhile does not look through all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlmodel import col, func, select

from sync.hq import leasing as module
from sync.hq.lease_tables import OPEN, ValueLeaseRow
from tests.sync.hq.leases import check_books, member, settings
from tests.sync.tills import Chain, TillFolder

MEMBERS, MOST = 60, 20


@pytest.fixture
def closed(chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chain]:
    """S002 has leased its members' value and has not been heard of since."""
    monkeypatch.setattr(module, "MOST_AT_ONCE", MOST)
    settings(chain, stored_value=True)
    for n in range(MEMBERS):
        member(chain, f"B{n}", home="S002", value=10_000)
    other = TillFolder(chain, tmp_path / "other", chain.code("S002", 1))
    for _ in range(2 + MEMBERS // MOST):
        other.cycle()
    assert still_open(chain) == MEMBERS
    yield chain
    other.close()


def still_open(chain: Chain) -> int:
    """Leases that HQ has not ended."""
    with chain.database.read() as session:
        return session.exec(select(func.count()).where(col(ValueLeaseRow.state) == OPEN)).one()


@pytest.fixture
def looked_at() -> Iterator[list[str]]:
    """Tills whose leases HQ has read, once for each."""
    found: list[str] = []

    def note(row: ValueLeaseRow, _context: object) -> None:
        found.append(row.terminal)

    event.listen(ValueLeaseRow, "load", note)
    yield found
    event.remove(ValueLeaseRow, "load", note)


def test_a_contact_does_not_look_at_what_other_stores_may_still_have_spent(
    closed: Chain, till: TillFolder, looked_at: list[str]
) -> None:
    """After a week's holiday each contact read the leases of the whole chain, and all sales waited for each."""
    closed.clock.forward(days=8)
    looked_at.clear()
    assert till.cycle().error is None
    assert looked_at.count("S002-1") == 0
    assert still_open(closed) == MEMBERS


def test_what_is_over_of_tills_that_are_gone_ends_some_at_a_contact(closed: Chain, till: TillFolder) -> None:
    closed.clock.forward(days=15)
    open_ones = [MEMBERS]
    while open_ones[-1]:
        assert till.cycle().error is None
        open_ones.append(still_open(closed))
        assert open_ones[-2] - MOST <= open_ones[-1] < open_ones[-2]
    assert set(check_books(closed).values()) == {10_000}
