"""Rows that have been over for a while leave the feeds; HQ's own tables keep them, and no till is asked about it."""

from __future__ import annotations

import csv
import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col

from posclient.domain.feeds import CHECKSUM_MODULUS, row_checksum, unsigned
from sync.hq import pruning, retiring
from sync.hq.chain_tables import CouponRow, MemberRow
from sync.hq.database import open_database
from sync.hq.fact_tables import CareTaskRow
from sync.hq.feeds import GLOBAL, Change, publish, store_feed, take_away
from sync.hq.imports.importing import import_folder
from sync.hq.placing import coupon_changes, stores
from sync.hq.retiring import MOST_A_DAY, SHARE, retire
from sync.hq.server import Server
from sync.hq.tables import Feed, FeedRow, RowMark
from tests.sync.hq.leases import coupon, member, settings
from tests.sync.hq.test_pruning import BOTH, on
from tests.sync.tills import Chain, stored

HERE = store_feed("S001")


@pytest.fixture
def shop(url: str) -> Iterator[Chain]:
    """A store with a member, M1, on either database."""
    database = open_database(url)
    made = Chain(database)
    made.code()
    member(made)
    yield made
    database.close()


def coupons(chain: Chain, numbers: range, state: str = "used", until: str | None = None) -> None:
    """Coupons of M1: at HQ, and in the feed."""
    data = '{{"name":"10 off","rule":{{"id":"K"}},"template":null,"until":{}}}'
    text = data.format("null" if until is None else f'"{until}"')
    rows = [CouponRow(id=f"K{n:04}", member="M1", single_use=True, state=state, data=text) for n in numbers]
    with chain.database.write() as session:
        session.add_all(rows)
        session.flush()
        publish(session, list(coupon_changes(rows, {"M1": "S001"}, stores(session))))


def task(chain: Chain, name: str, state: str) -> None:
    values = {"id": name, "sale": "s", "member": "M1", "owner": "G1", "cadence": "3315", "step": "1d", "state": state}
    values["due"] = chain.clock.now().isoformat()
    with chain.database.write() as session:
        session.merge(CareTaskRow(store="S001", **values))
        session.flush()
        publish(session, [Change(HERE, "care_task", name, values)])


def live(chain: Chain, table: str = "coupon", feed: str = HERE) -> list[str]:
    """Keys of the feed's rows; its head agrees with what is there."""
    with chain.database.read() as session:
        head = session.get_one(Feed, feed)
    rows = [row for row in stored(chain, FeedRow) if row.feed == feed and row.data is not None]
    summed = sum(row_checksum(row.table_name, row.key, row.version) for row in rows) % CHECKSUM_MODULUS
    assert (head.count, unsigned(head.checksum)) == (len(rows), summed)
    return sorted(row.key for row in rows if row.table_name == table)


def days(chain: Chain, number: int) -> int:
    """A round each day, at the end of the day; how many rows went."""
    gone = 0
    for _ in range(number):
        chain.clock.forward(days=1)
        gone += retire(chain.database, chain.clock, on)
    return gone


@BOTH
def test_what_is_over_goes_after_a_month_and_what_is_not_stays(shop: Chain) -> None:
    """From the feed alone: HQ's coupons and tasks are what they were."""
    coupons(shop, range(2))
    coupons(shop, range(2, 4), "active")
    for name, state in (("T1", "done"), ("T2", "cancelled"), ("T3", "open"), ("T4", "snoozed")):
        task(shop, name, state)
    before = stored(shop, CouponRow), stored(shop, CareTaskRow), stored(shop, MemberRow)
    assert retire(shop.database, shop.clock, on) == 0
    assert days(shop, 29) == 0
    assert (len(live(shop)), len(live(shop, "care_task"))) == (4, 4)
    assert days(shop, 1) == 4
    assert (live(shop), live(shop, "care_task")) == (["K0002", "K0003"], ["T3", "T4"])
    assert live(shop, "member") == ["M1"]
    assert (stored(shop, CouponRow), stored(shop, CareTaskRow), stored(shop, MemberRow)) == before
    tombstones = [row.key for row in stored(shop, FeedRow) if row.data is None]
    assert sorted(tombstones) == ["K0000", "K0001", "T1", "T2"]


@BOTH
def test_a_row_is_as_old_as_its_last_change(shop: Chain) -> None:
    """Used on the day of a round, just before or after it: a month at least, two at most."""
    coupons(shop, range(2), "active")
    days(shop, 10)
    with shop.database.write() as session:
        session.execute(update(CouponRow).where(col(CouponRow.id) == "K0000").values(state="used"))
        rows = [session.get_one(CouponRow, "K0000")]
        publish(session, list(coupon_changes(rows, {"M1": "S001"}, stores(session))))
    gone = [days(shop, 1) for _ in range(55)]
    assert (sum(gone), gone.index(1)) == (1, 50), "after the second mark"
    assert live(shop) == ["K0001"]


