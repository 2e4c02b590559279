"""Facts on their way up, over a network that fails at every place it can."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from posclient.db import journal, terminal
from posclient.db.connection import transaction
from posclient.domain import facts
from posclient.errors import LinkError
from sync.hq.fact_tables import FactRow, Quarantine, SaleLineRow, SaleRow
from sync.hq.tables import Chain as HqChain
from sync.protocol import FactOutcome, PushReply
from tests.sync.tills import STAMP, Chain, TillFolder, stored, unreachable


def lose_replies(call: str, times: int) -> Callable[[str, Callable[[], Any]], Any]:
    """HQ does what it is asked; the till never hears of it, ``times`` times."""
    left = count(times, -1)

    def meddle(name: str, go: Callable[[], Any]) -> Any:
        answer = go()
        if name == call and next(left) > 0:
            raise unreachable()
        return answer

    return meddle


def test_everything_arrives_once(till: TillFolder, chain: Chain) -> None:
    sales = [till.sale() for _ in range(7)]
    report = till.cycle()
    assert (report.error, report.unsent, report.outcomes) == (None, 0, {"applied": 7})
    assert [row.id for row in stored(chain, SaleRow)] == sales
    assert till.cycle().outcomes == {}


def test_batches(till: TillFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.engine.MOST_FACTS", 3)
    for _ in range(7):
        till.note()
    assert till.cycle().pushed == 7
    assert till.line.calls.count("push") == 3


def test_an_answer_whose_time_is_none(till: TillFolder) -> None:
    """S-12: HQ is told that time again, as the one until which all was sent."""
    till.sale()
    till.line.meddle = lambda call, go: go().model_copy(update={"time": "noon"}) if call == "push" else go()
    report = till.cycle()
    assert isinstance(report.error, LinkError)
    assert (report.error.code, report.error.params, report.unsent) == ("not_hq", {"why": "time"}, 1)
    till.line.meddle = lambda _call, go: go()
    assert till.cycle().unsent == 0


def _made_again(till: TillFolder, what: str) -> None:
    """A fact whose id lay on the disk before it was copied."""
    with transaction(till.con) as con:
        content = facts.rule_skipped(what, "odd", STAMP)
        journal.append(con, fact_id="cart", kind=facts.RULE_SKIPPED, content=content, at=till.chain.clock.now())


def test_an_answer_to_the_same_cart_from_before_the_disk_was_put_back(
    till: TillFolder, chain: Chain, tmp_path: Path
) -> None:
    """S-12: the cart lay open on the copy and is sold once more: same id, same seq. Something on the way gives the
    answer of then: HQ has not heard of this sale, and the till does not believe that it has.
    """
    till.close()
    shutil.copytree(till.folder, tmp_path / "copy")
    till = TillFolder(chain, till.folder)
    answers: list[Any] = []

    def heard(name: str, go: Callable[[], Any]) -> Any:
        answer = go()
        if name == "push":
            answers.append(answer)
        return answer

    till.line.meddle = heard
    _made_again(till, "sold")
    assert till.cycle().outcomes == {"applied": 1}
    till.close()
    copy = TillFolder(chain, tmp_path / "copy")
    with transaction(copy.con) as con:
        terminal.note_trouble(con, terminal.FORK)  # so that it does not ask for a proof once more
    _made_again(copy, "sold again")
    copy.line.meddle = lambda name, go: answers[0] if name == "push" else go()
    report = copy.cycle()
    assert report.error is not None
    assert (report.error.code, report.unsent) == ("not_hq", 1)
    copy.line.meddle = lambda _name, go: go()
    assert copy.cycle().outcomes == {"quarantined": 1}
    copy.close()


def test_lost_reply_restart_and_five_retries(till: TillFolder, chain: Chain) -> None:
    """T-10, G-1: the reply is dropped after HQ's commit, the till restarts, five times: one sale."""
    sale = till.sale()
    till.line.meddle = lose_replies("push", 5)
    for _ in range(5):
        report = till.cycle()
        assert report.error is not None
        assert (report.error.code, report.unsent, report.as_json()["online"]) == ("unreachable", 1, False)
        till.restart()
    assert till.cycle().outcomes == {"duplicate": 1}
    assert [row.id for row in stored(chain, SaleRow)] == [sale]
    assert len(stored(chain, SaleLineRow)) == 1


