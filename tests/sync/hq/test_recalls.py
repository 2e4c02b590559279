"""A leased coupon whose member stands in another store: HQ calls it back (protocol.md, recall), with real tills."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from posclient.actions import checkout, payment, returning
from posclient.db import loading
from posclient.domain.facts import LEASE_RETURNED, lease_returned
from posclient.errors import LinkError, Refused
from sync.asking import HoldRequest, RefusedCoupon, VisitRequest
from sync.hq.backups import restored
from sync.hq.chain_tables import CouponRow
from sync.hq.database import open_database
from sync.hq.erasing import erase
from sync.hq.lease_tables import CouponLeaseRow, LeaseReturnRow, LossRow
from tests.sync.hq.desks import PRICE, Desk, stock_up
from tests.sync.hq.leases import check_books, coupon, member, settings
from tests.sync.hq.test_backups import back_up, restore
from tests.sync.tills import STAMP, Chain, TillFolder, stored


@pytest.fixture(scope="module")
def two_stores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to copy: HQ with leases on, and a till in S001 and in S002. M1 of S001 has a coupon of 10 yuan, K1."""
    folder = tmp_path_factory.mktemp("two_stores")
    database = open_database(f"sqlite:///{folder}/hq.db")
    chain = Chain(database)
    settings(chain, coupon_leases=True)
    codes = {"till": chain.code("S001", 1), "away": chain.code("S002", 1)}
    stock_up(chain, "S001", "S002")
    member(chain)
    coupon(chain)
    for name, code in codes.items():
        till = TillFolder(chain, folder / name, code)
        till.line.visit(VisitRequest(code="CM1"))  # a guest of S002
        assert till.cycle().error is None
        till.close()
    database.close()
    return folder


@pytest.fixture
def leasing(two_stores: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chain]:
    """The chain of ``two_stores``. A first load is made in this process: a child would take a third of a second."""
    monkeypatch.setattr(
        loading,
        "build",
        lambda folder, stores, now, own, gone: loading.make(
            folder, list(stores), int(now.timestamp() * 1000), own.key, gone
        ),
    )
    shutil.copytree(two_stores, tmp_path, dirs_exist_ok=True)
    database = open_database(f"sqlite:///{tmp_path}/hq.db")
    yield Chain(database)
    database.close()


@pytest.fixture
def home(leasing: Chain, tmp_path: Path) -> Iterator[Desk]:
    """The till of the member's home store, which has the lease."""
    opened = Desk(leasing, tmp_path / "till")
    yield opened
    opened.close()


@pytest.fixture
def away(leasing: Chain, tmp_path: Path) -> Iterator[Desk]:
    """A till of the store where the member is."""
    opened = Desk(leasing, tmp_path / "away")
    yield opened
    opened.close()


@pytest.fixture
def second(leasing: Chain, home: Desk, tmp_path: Path) -> Iterator[Desk]:
    """The other till of the home store."""
    opened = Desk(leasing, tmp_path / "second", leasing.code("S001", 2))
    opened.sync()
    yield opened
    opened.close()


def refused(desk: Desk) -> RefusedCoupon:
    """What HQ says to a till that asks for K1."""
    (said,) = desk.line.hold(HoldRequest(coupons=["K1"])).refused
    return said


def losses(chain: Chain) -> list[tuple[str, str]]:
    check_books(chain)
    return [(one.terminal, one.settled) for one in stored(chain, LossRow)]


def use_online(desk: Desk) -> None:
    """A sale with the member's coupon, which HQ gives to who asks."""
    desk.sync()
    desk.serve()
    desk.ask()
    desk.pay()
    desk.sync()


def test_a_coupon_is_called_back_for_who_asks(leasing: Chain, home: Desk, away: Desk) -> None:
    away.serve()
    assert away.coupon().reason == "not_leased"
    away.ask()
    assert away.coupon().reason == "recalling"
    home.sync()
    assert away.ask(again=True).coupon_off == 1000
    away.pay()
    away.sync()
    home.sync()
    assert home.rows("SELECT key FROM coupon_lease") == []
    assert losses(leasing) == []


def test_who_gave_it_up_does_not_offer_it_offline(home: Desk, away: Desk) -> None:
    away.ask()
    home.serve()
    assert home.coupon().state == "used"
    home.till.selling.reset(home.till.selling.cart.set_member(None))
    refused(away)
    home.sync()
    assert checkout.set_member(home.till, "M1").coupon_off == 0
    assert home.coupon().reason in {"given_up", "not_leased"}


def test_every_till_of_the_store_has_to_answer(leasing: Chain, home: Desk, second: Desk, away: Desk) -> None:
    assert refused(away).code == "recalling"
    home.sync()
    assert refused(away).code == "recalling"
    home.serve()
    assert home.coupon().reason == "given_up"  # its own word binds it, though the lease is not over yet
    second.sync()
    assert away.line.hold(HoldRequest(coupons=["K1"])).held
    assert refused(second).code == "held"
    assert losses(leasing) == []


