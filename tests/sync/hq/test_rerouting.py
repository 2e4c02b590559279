"""People at HQ send a valet order from another place, and the guide hears of it (protocol.md, valet orders)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from posclient.actions import valet
from posclient.db import valet_orders
from posclient.errors import InputError, NotFound
from sync.hq.chain_tables import StockRow, StoreRow
from sync.hq.fact_tables import ValetOrderRow
from sync.hq.feeds import publish
from sync.hq.placing import new_store, stock_changes, stores
from sync.hq.rerouting import other_places, reroute
from tests.sync.hq.desks import Desk, stock_up
from tests.sync.tills import Chain, acts, stored

BOSS = "boss"
PLACES = (
    ("S002", "徐家汇店", "z1", "store"),
    ("W001", "中央仓", "z1", "warehouse"),
    ("W002", "北仓", "z2", "warehouse"),
)


@pytest.fixture
def desk(chain: Chain, tmp_path: Path) -> Iterator[Desk]:
    """A till of S001; the zone's warehouse has three pieces of A, another store five, another zone's warehouse one."""
    stock_up(chain, "S001")
    with chain.database.write(shared=True) as session:
        made = [
            change
            for key, name, zone, kind in PLACES
            for change in new_store(session, StoreRow(id=key, name=name, zone=zone, kind=kind))
        ]
        session.add_all(StockRow(store=key, sku="A", qty=qty) for key, qty in (("W001", 3), ("S002", 5), ("W002", 1)))
        session.flush()
        publish(session, [*made, *stock_changes(session, ["A"], stores(session))])
    made_till = Desk(chain, tmp_path / "till")
    yield made_till
    made_till.close()


def pieces(chain: Chain) -> dict[str, int]:
    return {row.store: row.qty for row in stored(chain, StockRow)}


def answered(desk: Desk) -> tuple[str, str, str, bool]:
    """How the guide's list shows the one order: state, place, the place that was told, and whether it is news."""
    (one,) = valet.orders(desk.till, 5)
    return one.state, one.ships_from_name, one.expected_name, one.changed


def placed(desk: Desk, pieces_wanted: int = 1, expected: str | None = None) -> ValetOrderRow:
    """An order that HQ has answered."""
    told = valet.grid(desk.till, "A").cells["", ""].expected if expected is None else expected
    valet.place(desk.till, [("A", pieces_wanted)], None, None, 0, "G1", told)
    desk.sync()
    (row,) = stored(desk.chain, ValetOrderRow)
    assert isinstance(row, ValetOrderRow)
    return row


def test_hq_confirms_the_place_that_the_till_has_told(desk: Desk) -> None:
    """The warehouse of the zone, though a store has more: both go by one rule, so nobody is rerouted for nothing."""
    row = placed(desk)
    assert (row.state, row.ships_from) == ("confirmed", "W001")
    assert answered(desk) == ("confirmed", "中央仓", "中央仓", True)


def test_a_till_whose_stock_is_old_hears_of_the_other_place(desk: Desk) -> None:
    row = placed(desk, 4, "W001")
    assert (row.state, row.ships_from) == ("rerouted", "S002")
    assert answered(desk) == ("rerouted", "徐家汇店", "中央仓", True)


def test_an_order_is_moved_with_its_stock_and_the_guide_is_told_each_time(desk: Desk) -> None:
    row = placed(desk)
    valet.acknowledge(desk.till, row.id)
    assert pieces(desk.chain) == {"W001": 2, "S002": 5, "W002": 1}
    for place, name, left in (
        ("S002", "徐家汇店", {"W001": 3, "S002": 4, "W002": 1}), ("W002", "北仓", {"W001": 3, "S002": 5, "W002": 0}),
    ):  # fmt: skip
        reroute(desk.chain.database, desk.chain.clock, BOSS, row.fact, place)
        assert pieces(desk.chain) == left
        desk.sync()
        assert answered(desk) == ("rerouted", name, "中央仓", True)
        assert valet_orders.recent(desk.till.reference.cache, desk.till.db, 0), "told however old it is"
        valet.acknowledge(desk.till, row.id)
        assert not answered(desk)[-1]
    grid = valet.grid(desk.till, "A").cells["", ""]
    assert (dict(grid.elsewhere), grid.expected) == ({"W001": 3, "S002": 5}, "W001"), "as the zone's feed has it"
    (moved,) = stored(desk.chain, ValetOrderRow)
    assert (moved.state, moved.ships_from) == ("rerouted", "W002")
    found = [(one.administrator, one.act, one.subject, one.note) for one in acts(desk.chain)]
    assert found == [
        (BOSS, "reroute", row.number, "W001 → S002"), (BOSS, "reroute", row.number, "S002 → W002"),
    ]  # fmt: skip


def test_a_place_that_has_not_all_of_it_is_refused(desk: Desk) -> None:
    """Nothing is changed then, and nothing noted."""
    row = placed(desk, 2)
    with desk.chain.database.read() as session:
        order = session.exec(select(ValetOrderRow)).one()
        assert other_places(session, stores(session), order) == {"S002": 5}
    for place in ("W002", "W001", "S001", "nowhere", ""):
        with pytest.raises(InputError, match="no_stock_there"):
            reroute(desk.chain.database, desk.chain.clock, BOSS, row.fact, place)
    with pytest.raises(NotFound, match="unknown_order"):
        reroute(desk.chain.database, desk.chain.clock, BOSS, "none", "S002")
    assert pieces(desk.chain) == {"W001": 1, "S002": 5, "W002": 1}
    assert acts(desk.chain) == []


def test_a_rejected_order_has_nothing_to_send(desk: Desk) -> None:
    row = placed(desk, 9)
    assert (row.state, pieces(desk.chain)["S002"]) == ("rejected", 5)
    with pytest.raises(InputError, match="not_to_be_rerouted"):
        reroute(desk.chain.database, desk.chain.clock, BOSS, row.fact, "S002")


def test_a_place_that_counts_the_article_no_more_gets_nothing_back(desk: Desk) -> None:
    row = placed(desk)
    with desk.chain.database.write(shared=True) as session:
        session.delete(session.get_one(StockRow, ("A", "W001")))
    reroute(desk.chain.database, desk.chain.clock, BOSS, row.fact, "S002")
    assert pieces(desk.chain) == {"S002": 4, "W002": 1}