def test_retry_with_lines_already_there(till: TillFolder, chain: Chain) -> None:
    """G-3: header and lines are one idempotent unit: a retry beside new sales is no conflict."""
    till.sale()
    till.line.meddle = lose_replies("push", 1)
    till.cycle()
    till.sale()
    assert till.cycle().outcomes == {"duplicate": 1, "applied": 1}
    assert len(stored(chain, SaleLineRow)) == 2


@pytest.mark.parametrize("cut", range(6))
def test_cut_after_every_batch(till: TillFolder, chain: Chain, cut: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """G-4: lost in the middle of a drain: what was answered is marked, the rest goes next time."""
    monkeypatch.setattr("sync.engine.MOST_FACTS", 1)
    sales = [till.sale() for _ in range(5)]
    pushes = count()

    def meddle(name: str, go: Callable[[], Any]) -> Any:
        if name == "push" and next(pushes) == cut:
            raise unreachable()
        return go()

    till.line.meddle = meddle
    first = till.cycle()
    assert (first.pushed, first.unsent) == (cut, 5 - cut)
    assert till.cycle().unsent == 0
    assert [row.id for row in stored(chain, SaleRow)] == sales


@pytest.mark.parametrize("cut", range(5))
def test_hq_answers_for_a_part(till: TillFolder, cut: int) -> None:
    """G-4: an answer about a part of the batch marks that part; one about nothing is not believed."""
    for _ in range(4):
        till.note()

    def meddle(name: str, go: Callable[[], Any]) -> Any:
        answer = go()
        return answer.model_copy(update={"outcomes": answer.outcomes[:cut]}) if name == "push" else answer

    till.line.meddle = meddle
    report = till.cycle()
    assert report.unsent == (4 if cut == 0 else 0)
    assert (report.error is None) == (cut > 0)


def test_poison_in_the_middle(till: TillFolder, chain: Chain) -> None:
    """G-7, T-18: what HQ cannot read is kept aside and acknowledged; those behind it pass."""
    till.sale()
    till.fact("SaleCompleted", {"id": 7})
    last = till.sale()
    report = till.cycle()
    assert report.outcomes == {"applied": 2, "quarantined": 1}
    assert (report.as_json()["quarantined"], report.unsent) == (1, 0)
    assert stored(chain, SaleRow)[-1].id == last
    assert len(stored(chain, Quarantine)) == 1


def reply(till: TillFolder, **changes: Any) -> Callable[[str, Callable[[], Any]], Any]:
    """HQ's answer, altered."""

    def meddle(name: str, go: Callable[[], Any]) -> Any:
        answer = go()
        return answer.model_copy(update=changes) if name == "push" else answer

    return meddle


def said(till: TillFolder, **changes: Any) -> FactOutcome:
    first = till.con.execute("SELECT id, seq FROM fact").fetchone()
    return FactOutcome(**{"id": first[0], "seq": first[1], "outcome": "applied", **changes})


@pytest.mark.parametrize("lie", ["unknown id", "other seq", "not received", "doubled", "durable"])
def test_acknowledgement_that_cannot_be(till: TillFolder, lie: str) -> None:
    """S-12: HQ acks what was never sent, or under another seq: nothing of it is believed."""
    till.note()
    lies: dict[str, dict[str, Any]] = {
        "unknown id": {"outcomes": [said(till, id="nobody")]},
        "other seq": {"outcomes": [said(till, seq=2)]},
        "not received": {"outcomes": [said(till)], "received_seq": 0},
        "durable": {"outcomes": [said(till)], "received_seq": 1, "durable_seq": 2},
        "doubled": {"outcomes": [said(till), said(till)]},
    }
    till.line.meddle = reply(till, **lies[lie])
    report = till.cycle()
    assert report.error is not None
    assert report.error.code in {"not_hq", "bad_ack"}
    assert (report.unsent, report.trouble) == (1, None)


def test_outcome_beyond_what_hq_has_stored(till: TillFolder) -> None:
    """S-12: an outcome counts only up to ``received_seq``: the fact goes again."""
    till.note()
    till.note()
    left = [{"received_seq": 1, "durable_seq": 1}]

    def meddle(name: str, go: Callable[[], Any]) -> Any:
        answer = go()
        return answer.model_copy(update=left.pop()) if name == "push" and left else answer

    till.line.meddle = meddle
    report = till.cycle()
    assert (report.outcomes, report.unsent) == ({"applied": 1, "duplicate": 1}, 0)


def forget_at_hq(hq: Chain, keep: int) -> None:
    """HQ was restored from a backup that had ``keep`` facts."""
    from sqlalchemy import delete
    from sqlmodel import col, select

    with hq.database.write() as session:
        for table in (FactRow, SaleRow, SaleLineRow):
            ids = [row.id for row in session.exec(select(FactRow).where(col(FactRow.seq) > keep))]
            if table is FactRow:
                session.execute(delete(FactRow).where(col(FactRow.id).in_(ids)))
        chain = session.exec(select(HqChain)).one()
        chain.received_seq = keep
        chain.head = session.exec(select(FactRow.hash).where(col(FactRow.seq) == keep)).one()


def test_hq_that_lost_facts_gets_them_again(till: TillFolder, chain: Chain) -> None:
    """S-12: data lost after the ack (HQ restored): the till replays from its retained facts."""
    ids = [till.note() for _ in range(5)]
    till.cycle()
    forget_at_hq(chain, 2)
    ids.append(till.note())
    report = till.cycle()
    assert (report.resent, report.unsent, report.error) == (3, 0, None)
    assert [row.id for row in stored(chain, FactRow)] == ids


def gap(expected: object) -> Callable[[str, Callable[[], Any]], Any]:
    def meddle(name: str, go: Callable[[], Any]) -> Any:
        if name == "push":
            raise LinkError("gap", expected=expected)
        return go()

    return meddle


@pytest.mark.parametrize("expected", [1, 2, 3, 9, None, "1"])
def test_gap_that_leads_nowhere_ends_the_cycle(till: TillFolder, expected: object) -> None:
    """S-12: an HQ that answers gap whatever it gets cannot make the till send for ever."""
    for _ in range(2):
        till.note()
    till.cycle()
    till.note()
    till.line.meddle = gap(expected)
    report = till.cycle()
    assert report.error is not None
    assert report.error.code == "gap"
    assert till.line.calls.count("push") <= 3
    till.line.meddle = lambda _call, go: go()
    assert till.cycle().unsent == 0


def test_gap_that_walks_back_ends_the_cycle(till: TillFolder) -> None:
    """S-12: HQ may lose facts once in a cycle, not again and again."""
    for _ in range(5):
        till.note()
    till.cycle()
    till.note()
    till.line.calls.clear()
    expected = count(5, -1)

    def meddle(name: str, go: Callable[[], Any]) -> Any:
        if name == "push":
            raise LinkError("gap", expected=next(expected))
        return go()

    till.line.meddle = meddle
    assert till.cycle().error is not None
    assert till.line.calls.count("push") == 2


def test_order_is_kept_over_enrolments(till: TillFolder, chain: Chain) -> None:
    """Facts of an earlier incarnation go first, in batches of their own."""
    early = [till.note() for _ in range(2)]
    till.line.meddle = gap(None)
    till.close()
    till.enrol(chain.code("S001", 1), lambda url, _signer: chain.dial(url, None))
    late = [till.note() for _ in range(2)]
    assert till.cycle().unsent == 0
    assert [row.id for row in stored(chain, FactRow)] == early + late
    assert [row.seq for row in stored(chain, FactRow)] == [1, 2, 1, 2]


def test_reply_is_what_the_protocol_says(till: TillFolder) -> None:
    till.note()
    answers: list[PushReply] = []

    def meddle(name: str, go: Callable[[], Any]) -> Any:
        answer = go()
        answers.extend([answer] if name == "push" else [])
        return answer

    till.line.meddle = meddle
    till.cycle()
    assert [(answer.received_seq, answer.outcomes[0].outcome) for answer in answers] == [(1, "applied")]
