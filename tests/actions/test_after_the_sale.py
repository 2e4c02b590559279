"""What comes after a sale: the slip, the follow-ups, the status strip, search with stock."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from posclient.actions import care, checkout, drawer, payment, receipts, search, status
from posclient.actions.views import SaleDone
from posclient.domain.ids import derived_id
from posclient.domain.receipt import SlipKind
from posclient.errors import InputError, NotFound, Refused
from tests.actions.kidswear import GLOBAL, STORE, ZONE, Shop, sku

COAT, SHIRT, LEGGINGS = sku("A001"), sku("T001"), sku("R001")


def sell(shop: Shop, *articles: str, member: str | None = None) -> SaleDone:
    for article in articles:
        checkout.add(shop.till, article)
    view = checkout.set_member(shop.till, member)
    payment.open(shop.till)
    if view.total:
        payment.pay(shop.till, "cash")
    return payment.complete(shop.till, view.cart_id)


def acknowledge_all(shop: Shop) -> None:
    shop.till.db.execute("UPDATE outbox SET acked_ms = 1, outcome = 'applied'")


def test_the_slip_is_made_from_the_stored_sale_alone(shop: Shop) -> None:
    """T-2, T-59: what is on the slip is what was committed, whatever HQ changed since."""
    shop.hq.setting("cash_rounding", 100)
    shop.hq.setting("return_rules", "七天无理由")
    shop.hq.promotion({"id": "P1", "kind": "percent_off", "bp": 1000, "include": ["category:top"]}, "上新九折")
    checkout.add(shop.till, LEGGINGS)
    checkout.set_price(shop.till, "1", 4000, "样衣")
    checkout.add(shop.till, SHIRT)
    checkout.set_guide(shop.till, "G2", line="2")
    done = sell(shop, COAT, member="M1")
    shop.hq.price(COAT, 100, "q")
    slip = receipts.receipt(shop.till, done.sale_id)
    assert (slip.kind, slip.store_name, slip.number, slip.barcode) == (
        SlipKind.SALE,
        "南京东路店",
        done.receipt,
        done.receipt,
    )
    assert (slip.cashier, slip.guide, slip.return_rules, slip.copy) == ("林", "林", "七天无理由", False)
    rows = [(line.name, line.list_price, line.unit_price, line.net, line.manual, line.guide) for line in slip.lines]
    assert rows == [
        ("红打底裤", 4990, 4000, 4000, True, ""),
        ("红T恤", 5900, 5900, 5310, False, "王"),
        ("红羽绒服", 25900, 23900, 23900, False, ""),
    ]
    assert [(one.name, one.amount) for one in slip.lines[1].discounts] == [("上新九折", 590)]
    assert (slip.total, slip.rounding, sum(one.amount for one in slip.payments)) == (33210, 10, 33200)
    assert slip.saved == 4990 + 5900 + 25900 - 33210
    assert slip.member is not None
    assert (slip.member.masked_name, slip.member.masked_phone, slip.member.points) == ("王**", "139****1234", 332)


def test_pending_offline_until_hq_has_it(shop: Shop) -> None:
    done = sell(shop, COAT)
    assert receipts.receipt(shop.till, done.sale_id).pending_offline
    acknowledge_all(shop)
    assert not receipts.receipt(shop.till, done.sale_id, copy=True).pending_offline


def test_a_slip_that_never_came_out_is_told_at_the_start(shop: Shop) -> None:
    """T-2: printed only after the commit; after a power cut the till lists what was not printed."""
    first, second = sell(shop, COAT), sell(shop, SHIRT)
    receipts.printed(shop.till, first.sale_id)
    shop.reopen()
    assert status.status(shop.till).not_printed == (second.sale_id,)
    assert receipts.last_sale(shop.till) == second.sale_id
    assert [(row.id, row.paid, row.pending) for row in receipts.recent(shop.till, 5)] == [
        (second.sale_id, 5900, True), (first.sale_id, 25900, True),
    ]  # fmt: skip
    with pytest.raises(NotFound, match="unknown_sale"):
        receipts.receipt(shop.till, "x")


def test_a_claimed_code_is_on_the_sale_and_masked_on_the_slip(shop: Shop) -> None:
    """protocol.md, members: no points here, but the base from which HQ credits them afterwards."""
    checkout.claim(shop.till, "QL77777777")
    view = checkout.add(shop.till, COAT)
    payment.open(shop.till)
    payment.pay(shop.till, "cash")
    done = payment.complete(shop.till, view.cart_id)
    slip = receipts.receipt(shop.till, done.sale_id)
    assert slip.member is not None
    assert (slip.member.masked_name, done.points) == ("*7777", 0)
    (body,) = shop.rows("SELECT body FROM fact")[0]
    told = json.loads(body)
    assert (told["claimed_code"], told["points"], told["points_base"]) == ("QL77777777", 0, told["total"])


def test_a_sale_with_a_member_makes_the_cadences_tasks(shop: Shop) -> None:
    """3315: ids are made of the sale, so that HQ's rows replace these; the own guide is the owner."""
    done = sell(shop, COAT, member="M1")
    tasks = care.due(shop.till, "G2", shop.clock.now() + timedelta(days=4))
    assert [one.id for one in tasks] == [derived_id(done.sale_id, "3315", "3h"), derived_id(done.sale_id, "3315", "3d")]
    assert (tasks[0].step_name, tasks[0].script, tasks[0].member_name, tasks[0].overdue) == (
        "感谢",
        "王小明您好",
        "王**",
        False,
    )
    assert (tasks[1].script, tasks[1].receipt) == ("红羽绒服", done.receipt)
    assert care.due(shop.till, "G1", shop.clock.now() + timedelta(days=4)) == ()
    sell(shop, COAT, member="M2")
    assert len(care.due(shop.till, "G1", shop.clock.now() + timedelta(days=4))) == 2, "no own guide: who sold it"
    sell(shop, COAT)
    assert shop.rows("SELECT count(*) FROM care_task") == [(4,)]


