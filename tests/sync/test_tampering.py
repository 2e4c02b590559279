"""A journal that is not as it was made: seen at the till and at HQ, and nothing behind it waits (S-19, S-24)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from posclient.db import journal, terminal
from posclient.domain.facts import chain_hash, chain_start
from sync.hq.fact_tables import FactRow, Incident, Quarantine, SaleRow
from tests.sync.tills import Chain, TillFolder, stored

HERE = ("number", "terminal", "incarnation", "seq", "id", "kind", "kind_version", "body", "hash")


def tamper(till: TillFolder, *statements: str) -> None:
    """Change till.db as somebody with the disk in their hands would."""
    till.con.execute("PRAGMA foreign_keys = OFF")
    for sql in statements:
        till.con.execute(sql)
    till.con.execute("PRAGMA foreign_keys = ON")


def incidents(chain: Chain) -> list[tuple[str, int, int]]:
    return [(one.code, one.seq, one.until_seq) for one in stored(chain, Incident)]


def quarantined(chain: Chain) -> list[tuple[int, str]]:
    return [(one.seq, one.code) for one in stored(chain, Quarantine)]


def applied(chain: Chain) -> list[int]:
    return [one.seq for one in stored(chain, FactRow) if one.outcome == "applied"]


def recompute(till: TillFolder, first: int) -> None:
    """A clever hand: every hash from ``first`` on fits again."""
    previous = chain_start(till.me.terminal, till.me.incarnation)
    for row in till.con.execute(f"SELECT {', '.join(HERE)} FROM fact ORDER BY number").fetchall():
        number, *envelope = row
        digest = chain_hash(previous, *envelope[:7]) if envelope[2] >= first else envelope[7]
        till.con.execute("UPDATE fact SET hash = ? WHERE number = ?", (digest, number))
        previous = digest
    till.con.execute("UPDATE terminal SET last_hash = ?", (previous,))


@pytest.fixture
def sold(till: TillFolder) -> TillFolder:
    """Three sales that HQ has."""
    for _ in range(3):
        till.sale()
    assert till.cycle().unsent == 0
    return till


def test_an_edited_fact_goes_aside_and_those_behind_it_pass(sold: TillFolder, chain: Chain) -> None:
    """S-24: edit. HQ keeps the altered body raw, names both hashes, and goes on."""
    for _ in range(3):
        sold.sale()
    tamper(sold, "UPDATE fact SET body = CAST(replace(CAST(body AS TEXT), '1000', '9') AS BLOB) WHERE seq = 5")
    broken = journal.verify_chain(sold.con)
    assert broken is not None
    assert (broken.seq, broken.why) == (5, "altered")
    report = sold.cycle()
    assert (report.error, report.unsent, report.outcomes) == (None, 0, {"applied": 2, "quarantined": 1})
    assert quarantined(chain) == [(5, "bad_hash")]
    (incident,) = stored(chain, Incident)
    assert (incident.code, incident.terminal, incident.seq) == ("bad_hash", "S001-1", 5)
    assert incident.incarnation == sold.me.incarnation
    assert len(incident.expected) == len(incident.found) == 64
    assert incident.expected != incident.found
    assert applied(chain) == [1, 2, 3, 4, 6]


def test_a_fact_that_is_no_text_any_more_holds_up_nothing(sold: TillFolder, chain: Chain) -> None:
    """T-18, S-24: bytes that rotted on the disk cannot be sent as they are; HQ puts aside what can be said of them."""
    for _ in range(3):
        sold.sale()
    tamper(sold, "UPDATE fact SET body = x'7b22fe' WHERE seq = 5")
    report = sold.cycle()
    assert (report.error, report.unsent, report.outcomes) == (None, 0, {"applied": 2, "quarantined": 1})
    assert quarantined(chain) == [(5, "bad_hash")]
    assert applied(chain) == [1, 2, 3, 4, 6]


@pytest.mark.parametrize(("gone", "kept"), [("5", [1, 2, 3, 4, 6, 7]), ("4", [1, 2, 3, 5, 6, 7])])
def test_a_deleted_fact_is_missed_and_does_not_hold_up_the_others(
    sold: TillFolder, chain: Chain, gone: str, kept: list[int]
) -> None:
    """S-24: delete. HQ asks for it, the till says that it is not there any more, HQ notes that and goes on."""
    for _ in range(4):
        sold.sale()
    tamper(
        sold,
        f"DELETE FROM outbox WHERE number = (SELECT number FROM fact WHERE seq = {gone})",
        f"DELETE FROM fact WHERE seq = {gone}",
    )
    broken = journal.verify_chain(sold.con)
    assert broken is not None
    assert (broken.seq, broken.why) == (int(gone), "missing")
    report = sold.cycle()
    assert (report.error, report.unsent) == (None, 0)
    assert incidents(chain) == [("missing", int(gone), int(gone))]
    assert applied(chain) == kept
    assert sold.cycle().error is None
    assert len(stored(chain, Incident)) == 1


def test_a_cut_tail_is_seen_with_the_next_fact(sold: TillFolder, chain: Chain) -> None:
    """S-24: the last facts were deleted before they were sent."""
    for _ in range(3):
        sold.sale()
    tamper(sold, "DELETE FROM outbox WHERE acked_ms IS NULL", "DELETE FROM fact WHERE seq > 3")
    broken = journal.verify_chain(sold.con)
    assert broken is not None
    assert (broken.seq, broken.why) == (4, "missing")
    sold.sale()
    assert sold.cycle().unsent == 0
    assert incidents(chain) == [("missing", 4, 6)]
    assert applied(chain) == [1, 2, 3, 7]


def test_swapped_facts_go_aside(sold: TillFolder, chain: Chain) -> None:
    """S-24: two rows changed places; a fact far behind them is taken again."""
    for _ in range(5):
        sold.sale()
    tamper(
        sold,
        "UPDATE fact SET seq = -1 WHERE seq = 4",
        "UPDATE fact SET seq = 4 WHERE seq = 5",
        "UPDATE fact SET seq = 5 WHERE seq = -1",
    )
    assert journal.verify_chain(sold.con) is not None
    for _ in range(2):
        assert sold.cycle().unsent == 0
    assert {seq for seq, _ in quarantined(chain)} >= {4, 5}
    assert {code for _, code in quarantined(chain)} == {"bad_hash"}
    assert applied(chain)[-2:] == [7, 8]


def test_an_inserted_fact_goes_aside(sold: TillFolder, chain: Chain) -> None:
    """S-24: a fact that nobody made, put in the middle."""
    sold.sale()
    sold.sale()
    tamper(
        sold,
        "UPDATE fact SET seq = 6 WHERE seq = 5",
        "UPDATE terminal SET next_seq = 7",
        "INSERT INTO fact SELECT 99, terminal, incarnation, 5, 'forged', kind, 1, body, hash, at_ms FROM fact"
        " WHERE seq = 4",
        "INSERT INTO outbox (number, amount) VALUES (99, 0)",
    )
    assert journal.verify_chain(sold.con) is not None
    for _ in range(2):
        assert sold.cycle().unsent == 0
    assert (5, "bad_hash") in quarantined(chain)
    assert "forged" not in [one.id for one in stored(chain, FactRow)]
    sold.sale()
    assert sold.cycle().outcomes == {"applied": 1}


def test_a_recomputed_chain_does_not_follow_from_what_hq_has(sold: TillFolder, chain: Chain) -> None:
    """S-24: edit a fact that was sent and work all hashes out again: the till cannot see it, HQ does."""
    tamper(sold, "UPDATE fact SET body = x'7b7d' WHERE seq = 2")
    recompute(sold, 2)
    assert journal.verify_chain(sold.con) is None
    sold.sale()
    sold.sale()
    assert sold.cycle().outcomes == {"quarantined": 1, "applied": 1}
    assert incidents(chain) == [("bad_hash", 4, 4)]


def later(folder: Path, target: Path) -> Path:
    return Path(shutil.copytree(folder, target))


def test_a_cloned_disk_is_found_out_and_goes_on_selling(sold: TillFolder, chain: Chain, tmp_path: Path) -> None:
    """S-19: a copy of the disk sells beside the till. Whoever comes second is told to enrol anew; no sale is lost."""
    sold.con.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    clone = TillFolder(chain, later(sold.folder, tmp_path / "clone"))
    for _ in range(3):
        sold.sale()
    assert sold.cycle().outcomes == {"applied": 3}
    for _ in range(5):
        clone.sale()
    assert clone.cycle().outcomes == {"quarantined": 5}
    assert quarantined(chain) == [(seq, "fork") for seq in range(4, 9)]
    assert terminal.read(clone.con).trouble == terminal.FORK
    sold.sale()
    assert sold.cycle().outcomes == {"applied": 1}
    assert terminal.read(sold.con).trouble is None
    last = clone.sale()
    clone.enrol(chain.code("S001", 2))
    assert terminal.read(clone.con).trouble is None
    fresh = clone.sale()
    report = clone.cycle()
    assert (report.error, report.unsent) == (None, 0)
    assert fresh in [one.id for one in stored(chain, SaleRow)]
    assert last in "".join(one.body.decode() for one in stored(chain, Quarantine))
    clone.close()


def test_a_disk_that_was_put_back_is_found_out(sold: TillFolder, chain: Chain, tmp_path: Path) -> None:
    """S-19: yesterday's copy of till.db: its seqs were used already."""
    sold.con.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    old = later(sold.folder, tmp_path / "old")
    for _ in range(4):
        sold.sale()
    sold.cycle()
    sold.close()
    back = TillFolder(chain, old)
    sale = back.sale()
    report = back.cycle()
    assert (report.error, report.outcomes, report.trouble) == (None, {"quarantined": 1}, "fork")
    assert [(one.code, one.seq) for one in stored(chain, Incident)] == [("fork", 4)]
    back.sale()
    assert back.cycle().outcomes == {"quarantined": 1}
    back.enrol(chain.code("S001", 1))
    again = back.sale()
    assert back.cycle().outcomes == {"applied": 1}
    assert again in [one.id for one in stored(chain, SaleRow)]
    assert sale not in [one.id for one in stored(chain, SaleRow)]
    assert len(applied(chain)) == 8
    back.close()


def test_hq_that_knows_more_than_the_till_is_a_fork_too(till: TillFolder, chain: Chain, tmp_path: Path) -> None:
    """S-19: put back while a fact was unsent: its acknowledgement is beyond the till's own last fact."""
    till.sale()
    till.con.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    old = later(till.folder, tmp_path / "old")
    till.sale()
    till.cycle()
    back = TillFolder(chain, old)
    report = back.cycle()
    assert report.error is not None
    assert (report.error.code, report.trouble, report.as_json()["trouble"]) == ("bad_ack", "fork", "fork")
    back.close()


def test_facts_are_kept_whatever_hash_they_claim(till: TillFolder, chain: Chain) -> None:
    """S-24: a hash that is none breaks its own fact and the next, not the queue."""
    for _ in range(3):
        till.note()
    tamper(till, "UPDATE fact SET hash = x'00' WHERE seq = 1")
    assert till.cycle().outcomes == {"quarantined": 2, "applied": 1}
    assert [code for _, code in quarantined(chain)] == ["bad_hash"] * 2
