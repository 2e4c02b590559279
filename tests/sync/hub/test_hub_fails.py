"""What goes wrong with a hub; each till goes on, nothing is lost, and nothing is there twice."""

from __future__ import annotations

import secrets
import shutil
import socket
import threading
from collections.abc import Callable

import pytest

from posclient.db import hub_file
from posclient.db.connection import Connection, connect
from posclient.db.hub_file import HUB_FILE
from posclient.errors import LinkError
from sync.hub import through
from sync.hub.channel import call
from sync.hub.desk import Desk
from sync.hub.line import HubLine
from sync.report import CycleReport
from tests.sync.hub.shop import Shop, ShopTill, free_port
from tests.sync.tills import tiers


def hub_error(report: CycleReport) -> tuple[str, object]:
    assert report.hub is not None
    assert report.hub.error is not None
    return report.hub.error.code, report.hub.error.params.get("why")


def all_arrive(shop: Shop, **wanted: int) -> None:
    """The line is back: everybody syncs, the hub too, and HQ has each fact once."""
    shop.offline(online=True)
    for till in [*shop.tills, *shop.tills]:
        assert till.run().error is None
        assert till.unsent() == 0
    assert shop.at_hq() == {name.replace("_", "-"): count for name, count in wanted.items()}


def test_a_hub_that_dies_leaves_each_till_alone(shop: Shop) -> None:
    hub, till, _ = shop.open()
    shop.offline()
    till.sale()
    till.through()
    hub.sync.close()
    till.sale()
    assert hub_error(till.through()) == ("hub_unreachable", "connect")
    assert till.unsent() == 2
    all_arrive(shop, S001_2=2)


