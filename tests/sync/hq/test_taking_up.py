"""Tills that are newer than their HQ: what it did not know counts once it is updated too, and once."""

from __future__ import annotations

from typing import Any

import pytest

from posclient.domain import facts
from sync.hq.bodies import READERS, SaleCompletedV1
from sync.hq.chain_tables import StockRow
from sync.hq.effects import EFFECTS
from sync.hq.fact_tables import FactRow, Quarantine, SaleRow
from sync.hq.pruning import Pruner
from sync.hq.repairing import dismiss
from sync.hq.taking_up import take_up
from tests.sync.tills import Chain, TillFolder, acts, stored

SALE = (facts.SALE_COMPLETED, 1)


def unhurried() -> bool:
    return False


def broken_effect(*_all: object) -> str | None:
    raise ZeroDivisionError


def sent(till: TillFolder, monkeypatch: pytest.MonkeyPatch, sales: int) -> None:
    """Sales to an HQ that knows none yet, and a fact behind them that it knows."""
    with monkeypatch.context() as older:
        older.delitem(READERS, SALE)
        for _ in range(sales):
            till.sale()
        till.note()
        assert till.cycle().outcomes == {"quarantined": sales, "applied": 1}


def test_they_count_once_and_their_till_hears_of_it(
    chain: Chain, till: TillFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with chain.database.write() as made:
        made.add(StockRow(sku="A", store="S001", qty=10))
    sent(till, monkeypatch, 3)
    assert stored(chain, SaleRow) == []
    pruner = Pruner(chain.database, chain.clock, chain.hq.metrics)
    pruner._round()
    assert len(stored(chain, SaleRow)) == 3
    left = stored(chain, StockRow)[0].qty
    assert left < 10
    pruner._round()
    assert take_up(chain.database, chain.clock, unhurried) == 0
    assert (len(stored(chain, SaleRow)), stored(chain, StockRow)[0].qty) == (3, left)
    assert {one.outcome for one in stored(chain, FactRow)} == {"applied"}
    assert till.cycle().error is None
    assert till.rows("SELECT DISTINCT code FROM fact_outcome") == [("applied_later",)]
    assert [one.administrator for one in acts(chain) if one.act == "retry"] == ["HQ"] * 3


def test_what_somebody_has_dealt_with_stays_as_it_is(
    chain: Chain, till: TillFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(till, monkeypatch, 2)
    with chain.database.write(shared=True) as changed:
        dismiss(changed, chain.clock, "zhao", stored(chain, Quarantine)[0].number, "booked by hand")
    assert take_up(chain.database, chain.clock, unhurried) == 1
    assert len(stored(chain, SaleRow)) == 1


def test_what_cannot_be_applied_is_tried_once_and_is_for_people(
    chain: Chain, till: TillFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(till, monkeypatch, 1)
    with monkeypatch.context() as broken:
        effects: dict[Any, Any] = EFFECTS
        broken.setitem(effects, SaleCompletedV1, broken_effect)
        assert take_up(chain.database, chain.clock, unhurried) == 0
    assert take_up(chain.database, chain.clock, unhurried) == 0
    (row,) = stored(chain, Quarantine)
    assert chain.hq.try_again("zhao", row.number).outcome == "applied"


def test_a_kind_that_this_program_does_not_know_either_waits(
    chain: Chain, till: TillFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.delitem(READERS, SALE)
        till.sale()
        till.cycle()
        assert take_up(chain.database, chain.clock, unhurried) == 0
    assert [one for one in acts(chain) if one.act == "retry"] == []
    assert take_up(chain.database, chain.clock, unhurried) == 1
