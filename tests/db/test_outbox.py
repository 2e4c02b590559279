from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from posclient.db import journal, outbox, terminal
from posclient.db.connection import Connection, transaction
from posclient.db.journal import Side
from posclient.domain.facts import RULE_SKIPPED
from posclient.errors import DataError
from tests.db.shop import NOW, TERMINAL, commit, enrolled, sale


@dataclass(frozen=True)
class Said:
    id: str
    seq: int
    outcome: str = "applied"
    code: str | None = None


def facts(con: Connection, count: int, first: int = 1) -> None:
    with transaction(con):
        for number in range(first, first + count):
            journal.append(
                con, fact_id=f"f{number}", kind=RULE_SKIPPED, content={"rule": "x" * 100}, at=NOW, amount=number
            )


def test_facts_go_out_in_order_and_within_bounds(tmp_path: Path) -> None:
    con = enrolled(tmp_path)
    facts(con, 10)
    assert [one.fact.seq for one in outbox.pending(con, 4, 10**6)] == [1, 2, 3, 4]
    assert [one.fact.seq for one in outbox.pending(con, 100, 250)] == [1, 2]
    assert [one.fact.seq for one in outbox.pending(con, 100, 1)] == [1]  # never nothing: a queue cannot wedge


def test_bytes_go_out_as_they_were_made(tmp_path: Path) -> None:
    con = enrolled(tmp_path)
    with transaction(con):
        made = journal.append(
            con,
            fact_id="f1",
            kind=RULE_SKIPPED,
            content={"rule": "满减 é"},
            at=NOW,
            sides=[Side("s1", b"a", b"b", b"c")],
        )
    (pending,) = outbox.pending(con, 10, 10**6)
    assert pending.fact == made.fact
    assert pending.sides == (Side("s1", b"a", b"b", b"c"),)


def test_what_hq_answered_is_pending_no_more(tmp_path: Path) -> None:
    con = enrolled(tmp_path)
    facts(con, 3)
    with transaction(con):
        outbox.record(con, [Said("f1", 1), Said("f2", 2, "quarantined", "unknown_kind")], 2, 1, NOW)
    assert [one.fact.id for one in outbox.pending(con, 10, 10**6)] == ["f3"]
    assert (terminal.read(con).received_seq, terminal.read(con).durable_seq) == (2, 1)
    assert con.execute("SELECT outcome, code FROM outbox WHERE number = 2").fetchone() == (
        "quarantined",
        "unknown_kind",
    )
    with transaction(con):  # the same answer again
        outbox.record(con, [Said("f1", 1, "duplicate")], 2, 2, NOW + timedelta(hours=1))
    assert con.execute("SELECT acked_ms FROM outbox WHERE number = 1").fetchone() == (int(NOW.timestamp() * 1000),)


@pytest.mark.parametrize(
    ("said", "received", "durable"),
    [
        ([Said("f9", 9)], 2, 2),  # never made here
        ([Said("f1", 2)], 2, 2),  # another seq
        ([Said("f1", 1)], 4, 2),  # beyond our last
        ([Said("f1", 1)], 1, 2),  # durable but not received
    ],
)
def test_an_answer_that_cannot_be_is_not_believed(
    tmp_path: Path, said: list[Said], received: int, durable: int
) -> None:
    """S-12: HQ acknowledges what was never sent."""
    con = enrolled(tmp_path)
    facts(con, 3)

    def record() -> None:
        with transaction(con):
            outbox.record(con, [Said("f2", 2), *said], received, durable, NOW)

    with pytest.raises(DataError, match="bad_ack"):
        record()
    assert outbox.backlog(con, NOW).count == 3


def test_the_backlog_is_what_the_rows_say(tmp_path: Path) -> None:
    """T-23: a truthful count, amount and age."""
    con = enrolled(tmp_path)
    assert outbox.backlog(con, NOW) == outbox.Backlog(0, 0, None)
    commit(con, sale())
    facts(con, 2)
    later = NOW + timedelta(seconds=90)
    assert outbox.backlog(con, later) == outbox.Backlog(3, 51_000 + 1 + 2, 90.0)
    with transaction(con):
        outbox.record(con, [Said("sale-1", 1)], 1, 1, NOW)
    assert outbox.backlog(con, later) == outbox.Backlog(2, 3, 90.0)
    assert outbox.backlog(con, NOW - timedelta(days=1)).oldest_s == 0.0


def test_hq_lost_facts_and_gets_them_again(tmp_path: Path) -> None:
    """S-12: HQ was restored from a backup and asks for replay by a gap."""
    con = enrolled(tmp_path)
    facts(con, 5)
    with transaction(con):
        outbox.record(con, [Said(f"f{seq}", seq) for seq in range(1, 5)], 4, 4, NOW)
    assert outbox.replay_from(con, 3) == 2
    assert [one.fact.seq for one in outbox.pending(con, 10, 10**6)] == [3, 4, 5]


def test_facts_of_an_earlier_enrolment_are_still_sent_by_themselves(tmp_path: Path) -> None:
    con = enrolled(tmp_path)
    facts(con, 2)
    values = {name: getattr(TERMINAL, name) for name in TERMINAL.__slots__}
    with transaction(con):
        terminal.enrol(con, terminal.Terminal(**(values | {"incarnation": "inc-2"})))
    facts(con, 1, first=3)
    assert [one.fact.id for one in outbox.pending(con, 10, 10**6)] == ["f1", "f2"]
    with transaction(con):
        outbox.record(con, [Said("f1", 1), Said("f2", 2)], 2, 2, NOW)
    assert terminal.read(con).received_seq == 0  # those were the old incarnation's
    assert [one.fact.incarnation for one in outbox.pending(con, 10, 10**6)] == ["inc-2"]