def test_a_hub_that_dies_in_the_middle_of_a_batch(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """G-1: the batch is on its disk, the answer never came; handed in again it is one."""
    hub, till, _ = shop.open()
    shop.offline()
    till.sale()
    honest = Desk.answer

    def dies(desk: Desk, *asked: object) -> object:
        said = honest(desk, *asked)  # type: ignore[arg-type]
        if "hand" in str(asked[2]):
            raise RuntimeError("power cut")
        return said

    with monkeypatch.context() as broken:
        broken.setattr(Desk, "answer", dies)
        broken.setattr("sync.hub.server._log.exception", lambda *_args: None)
        assert hub_error(till.through()) == ("hub_unreachable", "cut")
    assert hub.lies_here().facts == 1
    assert till.through().hub is not None
    assert hub.lies_here().facts == 1
    all_arrive(shop, S001_2=1)


def test_a_hub_that_was_put_back_from_a_backup_is_told_again(shop: Shop) -> None:
    """S-19: it says itself how far it has whose facts."""
    hub, till, _ = shop.open()
    shop.offline()
    till.sale()
    till.through()
    file = hub.hub_file()
    file.con.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file.close()
    shutil.copy(hub.folder / HUB_FILE, shop.folder / "backup.db")
    till.sale()
    till.through()
    assert hub.lies_here().facts == 2
    for path in hub.folder.glob(f"{HUB_FILE}*"):
        path.unlink()
    shutil.copy(shop.folder / "backup.db", hub.folder / HUB_FILE)
    report = till.through()
    assert report.hub is not None
    assert (report.hub.handed, hub.lies_here().facts) == (2, 2)
    all_arrive(shop, S001_2=2)


def test_a_hub_that_lost_its_file_is_told_everything_again(shop: Shop) -> None:
    hub, till, _ = shop.open()
    shop.offline()
    till.sale()
    till.through()
    for path in hub.folder.glob(f"{HUB_FILE}*"):
        path.unlink()
    till.through()
    assert hub.lies_here().facts == 1
    all_arrive(shop, S001_2=1)


def test_two_hubs_while_an_appointment_spreads(shop: Shop) -> None:
    """The old hub has not heard yet; whoever hands in there loses nothing, and the first who knows tells it."""
    hub, till, other = shop.open()
    hub.online = other.online = False
    shop.appoint("S001-2")
    till.run()  # it is the hub now, and knows
    till.online = False
    other.sale()
    assert other.through().hub is not None
    assert (hub.lies_here().facts, till.sync._hub.is_hub) == (1, True)
    with HubLine(other.appointment(), other.signer) as line:
        assert line.told is not None
    hub.online = True
    hub.run()  # the old hub hears of it from HQ, and forwards what it has
    assert (shop.at_hq(), hub.sync._hub.is_hub) == ({"S001-3": 1}, False)
    all_arrive(shop, S001_3=1)


def test_a_till_tells_an_old_hub_that_it_is_one_no_more(shop: Shop) -> None:
    hub, till, other = shop.open()
    hub.online = False
    old = till.appointment()
    shop.appoint("S001-3")
    till.run()
    with pytest.raises(LinkError) as error, HubLine(old, till.signer) as line:
        line._ask({"call": "hello"})  # whatever it asks now
    assert error.value.params["why"] == "unknown_call"
    assert hub.appointment().terminal == "S001-1"
    hub_channel_tells(till, old)
    assert hub.appointment().terminal == "S001-3"
    other.online = False


def hub_channel_tells(till: ShopTill, old: object) -> None:
    """Dial the old hub while knowing the newer appointment."""
    there = till.appointment()
    assert isinstance(old, type(there))
    with socket.create_connection(old.place, 5) as line:
        channel, proof = call(line, till.signer, "S001-1", old.tills["S001-1"], 5)
        channel.say({"call": "hello", "signature": proof, "appointment": there.as_json()})
        assert channel.hear()[0]["appointment"] == there.as_json()
        channel.say({"call": "place"})
        assert channel.hear()[0] == {"error": "not_the_hub"}


def test_the_hub_changes_in_the_middle_of_a_backlog(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of it lies at the old hub, the whole at the new one; HQ has it once."""
    hub, till, other = shop.open()
    shop.offline()
    monkeypatch.setattr(through, "MOST_FACTS", 10)
    for _ in range(15):
        till.note()
    honest = HubLine.hand
    address = ""

    def changes(line: HubLine, body: bytes, signature: str) -> object:
        nonlocal address
        said = honest(line, body, signature)
        if not address:
            address = shop.appoint("S001-3")
            other.online = hub.online = True
            assert other.run().error is None
            assert hub.run().error is None
            other.online = hub.online = False
        return said

    monkeypatch.setattr(HubLine, "hand", changes)
    assert hub_error(till.through())[0] in {"hub_refuses", "hub_unreachable"}
    monkeypatch.undo()
    till.online = True
    assert till.run().error is None
    till.online = False
    till.note()
    report = till.through()
    assert report.hub is not None
    assert (report.hub.hub, report.hub.handed) == ("S001-3", 1)
    all_arrive(shop, S001_2=16)


@pytest.mark.parametrize("jump", [{"days": 4000}, {"days": -4000}])
def test_a_hub_whose_clock_is_wrong_serves_all_the_same(shop: Shop, jump: dict[str, float]) -> None:
    """S-16: nothing of what it does goes by its clock."""
    hub, till, _ = shop.open()
    shop.offline()
    hub.clock.forward(**jump)
    till.sale()
    report = till.through()
    assert report.hub is not None
    assert (report.hub.handed, report.hub.error) == (1, None)
    assert hub.run().error is not None
    assert hub.sync._hub.is_hub


def test_a_hub_whose_disk_is_full_takes_nothing_and_says_so(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """T-5: a real SQLITE_FULL."""
    hub, till, _ = shop.open()
    shop.offline()
    for _ in range(20):
        till.note(secrets.token_hex(400))

    def small(path: object, **options: object) -> Connection:
        con = connect(path, **options)  # type: ignore[arg-type]
        pages = con.execute("PRAGMA page_count").fetchone()[0]
        con.execute(f"PRAGMA max_page_count = {max(pages, 1)}").fetchall()
        return con

    with till.reached() as line:
        assert line.place().has == {}  # the file is made
    monkeypatch.setattr(hub_file, "connect", small)
    assert hub_error(till.through()) == ("hub_refuses", "hub_full")
    monkeypatch.undo()
    assert (till.unsent(), hub.lies_here().facts) == (20, 0)
    all_arrive(shop, S001_2=20)


def test_a_hub_keeps_room_for_its_own_sales(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the others hand in, it is bounded; so are the pages."""
    hub, till, _ = shop.open()
    monkeypatch.setattr(hub_file, "MOST_BATCHES", 10)
    monkeypatch.setattr(hub_file, "MOST_PAGES", 1)
    shop.hq.hq.hubs.appoint("S001", "S001-1", f"127.0.0.1:{free_port()}")
    shop.settle()
    shop.offline()
    till.note()
    assert hub_error(till.through()) == ("hub_refuses", "hub_full")
    file = hub.hub_file()
    assert file.con.execute("SELECT count(*) FROM page").fetchone()[0] <= 1
    file.close()


def test_a_hub_that_has_no_room_for_copies_is_one_all_the_same(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """S-17: a till that took it for gone would use the store's coupons beside those who ask it."""
    hub, till, _ = shop.open()
    shop.settle()
    shop.chain.publish(*tiers(range(10, 20)))
    hub.run()
    shop.offline()
    monkeypatch.setattr(hub_file, "MOST_BATCHES", 10)
    till.note()
    report = till.through()
    assert report.hub is not None
    assert hub_error(report) == ("hub_refuses", "hub_full")
    assert (report.hub.state, report.hub.handed, report.hub.pages) == ("through_hub", 0, 1)
    assert till.unsent() == 1


def test_a_port_that_is_taken_is_a_fault_of_the_hub_alone(shop: Shop) -> None:
    hub, till, _ = shop.open()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        shop.hq.hq.hubs.appoint("S001", "S001-1", f"127.0.0.1:{taken.getsockname()[1]}")
        shop.settle()
        serving = hub.sync._hub._serving
        assert serving is not None
        assert serving.fault is not None
        assert serving.fault.code == "hub_cannot_listen"
        report = hub.run()
        assert report.hub is not None
        assert (report.error, report.hub.state) == (None, "hub_deaf")
    hub.run()
    shop.offline()
    till.note()
    report = till.through()
    assert report.hub is not None
    assert report.hub.handed == 1


def test_many_tills_at_once(shop: Shop) -> None:
    """Both hand in at one time."""
    hub, till, other = shop.open()
    shop.offline()
    for one in (till, other):
        for _ in range(30):
            one.note()
    reports: list[CycleReport] = []
    work: list[Callable[[], None]] = [lambda one=one: reports.append(one.through()) for one in (till, other)]  # type: ignore[misc]
    threads = [threading.Thread(target=one) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(report.hub.handed for report in reports if report.hub) == [30, 30]
    hub.online = True
    hub.run()
    assert shop.at_hq() == {"S001-2": 30, "S001-3": 30}