def test_a_task_is_put_off_done_and_closed(shop: Shop) -> None:
    sell(shop, COAT, member="M1")
    shop.clock.forward(hours=4)
    (task,) = care.due(shop.till, "G2", shop.clock.now())
    assert task.overdue
    later = shop.clock.now() + timedelta(days=1)
    assert care.change(shop.till, task.id, "snoozed", "晚点", later).due == later
    assert care.due(shop.till, "G2", shop.clock.now()) == ()
    shop.reopen()
    assert care.change(shop.till, task.id, "done", " 很满意 ").note == "很满意"
    with pytest.raises(Refused, match="task_closed"):
        care.change(shop.till, task.id, "cancelled", "")
    told = [
        json.loads(body) for (body,) in shop.rows("SELECT body FROM fact WHERE kind = 'CareTaskChanged' ORDER BY seq")
    ]
    assert [(one["change"], one["until"], one["by"]) for one in told] == [
        ("snoozed", later.isoformat(), "G1"), ("done", None, "G1"),
    ]  # fmt: skip


def test_hqs_row_replaces_the_tills_own_task(shop: Shop) -> None:
    done = sell(shop, COAT, member="M1")
    task = derived_id(done.sale_id, "3315", "3h")
    moved = (shop.clock.now() + timedelta(hours=1)).isoformat()
    row = {"id": task, "sale": done.sale_id, "member": "M1", "owner": "G1", "cadence": "3315", "step": "3h"}
    shop.hq.send(STORE, ("care_task", task, {**row, "due": moved, "state": "open"}), applied_seq=1)
    (mine,) = care.due(shop.till, "G1", shop.clock.now() + timedelta(hours=2))
    assert (mine.id, mine.due.isoformat()) == (task, moved)
    assert care.due(shop.till, "G2", shop.clock.now() + timedelta(hours=4)) == ()


def test_a_cart_whose_follow_up_is_done_already(shop: Shop) -> None:
    """S-19: the disk was put back to where the cart was open. It had been sold since; HQ has sent the follow-ups of
    that sale, and a guide has called. It is sold once more, and who was called is not called again.
    """
    checkout.add(shop.till, COAT)
    view = checkout.set_member(shop.till, "M1")
    payment.open(shop.till)
    payment.pay(shop.till, "cash")
    task = derived_id(view.cart_id, "3315", "3h")
    row = {"id": task, "sale": view.cart_id, "member": "M1", "owner": "G2", "cadence": "3315", "step": "3h"}
    shop.hq.send(STORE, ("care_task", task, {**row, "due": shop.clock.now().isoformat(), "state": "open"}))
    care.change(shop.till, task, "done", "很满意")
    assert payment.complete(shop.till, view.cart_id).sale_id == view.cart_id
    rows = shop.rows("SELECT step, state, note FROM care_task ORDER BY due_ms")
    assert rows == [("3h", "done", "很满意"), ("3d", "open", "")]


def test_a_task_of_a_cadence_that_hq_dropped_is_still_to_do(shop: Shop) -> None:
    sell(shop, COAT, member="M1")
    steps = [{"step": "1d", "after_minutes": 1, "name": "x", "script": ""}]
    shop.hq.send(GLOBAL, ("cadence", "3315", {"id": "3315", "steps": steps}))
    assert [one.step_name for one in care.due(shop.till, "G2", shop.clock.now() + timedelta(days=4))] == ["3h", "3d"]
    shop.hq.send(GLOBAL, ("cadence", "3315", None))
    assert [one.script for one in care.due(shop.till, "G2", shop.clock.now() + timedelta(days=4))] == ["", ""]


