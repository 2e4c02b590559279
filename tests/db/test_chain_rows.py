from datetime import timedelta
from pathlib import Path

import pytest

from posclient.db import care_tasks, chain, integrity, valet_orders
from posclient.db.connection import TILL_FILE, Connection, transaction
from posclient.db.journal import Side, append
from posclient.db.live_cache import LiveCache, live_path
from posclient.db.sealing import seal
from posclient.domain.attribution import Share
from posclient.domain.care import Cadence, CareStep, CareTask
from posclient.domain.facts import CARE_TASK_CHANGED, VALET_ORDER_PLACED
from posclient.domain.valet import Address, ValetLine, ValetOrder
from tests.db.shop import NOW, caches, commit, enrolled, fill, rows, sale


@pytest.fixture
def shop(tmp_path: Path) -> tuple[LiveCache, LiveCache, Connection]:
    return (*caches(tmp_path), enrolled(tmp_path))


def test_the_stores_setting_wins_over_the_chains(shop: tuple[LiveCache, LiveCache, Connection]) -> None:
    cache, till, _ = shop
    fill(
        cache,
        "global",
        *rows("setting", [{"name": "max_coupons", "value": 1}, {"name": "group_max", "value": {"a": 2}}], "name"),
    )
    own = rows("setting", [{"name": "max_coupons", "value": 3}], "name")[0].model_copy(update={"k": "S001/max_coupons"})
    fill(cache, "store:S001", own)
    assert chain.settings(till, "S001") == {"max_coupons": 3, "group_max": {"a": 2}}
    assert chain.settings(till, "S002") == {"max_coupons": 1, "group_max": {"a": 2}}


def test_what_hq_decided_is_read(shop: tuple[LiveCache, LiveCache, Connection]) -> None:
    cache, till, _ = shop
    step = {"step": "3h", "after_minutes": 180, "name": "感谢", "script": "{name} 您好"}
    template = {"id": "T1", "name": "新人", "rule": {"kind": "x"}, "valid_days": 30, "newcomer": True}
    fill(
        cache, "global",
        *rows("promotion", [{"id": "P1", "name": "九折", "rule": {"kind": "percent_off", "bp": 1000}}]),
        *rows("coupon_template", [template]),
        *rows("store", [{"id": "S001", "name": "店", "address": "a", "phone": "p", "zone": "z1", "kind": "store"}]),
        *rows("cadence", [{"id": "3315", "steps": [step]}]),
        *rows("tier", [{"id": "gold", "name": "金", "rank": 2}, {"id": "basic", "name": "普", "rank": 1}]),
    )  # fmt: skip
    people = [
        {"id": "C1", "name": "王", "badge": "B1", "roles": ["cashier"], "pin_hash": "h", "active": True},
        {"id": "C2", "name": "李", "badge": "B2", "roles": [], "pin_hash": "h", "active": False},
    ]
    allowance = rows("staff", people)[0].model_copy(
        update={"t": "allowance", "k": "G1/2026-11", "d": {"guide": "G1", "month": "2026-11", "amount": 500}}
    )
    fill(cache, "store:S001", *rows("staff", people), allowance)
    assert chain.promotions(till) == (chain.Rule("P1", "九折", {"kind": "percent_off", "bp": 1000, "id": "P1"}),)
    assert chain.coupon_templates(till)[0].newcomer is True
    assert chain.stores(till)["S001"].zone == "z1"
    assert chain.cadences(till) == (Cadence("3315", (CareStep("3h", 180, "感谢", "{name} 您好"),)),)
    assert list(chain.tiers(till)) == ["basic", "gold"]
    assert [one.staff.id for one in chain.staff(till)] == ["C1"]
    assert chain.staff_names(till) == {"C1": "王", "C2": "李"}
    assert chain.allowance(till, "G1", "2026-11") == 500
    assert chain.allowance(till, "G1", "2026-12") is None


def care_row(key: str, state: str = "open", **changes: object) -> dict[str, object]:
    row = {
        "id": key, "sale": "s", "member": "m", "owner": "G2", "cadence": "3315", "step": "3h", "due": NOW.isoformat(),
        "state": state,
    }  # fmt: skip
    return row | changes


def test_follow_ups_of_both_sides(shop: tuple[LiveCache, LiveCache, Connection]) -> None:
    cache, till, con = shop
    soon = NOW + timedelta(hours=1)
    commit(con, sale())  # makes sale-1-task
    fill(
        cache,
        "store:S001",
        *rows("care_task", [care_row("hq-1"), care_row("hq-2", "done"), care_row("hq-3", owner="G9")]),
    )

    def due(owner: str | None = "G2") -> list[str]:
        return [one.task.id for one in care_tasks.due(till, con, owner, soon)]

    assert due() == ["hq-1", "sale-1-task"]
    assert due(None) == ["hq-1", "hq-3", "sale-1-task"]
    _change(con, till, "hq-1", "done")
    assert due() == ["sale-1-task"]
    # HQ's page knows the sale (seq 1), not yet the change (seq 2)
    fill(
        cache, "store:S001", *rows("care_task", [care_row("hq-1"), care_row("sale-1-task", "cancelled")]), applied_seq=1
    )
    assert due() == []
    kept = care_tasks.by_id(till, con, "sale-1-task")
    assert kept is not None
    assert kept.state == "cancelled"
    fill(cache, "store:S001", *rows("care_task", [care_row("hq-1")]), applied_seq=2)
    assert due() == ["hq-1"]  # HQ has our change and still says open
    assert care_tasks.by_id(till, con, "nothing") is None


