"""A member is forgotten at both ends, and nothing that was sold is (protocol.md, identity: erasable side records)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url
from sqlmodel import Session

from posclient.actions import care, checkout, members, valet
from posclient.db import journal, valet_orders
from posclient.domain.valet import Address
from sync.hq.chain_tables import MemberAlias, MemberRow
from sync.hq.console_tables import ConsoleAct
from sync.hq.database import Database
from sync.hq.erasing import Erased, erase
from sync.hq.fact_tables import CareTaskRow, FactRow, Quarantine, SaleRow, SideRow, ValetOrderRow
from sync.hq.feeds import GLOBAL, Change, publish
from sync.hq.lease_tables import ValueLeaseRow
from sync.hq.placing import member_changes
from sync.hq.tables import FeedRow, Snapshot
from tests.sync.hq.desks import Desk, stock_up
from tests.sync.hq.leases import settings
from tests.sync.tills import Chain, stored
from ui.cli import main

PHONE, NAME, STREET = "13912345678", "王小明", "解放路八号"


@pytest.fixture
def desk(chain: Chain, tmp_path: Path) -> Iterator[Desk]:
    stock_up(chain, "S001")
    made = Desk(chain, tmp_path / "till")
    yield made
    made.close()


@pytest.fixture
def member(desk: Desk) -> str:
    """Registered here, with a sale and an order to their address; HQ has it all, and the till has HQ's row."""
    members.register(desk.till, PHONE, NAME)
    made = desk.till.selling.cart.member
    assert made is not None
    checkout.add(desk.till, "A")
    desk.pay()
    valet.place(desk.till, [("A", 1)], made, Address(NAME, PHONE, STREET), 0, "G1")
    desk.sync()
    assert members.find(desk.till, PHONE[-4:])
    return made


def command(chain: Chain, member: str) -> int:
    return main(["hq", "erase", "--db", f"sqlite:///{chain.database.file}", "--member", member])


def sides(desk: Desk) -> int:
    return len(desk.con.execute("SELECT id FROM side_record").fetchall())


def named(chain: Chain) -> list[str]:
    """Where HQ still knows who it was."""
    found = [f"{row.table_name} {row.key}" for row in stored(chain, FeedRow) if row.data and PHONE in row.data]
    return [*found, *(row.id for row in stored(chain, MemberRow) if PHONE in row.data)]


