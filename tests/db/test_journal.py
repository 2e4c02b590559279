import sqlite3
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posclient.db import journal, terminal
from posclient.db.connection import Connection, transaction
from posclient.db.journal import Side, append, verify_chain
from posclient.db.till_file import open_till
from posclient.domain.facts import RULE_SKIPPED, chain_hash, chain_start
from posclient.errors import DataError
from tests.db.shop import NOW, TERMINAL, commit, enrolled, sale, write


def skipped(con: Connection, number: int, sides: Sequence[Side] = ()) -> journal.Entry:
    return append(con, fact_id=f"f{number}", kind=RULE_SKIPPED, content={"rule": f"R{number}"}, at=NOW, sides=sides)


def test_facts_are_chained_from_terminal_and_incarnation(tmp_path: Path) -> None:
    con = enrolled(tmp_path)
    with transaction(con):
        first, second = skipped(con, 1), skipped(con, 2)
    assert (first.fact.seq, second.fact.seq) == (1, 2)
    start = chain_start("S001-1", "inc-1")
    assert first.fact.hash == chain_hash(start, "S001-1", "inc-1", 1, "f1", RULE_SKIPPED, 1, b'{"rule":"R1"}')
    assert second.fact.hash == chain_hash(
        first.fact.hash, "S001-1", "inc-1", 2, "f2", RULE_SKIPPED, 1, second.fact.body
    )
    assert verify_chain(con) is None


@given(st.lists(st.booleans(), max_size=12))
def test_seqs_are_dense_whatever_is_rolled_back(commits: list[bool]) -> None:
    """T-24: numbers without gaps: what was rolled back gives its number back."""
    with TemporaryDirectory() as folder:
        con = enrolled(Path(folder))
        for number, kept in enumerate(commits):
            try:
                with transaction(con):
                    write(con, sale(f"sale-{number}"))
                    if not kept:
                        raise InterruptedError
            except InterruptedError:
                pass
        receipts = [row[0] for row in con.execute("SELECT seq FROM sale ORDER BY number")]
        assert receipts == list(range(7, 7 + sum(commits)))
        assert [row[0] for row in con.execute("SELECT seq FROM fact ORDER BY number")] == list(
            range(1, sum(commits) + 1)
        )
        assert verify_chain(con) is None
        con.close()


def test_two_tills_of_a_store_never_share_a_receipt(tmp_path: Path) -> None:
    """T-24: two tills offline all day: each slot counts for itself."""
    taken = set()
    for slot in (1, 2):
        folder = tmp_path / str(slot)
        folder.mkdir()
        con = enrolled(folder, terminal.Terminal(f"S001-{slot}", "S001", slot, "u", "h", "i", b"", b"", "file", 1))
        for number in range(20):
            commit(con, sale(f"sale-{number}", slot=slot))
        taken |= {receipt for (receipt,) in con.execute("SELECT receipt FROM sale")}
    assert taken == {f"S001-{slot}-20261122-{seq:06d}" for slot in (1, 2) for seq in range(1, 21)}


SWAP = """UPDATE fact SET seq = 9 WHERE seq = 1; UPDATE fact SET seq = 1 WHERE seq = 2;
    UPDATE fact SET seq = 2 WHERE seq = 9"""
INSERT = """UPDATE fact SET number = 9 WHERE number = 3;
    INSERT INTO fact SELECT 3, terminal, incarnation, 4, 'more', kind, 1, body, hash, 0 FROM fact WHERE seq = 3"""


