"""Stored value in escrow: what the tills of a store may spend by themselves, and what HQ books."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlmodel import select

from posclient.domain.signatures import VALUE_LEASE, is_hqs
from posclient.domain.tenders import Payment
from posclient.errors import LinkError
from sync.asking import HoldRequest
from sync.hq.backups import restored
from sync.hq.escrow import value_change
from sync.hq.feeds import publish
from sync.hq.lease_tables import LossRow, ValueLeaseRow
from tests.sync.hq.leases import check_books, member, settings
from tests.sync.hq.test_backups import back_up, restore
from tests.sync.hq.till_at_hq import make_line
from tests.sync.tills import Chain, TillFolder, stored, unreachable


@pytest.fixture
def escrow(chain: Chain) -> Chain:
    """Stored value is on; M1 of S001 has 500 yuan."""
    settings(chain, stored_value=True)
    member(chain, value=50_000)
    return chain


@pytest.fixture
def second(escrow: Chain, tmp_path: Path) -> Iterator[TillFolder]:
    """The other till of S001."""
    opened = TillFolder(escrow, tmp_path / "second", escrow.code("S001", 2))
    yield opened
    opened.close()


def leased(till: TillFolder) -> int:
    """Fen that HQ leased to a till, as its cache has it."""
    return int(till.rows("SELECT coalesce(sum(amount), 0) FROM value_lease")[0][0])


def spend(till: TillFolder, amount: int, name: str = "M1") -> None:
    """A sale paid with stored value, as a till does that does not look at its lease."""
    payment = Payment("p1", "stored_value", amount, amount)
    line = make_line("1", "A", 1, amount)
    sold: dict[str, Any] = {"lines": (line,), "gross": amount, "total": amount, "shares": ()}
    till.sale(at=till.chain.clock.now(), member=name, payments=(payment,), cashier="C7", **sold)


def test_a_till_leases_what_the_store_may_spend(escrow: Chain, till: TillFolder) -> None:
    till.cycle()
    assert leased(till) == 20_000
    assert check_books(escrow) == {"M1": 50_000}


def test_a_smaller_balance_is_leased_whole_and_no_more(escrow: Chain, till: TillFolder) -> None:
    settings(escrow, value_lease=80_000)
    till.cycle()
    assert leased(till) == 50_000
    check_books(escrow)


def test_a_lease_from_before_hq_signed_is_signed_at_the_next_contact(escrow: Chain, till: TillFolder) -> None:
    till.cycle()
    with escrow.database.write() as session:
        (row,) = session.exec(select(ValueLeaseRow))
        row.signed = False
        publish(session, [value_change(row, {row.incarnation})])
    till.cycle()
    assert till.rows("SELECT signature FROM value_lease") == [("",)]
    escrow.clock.forward(minutes=5)
    till.cycle()
    ((key, not_after, signature),) = till.rows("SELECT key, not_after, signature FROM value_lease")
    assert is_hqs(till.me.hq_key, signature, VALUE_LEASE, "S001-1", key, "M1", "value", 20_000, not_after)


def test_two_tills_of_a_store_share_its_lease(escrow: Chain, till: TillFolder, second: TillFolder) -> None:
    """S-18: what one till has the other has not."""
    till.cycle()
    second.cycle()
    assert (leased(till), leased(second)) == (10_000, 10_000)
    check_books(escrow)


def test_a_sale_is_booked_from_the_lease_and_the_lease_filled_up(escrow: Chain, till: TillFolder) -> None:
    till.cycle()
    spend(till, 15_000)
    assert till.cycle().outcomes["applied"] == 1
    assert check_books(escrow) == {"M1": 35_000}
    assert leased(till) == 5_000
    escrow.clock.forward(minutes=5)
    till.cycle()
    assert leased(till) == 20_000
    assert till.rows("SELECT stored_value FROM member") == [(35_000,)]
    check_books(escrow)


def test_a_till_that_asks_gets_more_for_minutes(escrow: Chain, till: TillFolder, second: TillFolder) -> None:
    till.cycle()
    second.cycle()
    top = till.line.hold(HoldRequest(member="M1", value=45_000)).value
    assert top is not None
    assert top.amount == 30_000  # all that neither till has
    assert till.line.hold(HoldRequest(member="M1", value=1)).value is None
    till.cycle()
    assert leased(till) == 40_000
    escrow.clock.forward(minutes=40)
    till.cycle()  # it has said nothing since the end
    assert leased(till) == 40_000
    escrow.clock.forward(minutes=6)
    till.cycle()
    assert leased(till) == 10_000
    check_books(escrow)


def test_a_question_for_the_feeds_that_was_long_under_way_ends_no_lease(
    escrow: Chain, till: TillFolder, second: TillFolder
) -> None:
    """S-18: what was spent between the push before it and the hour at which it arrives is not sent."""
    till.cycle()
    second.cycle()
    till.line.hold(HoldRequest(member="M1", value=30_000))

    def late(call: str, go: Callable[[], Any]) -> Any:
        if call == "feeds":
            spend(till, 30_000)
            escrow.clock.forward(hours=8)
        return go()

    till.line.meddle = late
    till.note()
    assert till.cycle().unsent == 1
    assert second.line.hold(HoldRequest(member="M1", value=10_001)).value is None
    till.line.meddle = lambda _call, go: go()
    assert till.cycle().outcomes == {"applied": 1}
    check_books(escrow)


def test_nobody_else_gets_what_a_till_may_have_spent(escrow: Chain, till: TillFolder, second: TillFolder) -> None:
    """S-18: a lease that ended unheard of is free after a week, not before."""
    till.cycle()
    second.cycle()
    till.line.hold(HoldRequest(member="M1", value=50_000))
    escrow.clock.forward(days=7, minutes=39)
    second.cycle()
    assert second.line.hold(HoldRequest(member="M1", value=50_000)).value is None
    escrow.clock.forward(minutes=5)
    second.cycle()
    assert second.line.hold(HoldRequest(member="M1", value=50_000)).value is not None
    check_books(escrow)


def test_a_restored_hq_keeps_what_it_may_have_leased_for_longer(
    escrow: Chain, till: TillFolder, second: TillFolder, tmp_path: Path
) -> None:
    """S-12, S-18: the backup is 24 days old, and the other till's lease has been renewed since."""
    for one in (till, second):
        one.cycle()
    backup = back_up(escrow, tmp_path / "backup.db")
    for _ in range(6):
        escrow.clock.forward(days=4)
        for one in (till, second):
            one.cycle()
    restore(till, backup)
    second.line.hq = escrow.hq
    with escrow.database.write() as session:
        restored(session, escrow.clock)
    second.cycle()
    top = second.line.hold(HoldRequest(member="M1", value=50_000)).value
    assert top is not None
    assert top.amount == 30_000
    check_books(escrow)