def test_a_sale_in_the_middle_keeps_the_coupon(leasing: Chain, home: Desk, away: Desk) -> None:
    """S-17: the recall comes while the coupon is in the open cart of the home store."""
    home.serve()
    assert refused(away).code == "recalling"
    home.sync()
    assert (home.coupon().state, returning.give_up(home.till).kept) == ("used", 1)
    assert refused(away).code == "recalling"
    home.pay()
    home.sync()
    assert returning.give_up(home.till).kept == 0
    assert refused(away).code == "used"
    assert losses(leasing) == []


def test_a_sale_that_is_being_paid_keeps_it_too_over_a_restart(leasing: Chain, home: Desk, away: Desk) -> None:
    home.serve()
    payment.open(home.till)
    refused(away)
    home.sync()
    home.again()
    assert returning.give_up(home.till).kept == 1
    payment.pay(home.till, "cash")
    payment.complete(home.till, checkout.view(home.till).cart_id)
    home.sync()
    assert refused(away).code == "used"
    assert losses(leasing) == []


def test_a_cart_that_lets_the_coupon_go_gives_it_up_then(home: Desk, away: Desk) -> None:
    home.serve()
    refused(away)
    home.sync()
    checkout.void(home.till, "changed their mind")
    home.sync()
    assert away.line.hold(HoldRequest(coupons=["K1"])).held


def test_a_reply_that_is_lost_and_a_till_that_is_killed_answer_once(leasing: Chain, home: Desk, away: Desk) -> None:
    """G-1: the word that the lease is given up is a fact like any other."""
    refused(away)
    home.cycle()
    assert returning.give_up(home.till).given_up == 1

    def lose(call: str, go: Callable[[], Any]) -> Any:
        answer = go()
        if call == "push":
            raise LinkError("timeout")
        return answer

    home.line.meddle = lose
    home.cycle()
    home.again()
    assert returning.give_up(home.till).given_up == 0
    home.line.meddle = lambda _call, go: go()
    assert home.cycle().outcomes == {"duplicate": 1}
    assert away.line.hold(HoldRequest(coupons=["K1"])).held
    assert len(stored(leasing, CouponLeaseRow)) == 2


def test_a_till_that_is_killed_before_its_word_is_sent_says_it_later(home: Desk, away: Desk) -> None:
    refused(away)
    home.cycle()
    returning.give_up(home.till)
    home.again()
    home.serve()
    assert home.coupon().reason == "given_up"
    assert refused(away).code == "recalling"
    home.sync()
    assert away.line.hold(HoldRequest(coupons=["K1"])).held


def test_the_home_store_is_offline(leasing: Chain, home: Desk, away: Desk) -> None:
    """The answer names the store and the end; HQ asks for patience for three seconds, then for longer."""
    away.serve()
    away.ask()
    said = refused(away)
    assert (said.store, said.again_s) == ("S001", 1)
    leasing.clock.forward(seconds=3)
    away.ask(again=True)
    assert away.coupon().reason == "recall_waits"
    assert refused(away).again_s == 10
    home.serve()
    assert home.coupon().state == "used"
    home.pay()
    home.sync()
    away.ask(again=True)
    assert away.coupon().reason == "used_elsewhere"
    assert losses(leasing) == []


def test_a_line_that_fails_for_a_moment_does_not_end_the_waiting(home: Desk, away: Desk) -> None:
    away.serve()
    away.ask()
    away.line.meddle = lambda _call, _go: (_ for _ in ()).throw(LinkError("timeout"))
    away.ask(again=True)
    assert away.coupon().reason == "recalling"
    away.line.meddle = lambda _call, go: go()
    home.sync()
    assert away.ask(again=True).coupon_off == 1000


def test_a_lease_that_is_called_back_is_not_renewed(leasing: Chain, home: Desk, second: Desk, away: Desk) -> None:
    """Else what the first till has said would not be of the lease that the second one has."""
    leasing.clock.forward(days=4)
    before = home.rows("SELECT not_after FROM coupon_lease")
    refused(away)
    home.sync()
    assert home.rows("SELECT not_after, recalled FROM coupon_lease") == [(*before[0], 1)]
    second.sync()
    assert away.line.hold(HoldRequest(coupons=["K1"])).held


def test_who_asks_no_more_leaves_it_to_the_home_store(leasing: Chain, home: Desk, second: Desk, away: Desk) -> None:
    refused(away)
    home.sync()
    home.serve()
    assert home.coupon().reason == "given_up"
    leasing.clock.forward(minutes=10, seconds=1)
    home.sync()
    assert checkout.set_member(home.till, "M1").coupon_off == 1000
    second.sync()  # its answer to the old call comes too late to end anything
    assert refused(away).code == "recalling"
    second.sync()
    assert refused(away).code == "recalling"  # the first till has not answered the new call


