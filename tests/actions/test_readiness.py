"""The readiness page's data, from a real till: the queue, HQ's decisions, slips; and what a manager decides there."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import Any

import pytest

from posclient.actions import checkout, payment, readiness, receipts, status
from posclient.actions.onsets import Onsets
from posclient.db import outbox
from posclient.db.connection import transaction
from posclient.db.live_cache import renew
from posclient.db.room import is_full
from posclient.domain.readiness import State
from posclient.errors import Refused
from tests.actions.kidswear import TERMINAL, Shop, sku

MANAGER = "9999"


@dataclass(frozen=True)
class Answer:
    """HQ's word on one fact."""

    id: str
    seq: int
    outcome: str
    code: str | None = None


def sell(shop: Shop) -> str:
    """One sale of a coat; the id of the sale."""
    view = checkout.add(shop.till, sku("A001"))
    payment.open(shop.till)
    payment.pay(shop.till, "cash")
    return payment.complete(shop.till, view.cart_id).sale_id


def answer(shop: Shop, fact: str, outcome: str, code: str | None = None) -> None:
    """HQ answers the push of a fact."""
    ((seq,),) = shop.rows("SELECT seq FROM fact WHERE id = ?", fact)
    with transaction(shop.till.db) as con:
        outbox.record(con, [Answer(fact, seq, outcome, code)], seq, 0, shop.clock.now())


def tell(shop: Shop, fact: str, code: str, **detail: Any) -> None:
    """HQ says more in the terminal's feed."""
    shop.hq.send(TERMINAL, ("fact_outcome", fact, {"fact": fact, "code": code, "detail": detail}))


def look(shop: Shop, *, offline_s: float | None = None, held: tuple[str, ...] = ()) -> readiness.Readiness:
    """As the window asks: on connections that only read."""
    reader = shop.till.reader()
    try:
        return readiness.look(reader, offline_s, dict.fromkeys(held, 30.0))
    finally:
        reader.close()


def test_the_queue_is_what_is_unsent_in_its_order(shop: Shop) -> None:
    """T-23: count and sum equal the rows."""
    first, second = sell(shop), sell(shop)
    found = look(shop, offline_s=60.0)
    assert [(one.id, one.kind, one.amount) for one in found.waiting] == [
        (first, "SaleCompleted", 25900), (second, "SaleCompleted", 25900),
    ]  # fmt: skip
    assert (found.unsent, found.unsent_amount) == (2, 51800)
    answer(shop, first, "applied")
    assert [one.id for one in look(shop).waiting] == [second]


def test_capabilities_follow_the_till(shop: Shop) -> None:
    states = {one.name: one.state for one in look(shop, offline_s=60.0, held=("store:S001",)).capabilities}
    assert states == {
        "sell": State.READY, "prices": State.READY, "members": State.DEGRADED, "coupons": State.DEGRADED,
        "value": State.OFF, "points": State.OFF, "codes": State.OFF, "stock": State.DEGRADED, "valet": State.DEGRADED,
    }  # fmt: skip


def test_what_hq_decided_is_told_until_a_manager_has_seen_it(shop: Shop) -> None:
    """A coupon that another store used as well; seen stays seen over a restart."""
    sale = sell(shop)
    answer(shop, sale, "applied_with_exception", "coupon_used_twice")
    tell(shop, sale, "coupon_used_twice", coupon="K1", amount=5000, receipt="S001-1-20261121-000001")
    (told,) = look(shop).decided
    assert (told.fact, told.code, told.detail["amount"], told.kind) == (
        sale,
        "coupon_used_twice",
        5000,
        "SaleCompleted",
    )
    assert status.status(shop.till).decided == 1
    with pytest.raises(Refused, match="not_manager"):
        readiness.acknowledge(shop.till, "2222", [(sale, "coupon_used_twice")])
    readiness.acknowledge(shop.till, MANAGER, [(sale, "coupon_used_twice")])
    assert look(shop).decided == ()
    shop.reopen()
    assert look(shop).decided == ()
    ((staff, detail),) = shop.rows("SELECT staff, detail FROM audit WHERE action = 'see_outcomes'")
    assert (staff, json.loads(detail)) == ("B1", {"facts": [sale], "codes": ["coupon_used_twice"]})


def test_another_decision_on_the_same_fact_is_news(shop: Shop) -> None:
    sale = sell(shop)
    tell(shop, sale, "coupon_used_twice")
    readiness.acknowledge(shop.till, MANAGER, [(sale, "coupon_used_twice")])
    tell(shop, sale, "totals_differ")
    assert [one.code for one in look(shop).decided] == ["totals_differ"]


def test_a_quarantined_fact_is_told_by_the_answer_alone(shop: Shop) -> None:
    """T-14, G-7: HQ could not take it; the others went on, and somebody hears of it."""
    sale = sell(shop)
    answer(shop, sale, "quarantined", "id_taken")
    (told,) = look(shop).decided
    assert (told.code, told.quarantined, told.amount) == ("id_taken", True, 25900)
    readiness.acknowledge(shop.till, MANAGER, [(sale, "id_taken")])
    assert look(shop).decided == ()