def test_a_member_is_forgotten_at_hq_and_on_the_till(
    desk: Desk, member: str, chain: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (len(stored(chain, SideRow)), sides(desk)) == (2, 2)
    assert named(chain)
    assert command(chain, member) == 0
    assert json.loads(capsys.readouterr().out) == {"member": member, "sides": 2, "rows": 1}
    assert (stored(chain, SideRow), named(chain)) == ([], [])
    desk.sync()
    assert members.find(desk.till, PHONE[-4:]) == ()
    assert sides(desk) == 0
    (order,) = valet.orders(desk.till, 5)
    assert valet_orders.address(desk.con, order.id, b"\0" * 32) is None


def test_what_was_sold_stays_and_the_chain_is_whole(desk: Desk, member: str, chain: Chain) -> None:
    facts = len(stored(chain, FactRow))
    command(chain, member)
    desk.sync()
    assert journal.verify_chain(desk.con) is None
    assert ([one.member for one in stored(chain, SaleRow)], len(stored(chain, ValetOrderRow))) == ([member], 1)
    assert (len(stored(chain, FactRow)), stored(chain, Quarantine)) == (facts, [])
    assert ("erase_member", member) in {(one.act, one.subject) for one in stored(chain, ConsoleAct)}


def test_no_snapshot_brings_a_forgotten_member_back(desk: Desk, member: str, chain: Chain, tmp_path: Path) -> None:
    second = Desk(chain, tmp_path / "second", chain.code("S001", 2))
    assert members.find(second.till, PHONE[-4:])
    assert any(one.feed == "store:S001" for one in stored(chain, Snapshot))
    command(chain, member)
    assert not any(one.feed == "store:S001" for one in stored(chain, Snapshot))
    third = Desk(chain, tmp_path / "third", chain.code("S001", 3))
    assert members.find(third.till, PHONE[-4:]) == ()
    second.sync()
    assert members.find(second.till, PHONE[-4:]) == ()
    third.close()
    second.close()


class Interrupted(Database):
    """Somebody is quicker than its first write."""

    meanwhile: Callable[[], object] | None = None

    @contextmanager
    def write(self, shared: bool = False, patient: bool = False) -> Iterator[Session]:
        act, self.meanwhile = self.meanwhile, None
        if act:
            act()
        with super().write(shared, patient) as session:
            yield session


def test_what_comes_while_hq_looks_for_a_member_is_found_too(desk: Desk, member: str, chain: Chain) -> None:
    """A chain's facts are looked through for a minute, and tills go on: they order, and another store has a guest."""
    database = Interrupted(make_url(f"sqlite:///{chain.database.file}"))

    def trade() -> None:
        valet.place(desk.till, [("A", 1)], member, Address(NAME, PHONE, STREET), 0, "G1")
        desk.sync()
        with chain.database.write(shared=True) as session:
            publish(session, member_changes([session.get_one(MemberRow, member)], [], {member: ["S002"]}))

    database.meanwhile = trade
    assert erase(database, chain.clock, "zhao", member) == Erased(member, 3, 2)
    assert (stored(chain, SideRow), named(chain)) == ([], [])
    desk.sync()
    assert sides(desk) == 0
    database.close()


def test_a_follow_up_that_comes_while_hq_looks_is_done_with_too(desk: Desk, member: str, chain: Chain) -> None:
    """It stayed in the store's feed for good: guides were to thank somebody who is forgotten."""
    steps = [{"step": "3h", "after_minutes": 180, "name": "Thanks", "script": "Hello"}]
    chain.publish(Change(GLOBAL, "cadence", "3315", {"id": "3315", "steps": steps}))
    desk.sync()
    database = Interrupted(make_url(f"sqlite:///{chain.database.file}"))

    def trade() -> None:
        desk.serve(member)
        desk.pay()
        desk.sync()
        (row,) = [one for one in stored(chain, FeedRow) if one.table_name == "care_task"]
        assert row.data is not None

    database.meanwhile = trade
    erase(database, chain.clock, "zhao", member)
    assert [one.state for one in stored(chain, CareTaskRow)] == ["cancelled"]
    assert [row.key for row in stored(chain, FeedRow) if row.table_name == "care_task" and row.data] == []
    desk.sync()
    assert care.due(desk.till, "G1", desk.till.now() + timedelta(days=30)) == ()
    database.close()


def test_who_is_united_with_somebody_while_hq_looks_is_found_under_both_names(
    desk: Desk, member: str, chain: Chain
) -> None:
    """One person under two phones: the order under the other id is hers as well."""
    database = Interrupted(make_url(f"sqlite:///{chain.database.file}"))
    members.register(desk.till, "13912345679", NAME)
    twin = desk.till.selling.cart.member
    assert twin is not None
    valet.place(desk.till, [("A", 1)], twin, Address(NAME, PHONE, STREET), 0, "G1")
    desk.sync()

    def unite() -> None:
        with chain.database.write(shared=True) as session:
            session.delete(session.get_one(MemberRow, twin))
            session.add(MemberAlias(old=twin, new=member))

    database.meanwhile = unite
    assert erase(database, chain.clock, "zhao", member).sides == 4
    assert stored(chain, SideRow) == []
    database.close()


def test_a_sale_of_a_forgotten_member_still_counts(desk: Desk, member: str, chain: Chain) -> None:
    """A till that was offline rings them up after HQ forgot them."""
    command(chain, member)
    desk.serve(member)
    desk.pay()
    desk.sync()
    assert [one.member for one in stored(chain, SaleRow)] == [member, member]
    assert (stored(chain, MemberRow), named(chain)) == ([], [])


def test_no_follow_up_of_a_forgotten_member_comes_back(desk: Desk, member: str, chain: Chain) -> None:
    """Neither that of a sale which came later, nor one that a guide put off while their till was offline."""
    steps = [{"step": "3h", "after_minutes": 180, "name": "Thanks", "script": "Hello"}]
    chain.publish(Change(GLOBAL, "cadence", "3315", {"id": "3315", "steps": steps}))
    soon = desk.till.now() + timedelta(days=30)
    desk.sync()
    desk.serve(member)
    desk.pay()
    desk.sync()
    (task,) = care.due(desk.till, "G1", soon)
    command(chain, member)
    care.change(desk.till, task.id, "snoozed", "", desk.till.now() + timedelta(days=2))
    desk.serve(member)
    desk.pay()
    assert len(care.due(desk.till, "G1", soon)) == 2
    desk.sync()
    assert [one.state for one in stored(chain, CareTaskRow)] == ["cancelled", "cancelled"]
    assert [row.key for row in stored(chain, FeedRow) if row.table_name == "care_task" and row.data] == []
    assert care.due(desk.till, "G1", soon) == ()


def test_no_lease_of_a_forgotten_member_comes_back(desk: Desk, member: str, chain: Chain) -> None:
    """Their points are in the books until the lease is over; a till that is enrolled anew hears nothing of them."""
    settings(chain, points_for_yuan=10, points_step=10, points_offline=True)
    desk.sync()
    chain.clock.forward(minutes=10)
    desk.sync()
    assert [one.member for one in stored(chain, ValueLeaseRow) if one.amount] == [member]
    command(chain, member)
    desk.close()
    desk.enrol(chain.code("S001", 1))
    desk.start()
    desk.sync()
    assert [row.key for row in stored(chain, FeedRow) if row.table_name == "value_lease" and row.data] == []


def test_money_is_paid_out_before_its_owner_is_forgotten(
    member: str, chain: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    with chain.database.write(shared=True) as session:
        row = session.get_one(MemberRow, member)
        row.data = json.dumps({**json.loads(row.data), "stored_value": 12_300})
        publish(session, member_changes([row], ["S001"]))
    assert command(chain, member) == 2
    assert "123.00" in capsys.readouterr().err
    assert named(chain)


def test_nobody_of_that_name(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(chain, "M404") == 2
    assert "M404" in capsys.readouterr().err