@pytest.mark.parametrize(
    ("change", "seq", "why"),
    [
        ("UPDATE fact SET body = x'7b7d' WHERE seq = 2", 2, "altered"),
        ("UPDATE fact SET kind = 'SaleCompleted' WHERE seq = 2", 2, "altered"),
        ("UPDATE fact SET id = 'other' WHERE seq = 2", 2, "altered"),
        ("UPDATE fact SET body = x'' WHERE seq = 2", 2, "altered"),
        ("DELETE FROM outbox WHERE number = 2; UPDATE fact SET body = x'' WHERE seq = 2", 2, "body_missing"),
        ("DELETE FROM outbox WHERE number = 2; DELETE FROM fact WHERE seq = 2", 2, "missing"),
        ("DELETE FROM outbox WHERE number > 2; DELETE FROM fact WHERE seq > 2", 3, "missing"),
        ("DELETE FROM outbox; DELETE FROM fact", 1, "missing"),
        ("UPDATE terminal SET next_seq = 3", 3, "out_of_place"),
        ("UPDATE terminal SET last_hash = x'00'", 3, "out_of_place"),
        (SWAP, 1, "missing"),
        (INSERT, 3, "missing"),
    ],
)  # fmt: skip
def test_what_is_altered_is_named(tmp_path: Path, change: str, seq: int, why: str) -> None:
    """S-24: edit, delete, empty, cut the tail, swap, insert."""
    con = enrolled(tmp_path)
    with transaction(con):
        for number in (1, 2, 3):
            skipped(con, number)
    con.execute("PRAGMA foreign_keys = OFF")
    for sql in change.split(";"):
        con.execute(sql)
    broken = verify_chain(con)
    assert broken is not None
    assert (broken.seq, broken.why) == (seq, why)
    assert (broken.number == 0) == (why == "missing" or "terminal" in change.split()[1])


def test_the_chain_is_checked_in_one_state_while_facts_are_made(tmp_path: Path) -> None:
    con = enrolled(tmp_path)
    reader = open_till(tmp_path, read_only=True)
    for number in range(3):
        with transaction(con):
            skipped(con, number)
        assert verify_chain(reader) is None


def test_side_records_are_kept_with_their_fact(tmp_path: Path) -> None:
    con = enrolled(tmp_path)
    with transaction(con):
        entry = skipped(con, 1, [Side("s1", b"salt", b"sealed", b"own")])
    assert con.execute("SELECT fact, id, sealed FROM side_record").fetchall() == [(entry.number, "s1", b"sealed")]


def test_a_fact_needs_a_transaction_and_an_enrolment(tmp_path: Path) -> None:
    con = enrolled(tmp_path)
    with pytest.raises(RuntimeError):
        skipped(con, 1)
    with pytest.raises(RuntimeError):
        terminal.take_valet_seq(con)
    con.execute("DELETE FROM terminal")
    for act in (lambda: skipped(con, 1), lambda: terminal.take_valet_seq(con), lambda: terminal.read(con)):
        with pytest.raises(DataError, match="not_enrolled"), transaction(con):
            act()


def test_a_fact_id_is_used_once(tmp_path: Path) -> None:
    con = enrolled(tmp_path)

    def twice() -> None:
        with transaction(con):
            skipped(con, 1)
            skipped(con, 1)

    with pytest.raises(sqlite3.IntegrityError):
        twice()
    assert con.execute("SELECT count(*) FROM fact").fetchone() == (0,)


def test_a_new_enrolment_starts_a_new_chain_and_keeps_the_old_facts(tmp_path: Path) -> None:
    con = enrolled(tmp_path)
    with transaction(con):
        skipped(con, 1)
        terminal.take_valet_seq(con)
        terminal.raise_floor(con, NOW)
        for number in range(3):
            write(con, sale(f"sale-{number}"))
    values = {name: getattr(TERMINAL, name) for name in TERMINAL.__slots__}
    with transaction(con):
        terminal.enrol(con, terminal.Terminal(**(values | {"incarnation": "inc-2", "next_receipt_seq": 5})))
        entry = skipped(con, 2)
    assert (entry.number, entry.fact.seq, entry.fact.incarnation) == (5, 1, "inc-2")
    assert verify_chain(con) is None
    now = terminal.read(con)
    assert (now.next_receipt_seq, now.next_valet_seq, now.received_seq) == (10, 2, 0)
    assert now.floor_ms == int(NOW.timestamp() * 1000)


def test_the_floor_only_rises(tmp_path: Path) -> None:
    con = enrolled(tmp_path)
    first = terminal.raise_floor(con, NOW)
    assert terminal.raise_floor(con, NOW - timedelta(days=1)) == first
    assert terminal.raise_floor(con, NOW + timedelta(seconds=1)) == first + 1000


def test_the_offset_is_the_median_of_the_last_five(tmp_path: Path) -> None:
    """T-22: one answer that took a minute on its way moves nothing."""
    con = enrolled(tmp_path)
    seen = []
    for offset in (-250, -240, 60_000, -260, -250, -255, -245, 3_600_000, 3_600_010, 3_600_020):
        terminal.note_offset(con, offset)
        seen.append(terminal.read(con).offset_ms)
    assert seen == [-250, -240, -240, -240, -250, -250, -250, -250, -245, 3_600_000]
