"""Facts through the store's hub: copies there, theirs until HQ has them, once at HQ whichever way was quicker."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlmodel import delete, update

from posclient.db import journal, outbox, terminal
from posclient.db.connection import TILL_FILE, transaction
from posclient.db.hub_file import Batch, HubFile
from posclient.domain import facts
from posclient.errors import LinkError
from sync import engine
from sync.accepting import Accepted
from sync.handed_on import SignedReply
from sync.hq.backups import restored
from sync.hq.fact_tables import FactRow
from sync.hq.hubs import Hubs
from sync.hq.tables import Chain
from sync.hub import through
from sync.protocol import PushReply
from sync.report import CycleReport, HubReport
from sync.running import BackgroundSync
from sync.signing import FORWARDED, sign
from sync.worker import SyncState, SyncWorker
from tests.sync.hub.shop import Shop, ShopTill
from tests.sync.tills import STAMP, HandClock
from ui.commands.doctor import examine
from ui.link import link_state


def test_a_copy_lies_at_the_hub_and_the_fact_stays_unsent(shop: Shop) -> None:
    """protocol.md, store hub, 1: what the hub says is no acknowledgement of HQ's."""
    hub, till, _ = shop.open()
    shop.offline()
    sales = [till.sale() for _ in range(3)]
    report = till.through()
    assert report.hub is not None
    assert (report.hub.hub, report.hub.handed, report.hub.error) == ("S001-1", 3, None)
    assert (report.unsent, till.unsent(), len(sales)) == (3, 3, 3)
    assert (hub.lies_here().facts, hub.woken) == (3, 1)
    assert shop.at_hq() == {}
    assert till.through().hub == report.hub  # nothing twice
    assert hub.lies_here().facts == 3


def test_the_hub_forwards_and_the_till_sends_again_and_hq_has_each_once(shop: Shop) -> None:
    """T-10, G-1: whichever way is quicker."""
    hub, till, other = shop.open()
    shop.offline()
    till.sale()
    till.note()
    other.note()
    till.through()
    other.through()
    hub.online = till.online = True
    hub.run()
    assert shop.at_hq() == {"S001-2": 2, "S001-3": 1}
    assert till.unsent() == 2
    report = till.run()
    assert (report.outcomes, report.unsent) == ({"duplicate": 2}, 0)
    assert shop.at_hq() == {"S001-2": 2, "S001-3": 1}


def test_the_till_was_quicker_than_the_hub(shop: Shop) -> None:
    hub, till, _ = shop.open()
    shop.offline()
    till.sale()
    till.through()
    shop.offline(online=True)
    assert till.run().outcomes == {"applied": 1}
    hub.run()
    assert (shop.at_hq(), hub.lies_here().waiting) == ({"S001-2": 1}, 0)


def test_hqs_own_signed_answer_comes_back_through_the_hub(shop: Shop) -> None:
    """A till that alone has no line: HQ acknowledges by way of the hub."""
    hub, till, _ = shop.open()
    till.online = False
    till.sale()
    till.note()
    till.through()
    hub.run()
    report = till.through()
    assert report.hub is not None
    assert (report.hub.told, report.hub.handed, report.unsent) == (2, 0, 0)
    assert till.con.execute("SELECT DISTINCT outcome FROM outbox").fetchall() == [("applied",)]
    till.note()
    again = till.through()
    assert again.hub is not None
    assert (again.hub.told, again.hub.handed, again.unsent) == (0, 1, 1)


def test_a_signed_answer_of_before_takes_no_place_back(shop: Shop) -> None:
    """S-12, S-14: it is HQ's, but old by now."""
    hub, till, _ = shop.open()
    till.online = False
    till.note()
    till.through()
    hub.run()
    till.online = True
    till.note()
    till.run()
    assert till.con.execute("SELECT received_seq FROM terminal").fetchone() == (2,)
    till.online = False
    report = till.through()
    assert report.hub is not None
    assert report.hub.told == 1
    assert till.con.execute("SELECT received_seq FROM terminal").fetchone() == (2,)


def test_an_answer_that_hq_did_not_sign_acknowledges_nothing(shop: Shop) -> None:
    """S-12: the hub, or whoever has its disk, would have the till believe that all is well."""
    hub, till, _ = shop.open()
    till.online = False
    till.note()
    till.through()
    hub.run()
    file = hub.hub_file()
    file.con.execute("UPDATE answer SET reply = replace(reply, 'applied', 'duplicate')")
    file.close()
    report = till.through()
    assert report.hub is not None
    assert (report.hub.told, report.hub.handed, report.unsent) == (0, 1, 1)