@BOTH
def test_a_coupon_whose_time_is_over_goes_a_month_later(shop: Chain) -> None:
    end = shop.clock.now() + timedelta(days=20)
    coupons(shop, range(1), "active", end.isoformat())
    coupons(shop, range(1, 2), "active", (end + timedelta(days=365)).isoformat())
    coupons(shop, range(2, 3), "active", "some day")
    assert days(shop, 49) == 0
    assert days(shop, 31) == 1
    assert live(shop) == ["K0001", "K0002"]


@BOTH
def test_an_old_chain_lets_go_of_a_few_each_day(shop: Chain) -> None:
    """Far fewer than a till would ask a person about, also where several HQ processes have their rounds that day."""
    coupons(shop, range(2 * MOST_A_DAY + 20))
    coupons(shop, range(1000, 1010), "active")
    days(shop, 30)
    gone = []
    for _ in range(4):
        gone.append(days(shop, 1))
        shop.clock.forward(hours=1)
        assert retire(shop.database, shop.clock, on) == 0
        shop.clock.forward(hours=-1)
    assert gone == [MOST_A_DAY, MOST_A_DAY, 20, 0]
    assert len(live(shop)) == 10


def test_of_a_big_table_a_fiftieth_goes_in_a_day_in_small_bites(shop: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    """And between two bites others write."""
    total = MOST_A_DAY * SHARE + 1000
    coupons(shop, range(total))
    monkeypatch.setattr(retiring, "MOST_AT_ONCE", 30)
    retire(shop.database, shop.clock, on)
    shop.clock.forward(days=30)
    seen: list[int] = []

    def pause() -> bool:
        if len(live(shop)) == total:
            return False  # another feed's turn
        seen.append(len(live(shop)))
        task(shop, f"beside {len(seen)}", "open")
        return len(seen) == 2

    assert retire(shop.database, shop.clock, pause) == 60
    assert seen == [total - 30, total - 60]
    assert retire(shop.database, shop.clock, on) == 0, "a round that was stopped goes on tomorrow"
    assert days(shop, 1) == (total - 60) // SHARE
    assert "beside 2" in live(shop, "care_task")


@BOTH
def test_two_processes_at_once_take_a_days_rows_once(shop: Chain, url: str) -> None:
    coupons(shop, range(4 * MOST_A_DAY))
    retire(shop.database, shop.clock, on)
    shop.clock.forward(days=30)
    both = [open_database(url) for _ in range(2)]
    gone: list[int] = []
    threads = [threading.Thread(target=lambda one=one: gone.append(retire(one, shop.clock, on))) for one in both]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    for database in both:
        database.close()
    assert sorted(gone) == [0, MOST_A_DAY]


@BOTH
def test_a_feed_that_another_process_has_just_done_is_done_for_today(shop: Chain) -> None:
    """Both saw this morning that it is due; the other one came to it first."""
    shop.code("S002")
    coupons(shop, range(4 * MOST_A_DAY))
    there = store_feed("S002")
    shop.publish(*(Change(there, "coupon", f"X{n}", {"state": "used"}) for n in range(4 * MOST_A_DAY)))
    retire(shop.database, shop.clock, on)
    shop.clock.forward(days=30)
    others: list[int] = []

    def pause() -> bool:
        if len(live(shop)) < 4 * MOST_A_DAY and not others:
            others.append(retire(shop.database, shop.clock, on))
        return False

    assert (retire(shop.database, shop.clock, pause), others) == (MOST_A_DAY, [MOST_A_DAY])
    assert (len(live(shop)), len(live(shop, feed=there))) == (3 * MOST_A_DAY, 3 * MOST_A_DAY)


@BOTH
def test_what_somebody_has_changed_meanwhile_stays(shop: Chain) -> None:
    """Between the look and the transaction an import gave the coupon again, or a guide the task a new day."""
    coupons(shop, range(2))
    seen = {(row.table_name, row.key): row.version for row in stored(shop, FeedRow) if row.table_name == "coupon"}
    shop.publish(Change(HERE, "coupon", "K0000", {"id": "K0000", "state": "active"}))
    with shop.database.write() as session:
        assert take_away(session, HERE, {**seen, ("coupon", "never"): 1}) == 1
    assert live(shop) == ["K0000"]


@pytest.mark.parametrize(("value", "after"), [(10, 10), (0, None), (-1, None), (10**30, None), ("soon", 30)])
def test_the_chain_says_for_how_long(shop: Chain, value: object, after: int | None) -> None:
    settings(shop, over_days=value)
    coupons(shop, range(1))
    retire(shop.database, shop.clock, on)
    assert days(shop, (after or 100) - 1) == 0
    assert days(shop, 1) == (1 if after else 0)


def test_a_clock_that_ran_ahead_holds_nothing_up(shop: Chain) -> None:
    coupons(shop, range(1))
    right = shop.clock.at
    shop.clock.forward(days=3000)
    retire(shop.database, shop.clock, on)
    shop.clock.at = right
    retire(shop.database, shop.clock, on)
    assert days(shop, 29) == 0
    assert days(shop, 1) == 1


def test_a_feed_has_one_mark_whatever_it_holds(shop: Chain) -> None:
    for n in range(5):
        coupons(shop, range(n * 10, n * 10 + 10))
        days(shop, 31)
    assert [mark.feed for mark in stored(shop, RowMark)] == [GLOBAL, HERE, "terminal:S001-1"]
    assert len(live(shop)) <= 20


def written(folder: Path, *lines: str) -> Path:
    folder.mkdir(exist_ok=True)
    head = "id,member,kind,amount,until"
    (folder / "coupons.csv").write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return folder


def imported(chain: Chain, folder: Path) -> int:
    return import_folder(chain.database, folder, True, print).published[HERE]


@BOTH
def test_an_import_that_says_it_again_brings_nothing_back(shop: Chain, tmp_path: Path) -> None:
    """The chain's file of all coupons comes each night: used ones, and ended ones. A later end makes one good again."""
    old = "K1,CM1,amount_off,500,2020-01-31T23:59:59+08:00"
    used = "K2,CM1,amount_off,500,"
    coupon(shop, "K2")
    with shop.database.write() as session:
        session.execute(update(CouponRow).values(state="used"))
    assert imported(shop, written(tmp_path / "in", old, used)) == 2
    assert live(shop) == ["K1", "K2"], "what HQ hears of for the first time is told, whatever it is"
    retire(shop.database, shop.clock, on)
    assert days(shop, 30) == 2
    assert imported(shop, written(tmp_path / "in", old, used)) == 0
    assert (live(shop), len(stored(shop, CouponRow))) == ([], 2)
    assert imported(shop, written(tmp_path / "in", old.replace("2020", "2099"), used)) == 1
    assert live(shop) == ["K1"]


def promotions(folder: Path, **until: str | None) -> None:
    """The chain's file of all promotions that ever were."""
    rule = {"kind": "percent_off", "bp": 1000}
    rows = [(key, key, json.dumps(rule | {"until": end})) for key, end in until.items()]
    with (folder / "promotions.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", "name", "rule"), *rows])


