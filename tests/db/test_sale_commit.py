"""A sale is made ready before its transaction, and holds whatever happened in between."""

from pathlib import Path

import pytest

from posclient.db import journal, sale_commit, sales, terminal
from posclient.db.connection import Connection, transaction
from posclient.db.till_file import open_till
from posclient.errors import DataError
from tests.db.shop import NOW, TERMINAL, commit, enrolled, prepare, sale


def numbers(con: Connection) -> tuple[list[int], list[int]]:
    """Receipt seqs and fact seqs, in the order of the facts."""
    found = con.execute("SELECT sale.seq, fact.seq FROM sale JOIN fact ON fact.number = sale.fact ORDER BY fact.number")
    pairs = found.fetchall()
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def test_somebody_was_faster(tmp_path: Path) -> None:
    """T-1, T-24: between making ready and writing another sale took the number: ours takes the next, in one chain."""
    con, other = enrolled(tmp_path), open_till(tmp_path)
    ready = prepare(con, sale("slow"))
    commit(other, sale("fast"))
    with transaction(con):
        written = sale_commit.write(con, ready)
    assert (ready.sale.seq, written.seq) == (7, 8)
    assert written.receipt == "S001-1-20261122-000008"
    assert numbers(con) == ([7, 8], [1, 2])
    assert journal.verify_chain(con) is None
    assert sales.by_id(con, "slow") == written


def test_enrolled_anew_in_between(tmp_path: Path) -> None:
    """The same seq of another incarnation is another place: the fact must not be chained to the old one."""
    con = enrolled(tmp_path)
    ready = prepare(con, sale())
    values = {name: getattr(TERMINAL, name) for name in TERMINAL.__slots__}
    with transaction(con):
        terminal.enrol(con, terminal.Terminal(**(values | {"incarnation": "inc-2"})))
    with transaction(con):
        sale_commit.write(con, ready)
    assert con.execute("SELECT incarnation FROM fact").fetchall() == [("inc-2",)]
    assert journal.verify_chain(con) is None


def test_a_sale_needs_a_transaction_and_an_enrolment(tmp_path: Path) -> None:
    con = enrolled(tmp_path)
    ready = prepare(con, sale())
    with pytest.raises(RuntimeError):
        sale_commit.write(con, ready)
    con.execute("DELETE FROM terminal")
    with pytest.raises(DataError, match="not_enrolled"), transaction(con):
        sale_commit.write(con, ready)
    assert sales.last_id(con) is None


def test_the_floor_is_raised_with_the_sale(tmp_path: Path) -> None:
    """S-16: the latest business time used is written with what used it, and never goes back."""
    con = enrolled(tmp_path)
    for floor in (NOW, None):
        ready = prepare(con, sale(f"sale-{floor}", basket=None))
        with transaction(con):
            sale_commit.write(con, ready, floor)
        assert terminal.read(con).floor_ms == int(NOW.timestamp() * 1000)