def test_a_decision_on_a_fact_of_an_earlier_folder_is_told_too(shop: Shop) -> None:
    tell(shop, "fact-of-old", "fork")
    (told,) = look(shop).decided
    assert (told.fact, told.kind, told.at_ms) == ("fact-of-old", "", None)


def test_of_many_decisions_the_newest_are_told(shop: Shop) -> None:
    for number in range(60):
        tell(shop, f"fact-{number}", "totals_differ")
    assert status.status(shop.till).decided == 50
    assert {one.fact for one in look(shop).decided} == {f"fact-{number}" for number in range(10, 60)}


def test_slips_that_never_came_out_are_listed_until_they_do(shop: Shop) -> None:
    """T-2: after a power cut."""
    first, second = sell(shop), sell(shop)
    receipts.printed(shop.till, first)
    assert [one.id for one in look(shop).slips] == [second]
    receipts.printed(shop.till, second)
    assert look(shop).slips == ()


def test_what_is_wrong_says_since_when_this_run_has_seen_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the rounds of the status, whoever opens the page; and what is mended and comes back begins anew."""
    ticks = iter(range(0, 1000, 10))
    reader = shop.till.reader()
    reader.onsets = Onsets(lambda: float(next(ticks)))

    def said(code: str) -> list[float | None]:
        found = readiness.look(reader, None, {"zone:z1": 33.0, "zone:z2": 44.0}).capabilities
        return [why.since_s for one in found for why in one.reasons if why.code == code]

    assert (said("clock_suspect"), said("held")) == ([], [44.0, 44.0])  # prices and stock
    sell(shop)
    shop.clock.forward(hours=-1)
    status.status(reader)
    first = said("clock_suspect")
    assert first == [20.0]
    shop.clock.forward(hours=1)
    status.status(reader)
    shop.clock.forward(hours=-1)
    assert said("clock_suspect") == [10.0]
    full = type(shutil.disk_usage(shop.folder))(10**9, 10**9 - 4096, 4096)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: full)
    assert said("disk_full") == [10.0]
    shop.hq.promotion({"id": "P9", "kind": "moon"})
    assert said("unread") == [10.0]
    assert said("unread") == [30.0]
    reader.close()


def test_data_that_were_never_loaded_say_since_when(shop: Shop) -> None:
    shop.till.reference.cache.close()
    renew(shop.folder)
    reader = shop.till.reader()
    reader.onsets = Onsets(iter((1.0, 5.0)).__next__)
    found = {one.name: one.reasons[0] for one in readiness.look(reader, None, {}).capabilities if one.reasons}
    reader.close()
    assert {(why.code, why.since_s) for why in found.values()} == {("no_data", 4.0)}


def test_a_folder_that_cannot_be_asked_is_no_full_disk(shop: Shop) -> None:
    assert not is_full(shop.folder / "away")


def test_letting_in_what_was_held_back_takes_a_manager_and_is_noted(shop: Shop) -> None:
    """S-11."""
    with pytest.raises(Refused, match="nothing_held"):
        readiness.accept_held(shop.till, MANAGER, [])
    with pytest.raises(Refused, match="not_manager"):
        readiness.accept_held(shop.till, "1111", ["zone:z1"])
    readiness.accept_held(shop.till, MANAGER, ["zone:z1", "global"])
    ((staff, detail),) = shop.rows("SELECT staff, detail FROM audit WHERE action = 'accept_feeds'")
    assert (staff, json.loads(detail)) == ("B1", {"feeds": ["global", "zone:z1"]})


def test_money_of_a_cart_that_cannot_be_read_is_told_until_a_manager_has_seen_to_it(shop: Shop) -> None:
    """T-8: an older program's cart, with a card charged: nobody may have to look for it in the audit."""
    checkout.add(shop.till, sku("A001"))
    payment.open(shop.till)
    payment.pay(shop.till, "cash", 5000)
    payment.begin_card(shop.till)
    payment.end_card(shop.till, approved=True, reference="A1")
    shop.till.db.execute("UPDATE open_cart SET cart = replace(cart, '\"next_line\"', '\"line_after\"')")
    shop.reopen()
    found = look(shop).unread
    assert [(one.code, one.detail["amount"], one.detail["reference"]) for one in found] == [
        ("unread_money", 5000, ""), ("unread_card", 20900, "A1"),
    ]  # fmt: skip
    assert status.status(shop.till).decided == 2
    shop.reopen()
    readiness.acknowledge(shop.till, MANAGER, [(found[0].fact, found[0].code)])
    (left,) = look(shop).unread
    assert left.code == "unread_card"
    readiness.acknowledge(shop.till, MANAGER, [(left.fact, left.code)])
    shop.reopen()
    assert (look(shop).unread, status.status(shop.till).decided) == ((), 0)


def test_a_frozen_quote_that_cannot_be_read_keeps_nobody_from_selling(shop: Shop) -> None:
    """T-8: also where it is what was being paid that an older program wrote otherwise."""
    checkout.add(shop.till, sku("A001"))
    payment.open(shop.till)
    payment.begin_card(shop.till)
    shop.till.db.execute("UPDATE open_cart SET cart = json_set(cart, '$.frozen_quote', json('{}'))")
    shop.reopen()
    assert checkout.add(shop.till, sku("A001")).pieces == 1
    (told,) = look(shop).unread
    assert (told.code, told.detail["amount"]) == ("unread_card", 25900)