def test_a_snoozed_follow_up_comes_back_later(shop: tuple[LiveCache, LiveCache, Connection]) -> None:
    cache, till, con = shop
    fill(cache, "store:S001", *rows("care_task", [care_row("hq-1")]))
    _change(con, till, "hq-1", "open", days=2)
    assert care_tasks.due(till, con, "G2", NOW + timedelta(days=1)) == []
    (later,) = care_tasks.due(till, con, "G2", NOW + timedelta(days=3))
    assert (later.task.due, later.note) == (NOW + timedelta(days=2), "called")


def _change(con: Connection, cache: LiveCache, key: str, state: str, days: int = 0) -> None:
    found = care_tasks.by_id(cache, con, key)
    assert found
    one = found.task
    task = CareTask(one.id, one.sale, one.member, one.owner, one.cadence, one.step, one.due + timedelta(days=days))
    with transaction(con):
        entry = append(con, fact_id=f"{key}-{state}", kind=CARE_TASK_CHANGED, content={"task": key}, at=NOW)
        care_tasks.change(con, task, entry.number, state, "called")


def order(key: str, discount: int = 100) -> ValetOrder:
    return ValetOrder(
        key, f"S001-1-V{key}", NOW, "S001", (ValetLine("A-1", "羽绒服", "红 · 110", 1, 25_900),), discount,
        25_900 - discount, "G1", None, None, (Share("1", "G1", "selling", 10_000, 25_800),),
    )  # fmt: skip


def place(con: Connection, one: ValetOrder) -> None:
    from nacl.public import PrivateKey

    plain = {"name": "王", "phone": "13900001234", "text": "南京路 1 号"}
    sealed = seal(bytes(PrivateKey.generate().public_key), b"k" * 32, plain)
    side = Side(f"side-{one.id}", sealed.salt, sealed.sealed, sealed.own)
    with transaction(con):
        entry = append(con, fact_id=f"f-{one.id}", kind=VALET_ORDER_PLACED, content={}, at=NOW, sides=[side])
        valet_orders.add(con, one, entry.number, side.id)


def test_an_order_and_hqs_answer(shop: tuple[LiveCache, LiveCache, Connection]) -> None:
    cache, till, con = shop
    place(con, order("1"))
    place(con, order("2"))
    assert [one.order for one in valet_orders.recent(till, con, 5)] == [order("2"), order("1")]
    assert valet_orders.discounts_given(till, con, "G1", "2026-11") == 200
    answer = {"order": "1", "state": "rejected", "ships_from": None, "reason": "no_stock", "at": NOW.isoformat()}
    fill(cache, "terminal:S001-1", *rows("valet_outcome", [answer], "order"))
    found = valet_orders.by_id(till, con, "S001-1-V1")
    assert found is not None
    assert (found.order.state, found.order.reason, found.changed) == ("rejected", "no_stock", True)
    assert valet_orders.discounts_given(till, con, "G1", "2026-11") == 100
    valet_orders.mark_seen(con, found.order)
    assert [one.changed for one in valet_orders.recent(till, con, 5)] == [False, False]
    assert valet_orders.address(con, "1", b"k" * 32) == Address("王", "13900001234", "南京路 1 号")
    con.execute("DELETE FROM side_record")
    assert valet_orders.address(con, "1", b"k" * 32) is None
    assert valet_orders.by_id(till, con, "9") is None


def test_doctor_finds_what_is_broken(shop: tuple[LiveCache, LiveCache, Connection], tmp_path: Path) -> None:
    cache, _, con = shop
    commit(con, sale())
    assert integrity.check(tmp_path) == {"till": {"ok": True, "facts": 1}, "cache": {"ok": True}}
    con.execute("UPDATE fact SET body = x'7b7d'")
    broken_chain = {"ok": False, "error": "broken_chain", "broken_fact": 1, "why": "altered", "facts": 1}
    assert integrity.check(tmp_path)["till"] == broken_chain
    con.execute("PRAGMA foreign_keys = OFF")
    con.execute("DELETE FROM fact")
    found = integrity.check(tmp_path)["till"]
    assert (found["ok"], found["error"]) == (False, "corrupt")
    assert any("sale" in fault for fault in found["faults"])
    con.close()
    cache.close()
    live_path(tmp_path).write_bytes(b"nonsense" * 1000)
    (tmp_path / TILL_FILE).unlink()
    broken = integrity.check(tmp_path)
    assert (broken["till"]["error"], broken["cache"]["ok"]) == ("no_till", False)
