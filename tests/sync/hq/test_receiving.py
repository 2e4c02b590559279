"""Push: an outcome per fact, nothing twice, nothing lost, nothing wedged."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import select

from posclient.domain.facts import chain_start
from posclient.domain.tenders import Payment
from posclient.errors import LinkError
from sync.hq.fact_tables import FactRow, Quarantine, SaleRow
from sync.hq.statistics import count_all
from sync.protocol import FactMessage, PushRequest
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill
from tests.sync.hq.till_at_hq import TillAtHq, new_id


def refused(till: TillAtHq, *messages: FactMessage, **request: Any) -> LinkError:
    with pytest.raises(LinkError) as caught:
        till.api.push(PushRequest(facts=list(messages), **request))
    return caught.value


def test_a_fact_is_kept_as_it_was_sent(new_till: NewTill, hq_server: HqServer) -> None:
    """T-19: totals, tax and payments must be byte-equal after sync."""
    till = new_till()
    sale = till.sale()
    reply = till.push(sale)
    assert (reply.received_seq, reply.durable_seq, reply.outcomes[0].outcome) == (1, 1, "applied")
    with hq_server.database.read() as session:
        stored = session.get_one(FactRow, sale.id)
        assert stored.body == sale.body.encode()
        assert (stored.terminal, stored.incarnation, stored.seq) == (sale.terminal, sale.incarnation, sale.seq)
        assert (stored.kind, stored.kind_version, stored.hash) == (sale.kind, sale.kind_version, sale.hash)


def test_a_lost_reply_costs_nothing(new_till: NewTill, hq_server: HqServer) -> None:
    """T-10, G-1: the answer gets lost after HQ's commit, and the till sends five times."""
    till = new_till()
    batch = [till.sale(), till.sale()]
    till.push(*batch)
    for _ in range(5):
        assert till.codes(*batch) == [("duplicate", None), ("duplicate", None)]
    figures = count_all(hq_server.database)
    assert (figures["sales"], figures["lines"], figures["duplicates"], figures["resent"]) == (2, 2, 0, 10)


def test_a_batch_cut_after_every_item_is_stored_once(new_till: NewTill, hq_server: HqServer) -> None:
    """G-3, G-4: part of a batch came through; all of it comes again."""
    till = new_till()
    batch = [till.sale() for _ in range(6)]
    for cut in range(1, 7):
        outcomes = [outcome for outcome, _ in till.codes(*batch[:cut])]
        assert outcomes == ["duplicate"] * (cut - 1) + ["applied"]
    assert count_all(hq_server.database)["sales"] == 6


def test_a_gap_stops_the_batch_and_names_what_is_expected(new_till: NewTill, hq_server: HqServer) -> None:
    till = new_till()
    first, second, third = till.sale(), till.sale(), till.sale()
    error = refused(till, second)
    assert (error.code, error.params["expected"]) == ("gap", 1)
    error = refused(till, first, third)
    assert (error.code, error.params["expected"]) == ("gap", 2)
    assert count_all(hq_server.database)["sales"] == 0
    assert till.codes(third, first, second) == [("applied", None)] * 3


def test_another_fact_at_a_seq_is_a_fork(new_till: NewTill, hq_server: HqServer) -> None:
    """S-19: a cloned or rolled-back disk; kept aside once, the first fact stands."""
    till = new_till()
    original = till.sale()
    till.push(original)
    forged = original.model_copy(update={"hash": "00" * 32, "id": new_id()})
    for _ in range(3):
        assert till.codes(forged) == [("quarantined", "fork")]
    assert till.codes(original) == [("duplicate", None)]
    with hq_server.database.read() as session:
        aside = session.exec(select(Quarantine)).one()
        assert (aside.code, aside.fact, aside.body) == ("fork", forged.id, forged.body.encode())
    assert count_all(hq_server.database)["sales"] == 1


def test_what_follows_from_no_fork_is_a_gap(new_till: NewTill, hq_server: HqServer) -> None:
    """S-19: a hub brings what a lost disk had, and then the end of what was made since in its place: HQ has to ask for
    the middle, or sales of the right history are put aside for good.
    """
    till = new_till()
    till.push(till.sale())
    begin = till.seq, till.previous
    lost = [till.sale() for _ in range(4)]
    till.seq, till.previous = begin
    made = [till.sale() for _ in range(5)]
    till.push(made[0])
    assert till.codes(*lost) == [("quarantined", "fork")] * 4
    error = refused(till, *made[4:])
    assert (error.code, error.params["expected"]) == ("gap", 3)
    assert till.codes(*made[1:]) == [("applied", None)] * 4
    assert till.codes(*lost[2:]) == [("quarantined", "fork")] * 2
    assert count_all(hq_server.database)["sales"] == 6


def test_a_fork_is_one_whatever_was_done_to_it(new_till: NewTill) -> None:
    """S-24: a copy that was altered too: its hashes do not follow from each other, and its queue goes on."""
    till = new_till()
    till.push(till.sale())
    begin = till.seq, till.previous
    till.push(till.sale())
    till.seq, till.previous = begin
    copied = [till.sale(), till.sale(), till.sale().model_copy(update={"hash": "00" * 32}), till.sale()]
    assert till.codes(*copied) == [("quarantined", "fork")] * 4