@BOTH
def test_promotions_and_allowances_that_ended_go_and_an_import_brings_none_back(shop: Chain, tmp_path: Path) -> None:
    """One that is given a later end is good again."""
    old, new, folder = "2020-11-01T00:00:00+08:00", "2099-11-01T00:00:00+08:00", tmp_path / "in"
    folder.mkdir()
    promotions(folder, P1=old, P2=new, P3=None)
    (folder / "staff.csv").write_text("id,store,name,roles,pin\nG1,S001,Lin,guide,1111\n", encoding="utf-8")
    (folder / "allowances.csv").write_text("guide,month,amount\nG1,2020-09,1\nG1,2099-10,1\n", encoding="utf-8")
    assert import_folder(shop.database, folder, True, print).bad == 0
    assert (live(shop, "promotion", GLOBAL), live(shop, "allowance")) == (
        ["P1", "P2", "P3"],
        ["G1/2020-09", "G1/2099-10"],
    )
    retire(shop.database, shop.clock, on)
    assert days(shop, 30) == 2
    for _ in range(2):
        assert (live(shop, "promotion", GLOBAL), live(shop, "allowance")) == (["P2", "P3"], ["G1/2099-10"])
        assert import_folder(shop.database, folder, True, print).bad == 0
    promotions(folder, P1=new, P2=new, P3=None)
    assert import_folder(shop.database, folder, True, print).published[GLOBAL] == 1
    assert live(shop, "promotion", GLOBAL) == ["P1", "P2", "P3"]


def test_of_several_changes_in_one_transaction_what_is_over_ends_what_came_before(shop: Chain) -> None:
    row: dict[str, Any] = {"id": "K1", "state": "active"}
    over = Change(HERE, "coupon", "K1", {**row, "state": "used"}, over=True)
    shop.publish(over)
    assert live(shop) == []
    shop.publish(Change(HERE, "coupon", "K1", row), over)
    assert live(shop) == ["K1"]
    shop.publish(Change(HERE, "coupon", "K1", None))
    shop.publish(over, Change(HERE, "coupon", "K1", row))
    assert live(shop) == ["K1"]


@BOTH
def test_a_member_who_moves_takes_along_what_is_not_over(shop: Chain, tmp_path: Path) -> None:
    shop.code("S002")
    coupons(shop, range(2))
    coupons(shop, range(2, 3), "active")
    (tmp_path / "members.csv").write_text("code,phone,name,id,home_store\nCM1,13912341234,Wang,M1,S002\n", "utf-8")
    assert import_folder(shop.database, tmp_path, True, print).bad == 0
    assert (live(shop), live(shop, feed=store_feed("S002"))) == ([], ["K0002"])


def test_a_running_hq_has_its_round_by_itself(shop: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "FIRST_S", 0.01)
    monkeypatch.setattr(pruning, "EVERY_S", 0.01)
    coupons(shop, range(3))
    retire(shop.database, shop.clock, on)
    shop.clock.forward(days=30)
    server = Server(shop.hq)
    server.start()
    ends = time.monotonic() + 10
    while "hq_rows_retired_total 3.0" not in shop.hq.metrics.text().decode() and time.monotonic() < ends:
        time.sleep(0.01)
    server.stop()
    assert live(shop) == []
    assert "hq_rows_retired_total 3.0" in shop.hq.metrics.text().decode()