def test_a_lost_till_does_not_keep_a_coupon_for_ever(leasing: Chain, home: Desk, second: Desk, away: Desk) -> None:
    """Revoked: nothing that it sends counts, so nobody waits for it. Unheard of: until no lease of its can be good."""
    assert refused(away).code == "recalling"
    home.sync()
    leasing.hq.revoke("S001-2")
    assert away.line.hold(HoldRequest(coupons=["K1"])).held


def days_without_the_second(leasing: Chain, home: Desk, days: int) -> None:
    for _ in range(days):
        home.sync()
        leasing.clock.forward(days=1)
    home.sync()


def test_what_a_till_sold_before_its_lease_ended_is_waited_for(
    leasing: Chain, home: Desk, second: Desk, away: Desk
) -> None:
    """S-17: the lease is over by now, and the sale that used it in time is still on its way."""
    second.serve()
    second.pay()
    days_without_the_second(leasing, home, 9)
    assert refused(away).code == "recalling"
    home.sync()
    assert refused(away).code == "recalling"
    second.sync()
    assert refused(away).code == "used"
    assert losses(leasing) == []


def test_a_till_that_was_off_for_a_week_longer_than_any_lease_is_not_waited_for(
    leasing: Chain, home: Desk, second: Desk, away: Desk
) -> None:
    days_without_the_second(leasing, home, 16)
    assert refused(away).code == "recalling"
    home.sync()
    assert away.line.hold(HoldRequest(coupons=["K1"])).held
    second.serve()
    assert second.coupon().reason == "lease_ended"


def test_a_machine_that_took_the_place_of_another_has_to_answer_for_itself(
    leasing: Chain, home: Desk, second: Desk, away: Desk, tmp_path: Path
) -> None:
    """S-19: the slot enrolled anew has pulled the lease, and its predecessor's word is not its own."""
    refused(away)
    home.sync()
    new = Desk(leasing, tmp_path / "new", leasing.code("S001", 1))
    second.sync()
    assert refused(away).code == "recalling"
    new.sync()
    new.close()
    assert away.line.hold(HoldRequest(coupons=["K1"])).held


def test_a_till_put_back_from_its_backup_makes_no_second_right(
    leasing: Chain, home: Desk, away: Desk, tmp_path: Path
) -> None:
    """S-17: it knows nothing of its word, and uses the coupon offline. Both sales stand, one use counts."""
    home.till.close()
    shutil.copytree(home.folder, tmp_path / "backup")
    home.start()
    away.serve()
    away.ask()
    home.sync()
    away.ask(again=True)
    away.pay()
    restored = Desk(leasing, tmp_path / "backup", load=False)
    restored.serve()
    assert restored.coupon().state == "used"
    restored.pay()
    assert restored.cycle().outcomes == {"quarantined": 1}  # a fork: HQ has another fact under that number
    restored.close()
    away.sync()
    assert losses(leasing) == []
    with leasing.database.read() as session:
        assert session.get_one(CouponRow, "K1").state == "used"


def test_a_restored_hq_waits_for_what_it_may_have_renewed(
    leasing: Chain, home: Desk, away: Desk, tmp_path: Path
) -> None:
    """S-12, S-17: the backup is three weeks old, and the home store's lease has been renewed since."""
    backup = back_up(leasing, tmp_path / "backup.db")
    for _ in range(7):
        leasing.clock.forward(days=3)
        home.sync()
    restore(home, backup)
    away.line.hq = leasing.hq
    with leasing.database.write() as session:
        restored(session, leasing.clock)
    assert refused(away).code == "recalling"
    home.sync()
    assert refused(away).code == "recalling"
    home.serve()
    assert home.coupon().state == "used"
    checkout.void(home.till, "changed their mind")
    assert home.cycle(accept=True).held == ()
    home.sync()
    assert away.line.hold(HoldRequest(coupons=["K1"])).held


def test_a_restored_hq_gives_back_what_it_does_not_call_back_any_more(
    leasing: Chain, home: Desk, away: Desk, tmp_path: Path
) -> None:
    """S-12, S-17: the chain leases for a shorter time since, so the lease lasts longer than any that was renewed. Its
    tills gave it up as they were told to, and nobody would call it back, nor they use it, until it ended.
    """
    assert refused(away).code == "recalling"
    settings(leasing, coupon_leases=True, lease_days=2)
    backup = back_up(leasing, tmp_path / "backup.db")
    home.sync()
    restore(home, backup)
    with leasing.database.write() as session:
        restored(session, leasing.clock)
    assert home.cycle(accept=True).held == ()
    home.sync()
    check_books(leasing)
    home.serve()
    assert home.coupon().state == "used"