def test_an_id_that_is_taken_goes_aside_and_the_queue_goes_on(new_till: NewTill, hq_server: HqServer) -> None:
    till, other = new_till(), new_till()
    sale = till.sale()
    till.push(sale)
    copy = other.fact("RuleSkipped", {"rule": "P", "rule_kind": "x", "clock": {}}, fact_id=sale.id)
    assert other.codes(copy, other.sale()) == [("quarantined", "id_taken"), ("applied", None)]
    assert other.codes(copy) == [("duplicate", None)]
    assert count_all(hq_server.database)["quarantined"] == 1


@pytest.mark.parametrize(
    ("kind", "content", "code"),
    [
        ("SaleCompleted", {"id": "x"}, "unreadable"),
        ("SaleCompleted", {}, "unreadable"),
        ("MemberRegistered", {"member": 7}, "unreadable"),
        ("RuleSkipped", {"rule": "a\0b", "rule_kind": "x"}, "unreadable"),
    ],
)
def test_poison_goes_aside_and_the_others_pass(
    new_till: NewTill, hq_server: HqServer, kind: str, content: dict[str, Any], code: str
) -> None:
    """T-18, G-7: one stuck invoice must not block all later ones."""
    till = new_till()
    batch = [till.sale(), till.fact(kind, content), till.sale()]
    assert till.codes(*batch) == [("applied", None), ("quarantined", code), ("applied", None)]
    assert till.codes(*batch) == [("duplicate", None)] * 3
    figures = count_all(hq_server.database)
    assert (figures["sales"], figures["quarantined"]) == (2, 1)
    row = till.row(f"terminal:{till.me.terminal}", "fact_outcome", batch[1].id)
    assert row == {"fact": batch[1].id, "code": code, "detail": {"aside": True}}


def test_what_no_reader_knows_is_kept_raw(new_till: NewTill, hq_server: HqServer) -> None:
    till = new_till()
    newer = till.reforged(till.sale(), kind_version=9)
    unknown = till.reforged(till.sale(), kind="DrawerKicked")
    broken = till.reforged(till.sale(), body="{{{")
    deep = till.reforged(till.sale(), body="[" * 100_000)
    expected = ["unknown_kind", "unknown_kind", "unreadable", "unreadable"]
    assert [code for _, code in till.codes(newer, unknown, broken, deep)] == expected
    with hq_server.database.read() as session:
        bodies = {row.fact: row.body for row in session.exec(select(Quarantine))}
    assert bodies == {one.id: one.body.encode() for one in (newer, unknown, broken, deep)}
    assert till.codes(till.sale()) == [("applied", None)]


def test_poison_that_only_the_database_notices(new_till: NewTill, hq_server: HqServer) -> None:
    """T-18: two lines with one id break a unique key in the middle of a batch of many."""
    till = new_till()
    batch = [till.sale() for _ in range(20)]
    batch.append(till.sale(payments=(Payment("p1", "cash", 500, 500),) * 2))
    batch += [till.sale() for _ in range(20)]
    outcomes = till.codes(*batch)
    assert outcomes[20] == ("quarantined", "not_applied")
    assert [outcome for outcome, _ in outcomes[:20] + outcomes[21:]] == ["applied"] * 40
    assert till.codes(*batch) == [("duplicate", None)] * 41
    assert count_all(hq_server.database)["sales"] == 40


def test_facts_of_another_terminal_are_refused(new_till: NewTill, hq_server: HqServer) -> None:
    """S-14: another terminal's token, or a batch sent under another name."""
    till, other = new_till("S001"), new_till("S002")
    error = refused(other, till.sale())
    assert error.code == "unauthorized"
    assert count_all(hq_server.database)["sales"] == 0


def test_a_replayed_batch_in_any_order_has_one_effect(new_till: NewTill, hq_server: HqServer) -> None:
    """S-14: the same push a hundred times, re-ordered."""
    till = new_till()
    batch = [till.sale() for _ in range(4)]
    for turn in range(25):
        till.push(*batch[turn % 4 :], *batch[: turn % 4])
    assert count_all(hq_server.database)["sales"] == 4


def test_another_protocol_asks_for_an_upgrade(new_till: NewTill) -> None:
    till = new_till()
    error = refused(till, till.sale(), protocol=1)
    assert (error.code, error.params) == ("upgrade_required", {"protocol": 2})


@pytest.mark.parametrize(
    "change",
    [{"id": ""}, {"id": "x" * 201}, {"kind": "a\0"}, {"incarnation": ""}, {"hash": ""}, {"kind_version": -1}],
)
def test_an_envelope_that_no_till_makes_is_refused(new_till: NewTill, change: dict[str, Any]) -> None:
    till = new_till()
    assert refused(till, till.sale().model_copy(update=change)).code == "bad_request"


def test_an_empty_push_says_where_we_are(new_till: NewTill) -> None:
    till = new_till()
    till.push(till.sale(), till.sale())
    reply = till.push()
    assert (reply.outcomes, reply.received_seq) == ([], 2)


def test_a_new_incarnation_starts_its_own_chain(new_till: NewTill, hq_server: HqServer) -> None:
    """A till restored from a copy of its disk numbers anew under a new incarnation."""
    till = new_till()
    till.push(till.sale())
    till.incarnation, till.seq = new_id(), 0
    till.previous = chain_start(till.me.terminal, till.incarnation)
    assert till.codes(till.sale()) == [("applied", None)]
    with hq_server.database.read() as session:
        assert len(session.exec(select(SaleRow)).all()) == 2