def test_an_answer_that_this_program_cannot_read_holds_nothing_up(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """HQ's own, of a later kind: each cycle ended in a bug, and nothing went through the hub any more."""
    hub, till, _ = shop.open()
    till.online = False
    till.note()
    till.through()

    def later(hubs: Hubs, name: str, body: bytes, reply: PushReply) -> SignedReply:
        outcomes = [{**one.model_dump(), "outcome": "postponed"} for one in reply.outcomes]
        text = json.dumps(reply.model_dump() | {"outcomes": outcomes})
        batch = hashlib.sha256(body).hexdigest()
        return SignedReply(reply=text, signature=sign(hubs._keys.sign_seed, FORWARDED, name, batch, text))

    with monkeypatch.context() as newer:
        newer.setattr(Hubs, "signed_reply", later)
        hub.run()
    till.note()
    report = till.through()
    assert report.hub is not None
    assert (report.hub.told, report.hub.handed, report.hub.error) == (0, 2, None)
    assert till.unsent() == 2


def _sell_cart(till: ShopTill, what: str) -> None:
    """A fact whose id lay on the disk before it was copied."""
    with transaction(till.con) as con:
        content = facts.rule_skipped(what, "odd", STAMP)
        journal.append(con, fact_id="cart", kind=facts.RULE_SKIPPED, content=content, at=till.clock.now())


def test_a_signed_answer_to_the_same_cart_from_before_the_disk_was_put_back(shop: Shop) -> None:
    """S-12, S-19: the cart lay open on the copy and is sold once more: same id, same seq. HQ has the first alone."""
    hub, till, _ = shop.open()
    till.online = False
    with closing(sqlite3.connect(":memory:")) as copy, closing(sqlite3.connect(till.folder / TILL_FILE)) as disk:
        disk.backup(copy)
        _sell_cart(till, "sold")
        till.through()
        hub.run()
        copy.backup(disk)
    _sell_cart(till, "sold again")
    report = till.through()
    assert report.hub is not None
    assert (report.hub.error, report.hub.told, report.unsent) == (None, 0, 1)
    till.online = True
    assert (till.run().outcomes, terminal.read(till.con).trouble) == ({"quarantined": 1}, terminal.FORK)


def test_a_signed_answer_about_an_earlier_enrolment_waits_for_hq(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """S-12: HQ was restored, and a manager let its feeds in, so the sale of before is to go again. The line is cut
    before that, and the hub still has the answer which the lost HQ had signed.
    """
    hub, till, _ = shop.open()
    till.online = False
    till.sale()
    till.through()
    hub.run()
    till.online = True
    till.run()
    with shop.hq.database.write() as session:
        session.exec(delete(FactRow))
        session.exec(update(Chain).values(received_seq=0, head=""))
        restored(session, shop.chain.clock)
    till.enrol(shop.chain.code("S001", 2))
    till.online = True
    hub.sync.run(accept=Accepted(everything=True))
    with monkeypatch.context() as patch:
        patch.setattr(engine, "push_all", cut_after(1))
        assert till.sync.run(accept=Accepted(everything=True)).resent == 1
    till.online = False
    report = till.through()
    assert report.hub is not None
    assert (report.hub.told, report.unsent) == (0, 1)
    till.online = True
    assert till.run().error is None
    assert shop.at_hq() == {"S001-2": 1}


def cut_after(calls: int) -> Callable[..., object]:
    """A push that gets through so often."""
    push, left = engine.push_all, iter(range(calls))

    def pushed(*line: Any) -> object:
        if next(left, None) is None:
            raise LinkError("unreachable", why="cut")
        return push(*line)

    return pushed


def test_what_is_handed_in_gets_through_a_poor_line(shop: Shop) -> None:
    """G-7: a hub hands a batch on as it was signed, at once or not at all: each cycle tried the same half thousand."""
    hub, till, _ = shop.open()
    shop.offline()
    for _ in range(through.MOST_FACTS * 2 + 1):
        till.note()
    till.through()
    with closing(HubFile(hub.folder)) as file:
        sizes = [len(batch.packed) for key in file.waiting() if (batch := file.batch(key))]
    assert len(sizes) == 3
    assert max(sizes) < 24 * 1024


def test_a_long_backlog_goes_in_batches(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    hub, till, _ = shop.open()
    shop.offline()
    monkeypatch.setattr(through, "MOST_FACTS", 20)
    for _ in range(33):
        till.note()
    report = till.through()
    assert report.hub is not None
    assert report.hub.handed == 33
    assert hub.lies_here().waiting == 2
    hub.online = True
    hub.run()
    assert shop.at_hq() == {"S001-2": 33}


def test_hq_misses_facts_before_a_batch(shop: Shop) -> None:
    """S-12: HQ lost what it had acknowledged; the till has it still, and the hub's batch waits for that."""
    hub, till, _ = shop.open()
    till.note()
    till.run()
    with shop.hq.database.write() as session:
        session.exec(delete(FactRow))
        session.exec(update(Chain).values(received_seq=0, head=""))
    till.online = False
    till.note()
    till.through()
    assert hub.run().error is None
    assert (shop.at_hq(), hub.lies_here().waiting) == ({}, 1)
    with transaction(till.con):
        outbox.replay_from(till.con, 1)  # as HQ's own word will be
    till.through()
    hub.run()
    assert (shop.at_hq(), hub.lies_here().waiting) == ({"S001-2": 2}, 0)


def test_doctor_names_the_hub_and_whether_it_answers(shop: Shop) -> None:
    hub, till, _ = shop.open()
    shop.offline()
    till.sale()
    assert examine(till.folder)["checks"]["hub"] == {
        "state": "ok", "hub": "S001-1", "address": till.appointment().address,
        "until_ms": till.appointment().not_after_ms,
    }  # fmt: skip
    till.through()
    found = examine(hub.folder)["checks"]["hub"]
    assert (found["state"], found["holds"]) == ("ok", {"waiting": 1, "facts": 1, "refused": 0})
    hub.sync.close()
    found = examine(till.folder)["checks"]["hub"]
    assert (found["state"], found["code"], found["hub"]) == ("failed", "hub_unreachable", "S001-1")
    hub.online = True
    shop.hq.hq.hubs.appoint("S001", None, "")
    hub.run()
    found = examine(hub.folder)["checks"]["hub"]
    assert (found["state"], found["holds"]["facts"]) == ("absent", 0)


def test_the_window_is_told_which_hub_answers_and_what_lies_there(shop: Shop) -> None:
    """The same sync, in its thread, as the till runs it."""
    _, till, _ = shop.open()
    till.sale()
    shop.offline()
    states: list[SyncState] = []
    sync = BackgroundSync(till.folder, till.clock, states.append)
    sync.start()
    report = sync.sync_now().result(30)
    assert report.hub is not None
    state = next(one for one in reversed(states) if one.online is False)
    shown = link_state(state)
    assert (shown.online, shown.hub, shown.hub_state, shown.hub_handed) == (False, "S001-1", "through_hub", 1)
    sync.stop()


def test_a_hub_that_answers_is_asked_again_within_a_minute() -> None:
    """A copy of a sale is not to lie on one disk for five."""
    waits: list[float] = []
    clock = HandClock()
    for hub in (HubReport("S001-1"), HubReport("S001-1", error=LinkError("hub_unreachable")), None):
        report = CycleReport({}, 1, {}, error=LinkError("unreachable"), hub=hub)
        worker = SyncWorker(lambda _show, report=report: report, clock, AtMost())  # type: ignore[misc]
        waits.extend(worker._turn()[0] for _ in range(12))
    assert (max(waits[:12]), max(waits[12:24]), max(waits[24:])) == (60.0, 300.0, 300.0)


class AtMost(Random):
    """The longest wait that may be."""

    def uniform(self, _a: float, b: float) -> float:
        return b


def test_the_chains_of_one_till_go_to_hq_as_they_began(tmp_path: Path) -> None:
    """T-24: what was sold before an enrolment comes before what was brought back after it."""
    file = HubFile(tmp_path)
    for number, (name, incarnation, first) in enumerate(
        [("T2", "old", 2), ("T1", "z", 1), ("T2", "new", 1), ("T2", "old", 1), ("T2", "new", 2)]
    ):
        file.keep(Batch(f"{number}", name, incarnation, first, first, "s", b"p"))
    assert file.waiting() == ["1", "3", "0", "2", "4"]
    file.close()