def test_a_till_that_is_revoked_while_it_asks_is_told_so(escrow: Chain, till: TillFolder) -> None:
    """S-21: it had its session, and was asked in, a moment ago."""
    escrow.hq.revoke("S001-1")
    for ask in (
        lambda: escrow.hq.feeds("S001-1"), lambda: escrow.hq.hold("S001-1", HoldRequest(member="M1", value=1)),
    ):  # fmt: skip
        with pytest.raises(LinkError, match="revoked"):
            ask()
    assert stored(escrow, ValueLeaseRow) == []


def test_an_overspend_is_booked_never_below_nothing(escrow: Chain, till: TillFolder) -> None:
    """Impossible by design; a disk that was put back can do it. The sale stands, the rest is a loss."""
    till.cycle()
    spend(till, 60_000)
    report = till.cycle()
    assert report.outcomes == {"applied_with_exception": 1}
    assert till.rows("SELECT code FROM fact_outcome") == [("stored_value_overspent",)]
    assert check_books(escrow) == {"M1": 0}
    assert [(one.kind, one.amount, one.cashier) for one in stored(escrow, LossRow)] == [("stored_value", 10_000, "C7")]


def test_a_spend_of_nobody_is_a_loss(escrow: Chain, till: TillFolder) -> None:
    spend(till, 100, "M9")
    till.cycle()
    assert [one.amount for one in stored(escrow, LossRow)] == [100]


