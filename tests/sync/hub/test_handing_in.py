"""Facts through the store's hub: copies there, theirs until HQ has them, once at HQ whichever way was quicker."""

from __future__ import annotations

from sqlmodel import delete, update

from sync.hq.fact_tables import FactRow
from sync.hq.tables import Chain
from tests.sync.hub.shop import Shop
from ui.commands.doctor import examine


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
    till.through()
    assert till.con.execute("SELECT received_seq FROM terminal").fetchone() == (2,)


def test_a_long_backlog_goes_in_batches(shop: Shop) -> None:
    hub, till, _ = shop.open()
    shop.offline()
    for _ in range(620):
        till.note()
    report = till.through()
    assert report.hub is not None
    assert report.hub.handed == 620
    assert hub.lies_here().waiting == 2
    hub.online = True
    hub.run()
    assert shop.at_hq() == {"S001-2": 620}


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
    till.online = True
    assert till.run().error is None
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
