"""Stored value among the tills of a store, when the store gets another till or the chain another quota."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.asking import HoldRequest
from tests.sync.hq.leases import check_books, member, settings
from tests.sync.hq.test_stored_value import leased, spend
from tests.sync.tills import Chain, TillFolder


@pytest.fixture
def escrow(chain: Chain) -> Chain:
    settings(chain, stored_value=True)
    return chain


@pytest.fixture
def second(escrow: Chain, tmp_path: Path, till: TillFolder) -> Iterator[TillFolder]:
    """A till that S001 gets when its first one has leased what it may."""
    member(escrow, value=15_000)
    till.cycle()
    assert leased(till) == 15_000
    opened = TillFolder(escrow, tmp_path / "second", escrow.code("S001", 2))
    yield opened
    opened.close()


def go_on(days: int, *tills: TillFolder) -> None:
    """Each comes by twice an hour around the end of a day."""
    for _ in range(days):
        tills[0].chain.clock.forward(hours=23)
        for _ in range(3):
            for one in tills:
                one.chain.clock.forward(minutes=10)
                assert one.cycle().error is None


def test_a_new_till_gets_its_part_of_what_another_had_alone(
    escrow: Chain, till: TillFolder, second: TillFolder
) -> None:
    """protocol.md, stored value: in equal parts. Else its customers cannot pay there with their own money, ever."""
    second.cycle()
    assert leased(second) == 0
    assert second.line.hold(HoldRequest(member="M1", value=5_000)).value is None
    go_on(8, till, second)
    assert (leased(till), leased(second)) == (7_500, 7_500)
    check_books(escrow)


def test_what_one_till_has_spent_the_other_does_not_keep_for_itself(
    escrow: Chain, till: TillFolder, second: TillFolder
) -> None:
    go_on(8, till, second)
    spend(second, 7_500)
    second.cycle()
    assert (leased(till), leased(second)) == (7_500, 0)
    go_on(8, till, second)
    assert (leased(till), leased(second)) == (3_750, 3_750)
    assert check_books(escrow) == {"M1": 7_500}


def test_a_smaller_quota_holds_once_the_leases_have_ended(escrow: Chain, till: TillFolder) -> None:
    member(escrow, value=50_000)
    till.cycle()
    assert leased(till) == 20_000
    settings(escrow, value_lease=5_000)
    go_on(8, till)
    assert leased(till) == 5_000
    go_on(8, till)
    assert leased(till) == 5_000
    check_books(escrow)


def test_who_has_no_more_than_their_part_is_never_without(escrow: Chain, till: TillFolder, tmp_path: Path) -> None:
    member(escrow, value=50_000)
    other = TillFolder(escrow, tmp_path / "other", escrow.code("S001", 2))
    for _ in range(20):
        go_on(1, till, other)
        assert (leased(till), leased(other)) == (10_000, 10_000)
    other.close()