def test_a_drawer_that_opens_without_a_sale_is_noted(shop: Shop) -> None:
    drawer.note_opening(shop.till)
    assert shop.rows("SELECT staff FROM audit WHERE action = 'open_drawer'") == [("G1",)]


def test_what_is_no_change_of_a_task(shop: Shop) -> None:
    sell(shop, COAT, member="M1")
    task = care.due(shop.till, "G2", shop.clock.now() + timedelta(days=1))[0].id
    with pytest.raises(NotFound, match="unknown_task"):
        care.change(shop.till, "x", "done", "")
    with pytest.raises(InputError, match="note"):
        care.change(shop.till, task, "done", "长" * 501)
    for change, until in (("snoozed", None), ("done", shop.clock.now()), ("snoozed", shop.clock.now())):
        with pytest.raises(InputError, match="until"):
            care.change(shop.till, task, change, "", until)  # type: ignore[arg-type]


def test_the_status_counts_what_hq_has_not_got(shop: Shop) -> None:
    """T-23: the count is the rows'; ages are since HQ last said so."""
    fresh = status.status(shop.till)
    assert (fresh.unsent, fresh.oldest_unsent_s, fresh.store_name, fresh.slot) == (0, None, "南京东路店", 1)
    assert fresh.business_date == "2026-11-21"
    sell(shop, COAT)
    shop.clock.forward(minutes=20)
    sell(shop, SHIRT)
    now = status.status(shop.till)
    assert (now.unsent, now.unsent_amount, now.oldest_unsent_s) == (2, 31800, 1200)
    assert now.ages == dict.fromkeys(("prices", "stock", "members", "coupons"), 1200)
    shop.hq.send(ZONE)
    assert status.status(shop.till).ages["stock"] == 0
    acknowledge_all(shop)
    assert status.status(shop.till).unsent == 0


def test_a_reader_that_is_open_for_days_follows_the_clock(shop: Shop) -> None:
    """The status strip asks in another thread: what the till's sales did to the floor counts there too."""
    reader = shop.till.reader()
    for _ in range(3):
        sell(shop, SHIRT)
        shop.clock.forward(hours=20)
    assert not status.status(reader).clock_jumped
    assert status.status(reader).unsent == 3
    reader.close()


def test_search_shows_stock_less_what_was_sold_here(shop: Shop) -> None:
    sell(shop, COAT)
    reader = shop.till.reader()
    hits = {hit.sku: hit for hit in search.products(reader, "羽绒")}
    assert (len(hits), hits[COAT].here, hits[COAT].others, hits[COAT].variant) == (6, 4, 43, "红 · 110")
    assert [hit.sku for hit in search.products(reader, "A001-BLUE-13")] == [sku("A001", "BLUE", "130")]
    assert search.products(reader, "%") == ()
    assert len(search.products(reader, "a001", 4)) == 4
    assert (search.more(reader, "a001", 4), search.more(reader, "a001", 6)) == (True, False)
    reader.close()


def test_receipt_numbers_count_up_for_ever(shop: Shop) -> None:
    """T-24: no restart with the date, no gap by a refused or thrown-away sale."""
    assert sell(shop, COAT).receipt == "S001-1-20261121-000001"
    checkout.add(shop.till, COAT)
    checkout.void(shop.till, "x")
    shop.clock.forward(days=1)
    assert sell(shop, COAT).receipt == "S001-1-20261122-000002"
    assert shop.rows("SELECT business_date FROM shift ORDER BY 1") == [("2026-11-21",), ("2026-11-22",)]
    assert shop.reopen().time.floor_ms > 0


@pytest.mark.parametrize(
    "steps",
    [
        [{"step": "never", "after_minutes": 10**12, "name": "x", "script": ""}],
        [{"step": "ever", "after_minutes": -(10**15), "name": "x", "script": ""}],
        [{"step": "3d", "after_minutes": 4320, "name": one, "script": ""} for one in "ab"],
    ],
)
def test_a_slip_in_a_cadence_at_hq_stops_no_sale(shop: Shop, steps: list[dict[str, object]]) -> None:
    """S-11: a step beyond every calendar, or the same step twice, costs that task alone and never the sale."""
    good = {"step": "1h", "after_minutes": 60, "name": "ok", "script": ""}
    shop.hq.send(GLOBAL, ("cadence", "3315", {"id": "3315", "steps": [good, *steps]}))
    done = sell(shop, COAT, member="M1")
    made = [row[0] for row in shop.rows("SELECT step FROM care_task WHERE sale = ? ORDER BY due_ms", done.sale_id)]
    assert made == ["1h", *sorted({str(one["step"]) for one in steps} & {"3d"})]