def test_a_sale_that_comes_twice_is_booked_once(escrow: Chain, till: TillFolder) -> None:
    """T-16, G-1: the reply got lost."""
    from posclient.db import outbox
    from posclient.db.connection import transaction

    till.cycle()
    spend(till, 5_000)
    till.cycle()
    with transaction(till.con) as con:
        outbox.replay_from(con, 1)
    assert till.cycle().outcomes == {"duplicate": 1}
    assert check_books(escrow) == {"M1": 45_000}


def test_a_till_that_is_enrolled_anew_spends_nothing_twice(escrow: Chain, till: TillFolder) -> None:
    """S-18: what it spent before is at HQ, and the lease in its cache is still the one from before that: it waits."""
    till.cycle()
    spend(till, 15_000)
    till.close()
    till.enrol(escrow.code("S001", 1))
    assert (till.unsent(), leased(till)) == (0, 0)
    till.cycle()
    assert leased(till) == 5_000
    assert check_books(escrow) == {"M1": 35_000}


def test_a_copied_till_spends_nothing_twice(escrow: Chain, till: TillFolder, tmp_path: Path) -> None:
    """S-18: the folder copied to another machine: the second of two facts with one number is kept aside, unbooked."""
    till.cycle()
    shutil.copytree(till.folder, tmp_path / "copy")
    copy = TillFolder(escrow, tmp_path / "copy")
    spend(till, 20_000)
    spend(copy, 20_000)
    assert till.cycle().outcomes == {"applied": 1}
    assert copy.cycle().outcomes == {"quarantined": 1}
    copy.close()
    assert check_books(escrow) == {"M1": 30_000}


def test_tills_that_keep_to_their_leases_never_overspend(escrow: Chain, till: TillFolder, second: TillFolder) -> None:
    """S-18: spends, contacts and time in any order: the books balance and no loss is ever made."""
    chance = Random(7)
    left = {0: 0, 1: 0}
    tills = (till, second)
    for _ in range(80):
        at = chance.randrange(2)
        deed = chance.randrange(4)
        if deed == 0:
            escrow.clock.forward(hours=chance.choice((1, 5, 80)))
        elif deed == 1:
            assert tills[at].cycle().error is None
            left[at] = sum(
                row[0] for row in tills[at].rows("SELECT amount FROM value_lease WHERE not_after > ?", _soon(escrow))
            )
        elif left[at] > 0 and tills[at].unsent() == 0:
            amount = chance.randint(1, min(left[at], 3_000))
            left[at] = 0  # until it has synced again
            spend(tills[at], amount)
        check_books(escrow)
    assert stored(escrow, LossRow) == []
    assert check_books(escrow)["M1"] < 50_000


def _soon(chain: Chain) -> str:
    from datetime import timedelta

    return (chain.clock.now() + timedelta(minutes=15)).isoformat()


def test_a_hold_that_ended_before_hq_was_restored(
    escrow: Chain, till: TillFolder, second: TillFolder, tmp_path: Path
) -> None:
    """S-12, S-18: the till says that all is sent, and so it was, to the HQ that was lost."""
    settings(escrow, value_lease=0)
    till.cycle()
    second.cycle()
    till.line.hold(HoldRequest(member="M1", value=50_000))
    backup = back_up(escrow, tmp_path / "backup.db")
    spend(till, 50_000)
    till.cycle()
    escrow.clock.forward(minutes=50)
    till.cycle()
    restore(till, backup)
    with escrow.database.write() as session:
        restored(session, escrow.clock)
    second.line.hq = escrow.hq
    till.line.meddle = lambda call, go: _unheard(go()) if call == "feeds" else go()
    till.cycle()
    assert second.line.hold(HoldRequest(member="M1", value=50_000)).value is None
    till.line.meddle = lambda _call, go: go()
    till.cycle(accept=True)
    assert stored(escrow, LossRow) == []


def _unheard(_reply: Any) -> Any:
    raise unreachable()