def test_a_word_of_a_lease_that_is_not_called_back_changes_nothing(leasing: Chain, home: Desk, away: Desk) -> None:
    """Bad input: a till that says what nobody asked."""
    for when in ("2026-11-28T06:03:00+00:00", "never", "2026-11-28T06:03:00"):
        home.fact(LEASE_RETURNED, lease_returned("K1", when, STAMP))
    assert home.cycle().outcomes == {"applied": 1, "quarantined": 2}
    assert refused(away).code == "recalling"


def test_the_home_store_may_hold_what_it_gave_up(leasing: Chain, home: Desk, second: Desk, away: Desk) -> None:
    """The member comes back before the other tills have answered: who is online gets it, and the asker is told."""
    refused(away)
    home.sync()
    home.serve()
    assert home.ask().coupon_off == 1000
    second.sync()
    check_books(leasing)
    assert refused(away).code == "held"
    home.pay()
    home.sync()
    assert refused(away).code == "used"
    assert losses(leasing) == []


def sold_at_home(home: Desk, _away: Desk) -> None:
    home.serve()
    assert home.ask().coupon_off == 1000
    home.pay()
    home.sync()


def given_up_by_all(_home: Desk, away: Desk) -> None:
    away.chain.hq.revoke("S001-2")
    assert away.line.hold(HoldRequest(coupons=["K1"])).held


def asked_for_no_more(home: Desk, _away: Desk) -> None:
    home.chain.clock.forward(minutes=10, seconds=1)
    home.sync()


def erased(home: Desk, _away: Desk) -> None:
    erase(home.chain.database, home.chain.clock, "Lin", "M1")


@pytest.mark.parametrize("how", [sold_at_home, given_up_by_all, asked_for_no_more, erased])
def test_answers_to_a_call_that_is_over_are_not_kept(
    leasing: Chain, home: Desk, second: Desk, away: Desk, how: Callable[[Desk, Desk], None]
) -> None:
    """HQ's table of them holds those of open calls alone: it does not grow with the years."""
    assert refused(away).code == "recalling"
    home.sync()
    assert [(one.terminal, one.lease) for one in stored(leasing, LeaseReturnRow)] == [("S001-1", 1)]
    how(home, away)
    assert stored(leasing, LeaseReturnRow) == []


def test_a_till_that_was_shut_out_believes_no_lease_from_before(leasing: Chain, home: Desk, away: Desk) -> None:
    """S-17, S-21: HQ waited for it no more, and its cache still had the lease when it was enrolled anew."""
    leasing.hq.revoke("S001-1")
    assert away.line.hold(HoldRequest(coupons=["K1"])).held
    home.close()
    home.enrol(leasing.code("S001", 1))
    home.start()
    home.serve()
    assert home.coupon().reason == "not_leased"
    assert checkout.view(home.till).total == PRICE  # its guides, articles and members are as they were
    away.serve()
    away.ask()
    away.pay()
    away.sync()
    home.sync()
    assert home.pay()
    home.sync()
    assert losses(leasing) == []


def test_a_payment_that_lay_open_takes_no_coupon_from_another_store(leasing: Chain, home: Desk, away: Desk) -> None:
    """S-17: the till was killed with payment open, and is started again when HQ waits no longer."""
    home.serve()
    payment.open(home.till)
    leasing.clock.forward(days=20)
    use_online(away)
    home.again()
    with pytest.raises(Refused, match="coupon_over"):
        payment.pay(home.till, "cash")
    payment.cancel(home.till)
    assert home.pay()
    home.sync()
    assert losses(leasing) == []


def test_an_enrolment_anew_brings_the_stores_leases_with_the_next_pages(leasing: Chain, home: Desk) -> None:
    """What else the feed has stays, and is the same as HQ's afterwards."""
    home.close()
    home.enrol(leasing.code("S001", 1))
    assert home.rows("SELECT count(*) FROM coupon_lease") == [(0,)]
    assert home.rows("SELECT count(*) FROM member") == [(1,)]
    report = home.cycle()
    assert (report.error, report.held) == (None, ())
    home.start()
    home.serve()
    assert home.coupon().state == "used"


def test_a_payment_that_was_completed_late_loses_as_that(leasing: Chain, home: Desk, away: Desk) -> None:
    """S-17: killed between the money and the sale. HQ books what nobody promised any more, and the sale stands."""
    home.serve()
    payment.open(home.till)
    payment.pay(home.till, "cash")
    leasing.clock.forward(days=20)
    use_online(away)
    home.again()
    payment.complete(home.till, checkout.view(home.till).cart_id)
    home.sync()
    assert [(row.terminal, row.claimed, row.settled) for row in stored(leasing, LossRow)] == [
        ("S001-1", "late", "lease")
    ]
