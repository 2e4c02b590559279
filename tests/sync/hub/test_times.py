"""A till that reaches HQ only through its hub is one that HQ answers, and not a lost one (protocol.md, store hub)."""

from __future__ import annotations

from datetime import datetime

import pytest

from posclient.db import terminal
from posclient.db.instants import to_ms
from posclient.domain import facts
from posclient.errors import LinkError
from sync.asking import HoldRequest
from sync.handed_on import SignedTime
from sync.hub.line import HubLine
from sync.hub.times import MOST_NONCE, Times
from sync.report import HubReport
from sync.transport import HttpHq
from tests.sync.hq.leases import coupon, member, settings
from tests.sync.hub.shop import Shop, ShopTill
from tests.sync.tills import STAMP, TillFolder

#: Just before personal data are sealed.
NEARLY = 71 * 3_600_000


def only_by_the_hub(shop: Shop) -> tuple[ShopTill, ShopTill]:
    """The hub has a line; another till has had none for three days, less an hour."""
    hub, till, _ = shop.open()
    assert till.run().error is None
    till.online = False
    sql = "UPDATE terminal SET contact_ms = contact_ms - ?1, contact_wall_ms = contact_wall_ms - ?1"
    till.con.execute(sql, (NEARLY,))
    return hub, till


def contact_of(till: ShopTill) -> tuple[int, int]:
    me = terminal.read(till.con)
    assert me.contact_ms is not None
    assert me.contact_wall_ms is not None
    return me.contact_ms, me.contact_wall_ms


def by_hub(till: ShopTill) -> HubReport:
    report = till.through()
    assert report.hub is not None
    return report.hub


def test_hqs_signed_time_comes_through_the_hub_and_counts_from_the_question(shop: Shop) -> None:
    """Keeping the answer back gains nobody anything."""
    hub, till = only_by_the_hub(shop)
    lost, asked = contact_of(till), to_ms(till.clock.now())
    assert by_hub(till).error is None
    assert contact_of(till) == lost
    assert hub.woken == 1
    hub.run()
    till.clock.forward(hours=2)
    assert by_hub(till).error is None
    hq_ms, wall_ms = contact_of(till)
    assert wall_ms == asked
    assert abs(hq_ms - asked) < 60_000
    by_hub(till)  # a new question: this contact is two hours old
    assert contact_of(till) == (hq_ms, wall_ms)


def test_a_contact_that_is_young_asks_nobody(shop: Shop) -> None:
    hub, till, _ = shop.open()
    till.run()
    till.online = False
    by_hub(till)
    assert hub.woken == 0


def test_an_answer_that_hq_did_not_give_to_this_question_is_no_contact(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-12: a hub that says what it likes, or what HQ said to somebody else."""
    hub, till = only_by_the_hub(shop)
    lost = contact_of(till)
    other = shop.hq.hq.hubs.signed_time("S001-1", "S001-3", "abc")
    for said in (other, other.model_copy(update={"signature": ""}), SignedTime(time="never", signature="x")):
        with monkeypatch.context() as patch:
            patch.setattr(Times, "answer", lambda *_asked, said=said: said)
            error = by_hub(till).error
        assert error is not None
        assert (error.code, error.params["why"]) == ("not_hub", "signature")
        assert contact_of(till) == lost
    by_hub(till)
    hub.run()
    assert by_hub(till).error is None
    assert contact_of(till) > lost


def test_a_late_answer_takes_no_contact_back(shop: Shop) -> None:
    hub, till = only_by_the_hub(shop)
    by_hub(till)
    hub.run()
    till.online = True
    till.run()
    direct = contact_of(till)
    till.online = False
    till.clock.forward(hours=3)
    assert by_hub(till).error is None
    assert contact_of(till) == direct


def test_a_till_that_hears_of_leases_by_the_hub_alone_is_waited_for(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-17: three weeks without a line of its own, and its lease is as fresh as the hub's."""
    hub, till, other = shop.open()
    shop.hq.hq.revoke(other.me.terminal)
    settings(shop.chain, coupon_leases=True)
    away = shop.chain.code("S002", 1)
    TillFolder(shop.chain, shop.folder / "away", away).close()
    member(shop.chain)
    coupon(shop.chain)
    clocks = (shop.chain.clock, hub.clock, till.clock)
    monkeypatch.setattr("sync.hq.clock.UtcClock.now", lambda _clock: shop.chain.clock.now())

    def later(**span: float) -> None:
        for clock in clocks:
            clock.forward(**span)

    later(minutes=6)
    for one in (hub, till, hub, till):
        assert one.run().error is None
    till.online = False
    for _day in range(20):
        later(days=1)
        for one in (hub, till, hub, till):
            one.run()
    ((not_after, recalled),) = till.rows("SELECT not_after, recalled FROM coupon_lease")
    assert (datetime.fromisoformat(not_after) > till.clock.now(), recalled) == (True, 0)
    assert [one.code for one in shop.hq.hq.hold("S002-1", HoldRequest(coupons=["K1"])).refused] == ["recalling"]
    hub.run()
    hub.fact(facts.LEASE_RETURNED, facts.lease_returned("K1", not_after, STAMP))
    hub.run()
    assert shop.hq.hq.hold("S002-1", HoldRequest(coupons=["K1"])).held == []


def test_a_till_that_was_revoked_gets_none_and_holds_nobody_up(shop: Shop) -> None:
    """S-21: by the hub neither."""
    hub, till = only_by_the_hub(shop)
    by_hub(till)
    shop.hq.hq.revoke("S001-2")
    lost = contact_of(till)
    report = hub.run()
    assert report.error is None
    assert contact_of(till) == lost
    with pytest.raises(LinkError) as error:
        shop.hq.hq.hubs.signed_time("S001-1", "S001-2", "abc")
    assert (error.value.code, error.value.params["field"]) == ("unauthorized", "terminal")


def test_an_hq_or_a_hub_that_knows_no_times_is_as_good_as_before(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    hub, till = only_by_the_hub(shop)
    lost = contact_of(till)

    def unknown(*_asked: object) -> None:
        raise LinkError("bad_request", status=404)

    with monkeypatch.context() as patch:
        patch.setattr(HttpHq, "signed_time", unknown)
        by_hub(till)
        assert hub.run().error is None
        assert by_hub(till).error is None
    honest = HubLine._ask

    def older(line: HubLine, question: dict[str, object], *more: bytes) -> object:
        return honest(line, question | ({"call": "other"} if question["call"] == "time" else {}), *more)

    monkeypatch.setattr(HubLine, "_ask", older)
    assert by_hub(till).error is None
    assert contact_of(till) == lost


@pytest.mark.parametrize("nonce", ["", "a b", "a/b", "ä", "a" * (MOST_NONCE + 1)])
def test_a_nonce_that_hq_would_not_take_is_not_asked_for(nonce: str) -> None:
    with pytest.raises(ValueError, match="nonce"):
        Times(lambda: None).answer("S001-2", nonce)
