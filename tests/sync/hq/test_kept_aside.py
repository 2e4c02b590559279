"""What HQ keeps aside has no effect in any page, so the till goes on adding it by itself (T-14, S-18)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from posclient.actions import checkout, payment
from posclient.db import care_tasks, outcomes, stock
from posclient.errors import Refused
from sync.hq.chain_tables import StockRow
from sync.hq.fact_tables import Quarantine
from sync.hq.feeds import GLOBAL, Change, publish
from sync.hq.placing import stock_changes, stores
from sync.hq.repairing import dismiss
from tests.sync.hq.desks import PRICE, Desk, stock_up
from tests.sync.hq.leases import check_books, member, settings
from tests.sync.tills import Chain, stored


@pytest.fixture
def desk(chain: Chain, tmp_path: Path) -> Iterator[Desk]:
    """S001-2, whose store has ten pieces; M1 has 500 yuan, of which a quota of 200 is for S001's two tills."""
    stock_up(chain, "S001")
    settings(chain, stored_value=True, points_for_yuan=10)
    member(chain, value=50_000)
    steps = [{"step": "call", "after_minutes": 0, "name": "回访", "script": ""}]
    with chain.database.write() as session:
        session.add(StockRow(sku="A", store="S001", qty=10))
        session.flush()
        cadence = Change(GLOBAL, "cadence", "3315", {"id": "3315", "steps": steps})
        publish(session, [cadence, *stock_changes(session, ["A"], stores(session))])
    made = Desk(chain, tmp_path / "desk", chain.code("S001"))
    yield made
    made.close()


def sell(desk: Desk) -> None:
    """One piece to M1, paid with stored value."""
    view = desk.serve()
    payment.open(desk.till)
    payment.pay(desk.till, "stored_value")
    payment.complete(desk.till, view.cart_id)


def figures(desk: Desk) -> tuple[int, int, int, int, int]:
    """What is shown: stored value, what of it may be spent here, points, pieces, follow-ups that are still to do."""
    card = checkout.set_member(desk.till, "M1").member
    assert card is not None
    assert card.value is not None
    checkout.set_member(desk.till, None)
    cache, con = desk.till.reference.cache, desk.till.db
    pieces = stock.levels(cache, con, ["A"], "S001")["A"].here
    due = care_tasks.due(cache, con, None, desk.chain.clock.now().replace(year=2030))
    return card.member.stored_value, card.value.amount, card.member.points, pieces, len(due)


def told(desk: Desk) -> list[str]:
    """What the readiness page has of HQ's word about this till's facts."""
    return [one.code for one in outcomes.unseen(desk.till.reference.cache, desk.till.db, 9)]


def no_lines(desk: Desk, *, on: bool) -> None:
    """HQ's database takes no sale's lines."""
    made = "CREATE TRIGGER no_lines BEFORE INSERT ON sale_line BEGIN SELECT RAISE(ABORT, 'odd'); END"
    with desk.chain.database.write() as session:
        session.execute(text(made if on else "DROP TRIGGER no_lines"))


def test_a_sale_that_hq_could_not_apply_counts_at_the_till_until_it_could(desk: Desk) -> None:
    """S-18: else the same stored value is there to be spent once more, and the piece that was sold is in stock."""
    assert figures(desk) == (50_000, 10_000, 0, 10, 0)
    no_lines(desk, on=True)
    sell(desk)
    sold = (50_000 - PRICE, 10_000 - PRICE, PRICE // 100, 9, 1)
    assert figures(desk) == sold
    desk.sync()
    (row,) = stored(desk.chain, Quarantine)
    assert row.code == "not_applied"
    assert check_books(desk.chain) == {"M1": 50_000}
    assert figures(desk) == sold
    no_lines(desk, on=False)
    desk.chain.hq.try_again("zhao", row.number)
    assert check_books(desk.chain) == {"M1": 50_000 - PRICE}
    assert told(desk) == ["not_applied"]
    desk.sync()
    assert told(desk) == ["applied_later"]
    assert figures(desk) == sold


def test_what_somebody_dealt_with_otherwise_is_told_and_counts_at_the_till(desk: Desk) -> None:
    """T-14: at HQ it never counts, so whoever stands at the till may not spend the value twice (S-18); but they hear
    that nobody has to ask HQ about it any more, also where they had seen that it lay there.
    """
    no_lines(desk, on=True)
    sell(desk)
    desk.sync()
    sold = figures(desk)
    ((fact,),) = desk.con.execute("SELECT id FROM fact WHERE kind = 'SaleCompleted'").fetchall()
    with desk.till.transaction() as con:
        outcomes.mark_seen(con, [(fact, "not_applied")], "B1", desk.chain.clock.now())
    assert told(desk) == []
    (row,) = stored(desk.chain, Quarantine)
    with desk.chain.database.write(shared=True) as session:
        dismiss(session, desk.chain.clock, "zhao", row.number or 0, "counted by hand")
    desk.sync()
    assert told(desk) == ["dismissed"]
    assert figures(desk) == sold
    no_lines(desk, on=False)
    desk.chain.hq.try_again("li", row.number or 0)
    with desk.chain.database.write(shared=True) as session:  # a later note does not undo it
        dismiss(session, desk.chain.clock, "li", row.number or 0, "it went after all")
    desk.sync()
    assert told(desk) == ["applied_later"]
    assert figures(desk) == sold


def test_what_comes_behind_it_is_counted_once(desk: Desk) -> None:
    no_lines(desk, on=True)
    sell(desk)
    desk.sync()
    no_lines(desk, on=False)
    sell(desk)
    both = (50_000 - 2 * PRICE, 10_000 - 2 * PRICE, 2 * PRICE // 100, 8, 2)
    assert figures(desk) == both
    desk.sync()
    assert figures(desk) == both
    with pytest.raises(Refused, match="no_stored_value"):
        sell(desk)


def test_a_copy_that_was_told_so_spends_nothing_that_hq_leased(desk: Desk, tmp_path: Path) -> None:
    """S-18, S-19: HQ books nothing of it, so its lease would never be used up."""
    shutil.copytree(desk.folder, tmp_path / "copy")
    sell(desk)
    desk.sync()
    copy = Desk(desk.chain, tmp_path / "copy", load=False)
    sell(copy)
    assert copy.cycle().outcomes == {"quarantined": 1}
    with pytest.raises(Refused, match="no_stored_value") as refused:
        sell(copy)
    assert refused.value.params == {"why": "forked"}
    payment.pay(copy.till, "cash")
    payment.complete(copy.till, checkout.view(copy.till).cart_id)
    copy.close()
    assert check_books(desk.chain) == {"M1": 50_000 - PRICE}
