"""Store hubs at HQ: who is appointed, what is signed, and whose batches are taken from whom."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zstandard
from sqlmodel import select

from posclient.errors import InputError, LinkError, NotFound
from sync.appointment import Appointment, read
from sync.handed_on import SharedPage
from sync.hq.conditions import DAY
from sync.hq.fact_tables import FactRow
from sync.hq.feeds import Change
from sync.hq.tables import FeedRow, Terminal, ThroughHub
from sync.hq.tills import all_tills
from sync.proofs import signed_batch
from sync.protocol import PushReply, PushRequest
from sync.signing import FORWARDED, PAGE, is_signed
from tests.sync.conftest import HqServer
from tests.sync.hq.till_at_hq import TillAtHq
from tests.sync.tills import Chain, HandClock
from ui.cli import main


@pytest.fixture
def tills(hq_server: HqServer) -> Iterator[list[TillAtHq]]:
    """Two of S001 and one of S002."""
    places = (("S001", 1), ("S001", 2), ("S002", 1))
    made = [TillAtHq(hq_server.url, hq_server.code(store, slot)) for store, slot in places]
    yield made
    for till in made:
        till.close()


def appointment(server: HqServer, till: TillAtHq) -> Appointment | None:
    with server.database.read() as session:
        row = session.exec(select(FeedRow).where(FeedRow.table_name == "setting")).one()
        assert row.data is not None
        said = json.loads(row.data)["value"]
    return read(said, till.signer.hq, till.signer.hq_key, "S001")


def batch(till: TillAtHq) -> tuple[bytes, str]:
    """One sale, signed and packed."""
    body, signature = signed_batch(PushRequest(facts=[till.sale()]), till.signer)
    return zstandard.ZstdCompressor().compress(body), signature


def test_an_appointment_names_the_hub_and_all_tills_of_its_store(hq_server: HqServer, tills: list[TillAtHq]) -> None:
    hq_server.hq.hubs.appoint("S001", "S001-2", "192.0.2.7:8737")
    found = appointment(hq_server, tills[0])
    assert found is not None
    assert (found.terminal, found.place) == ("S001-2", ("192.0.2.7", 8737))
    assert set(found.tills) == {"S001-1", "S001-2"}


def test_whoever_is_new_or_revoked_is_known_with_the_next_contact(hq_server: HqServer, tills: list[TillAtHq]) -> None:
    hq_server.hq.hubs.appoint("S001", "S001-1", "192.0.2.7:8737")
    first = appointment(hq_server, tills[0])
    tills[0].api.feeds()
    assert appointment(hq_server, tills[0]) == first
    new = TillAtHq(hq_server.url, hq_server.code("S001", 3))
    new.close()
    hq_server.hq.revoke("S001-2")
    tills[0].api.feeds()
    second = appointment(hq_server, tills[0])
    assert first is not None
    assert second is not None
    assert set(second.tills) == {"S001-1", "S001-3"}
    assert second.serial > first.serial
    hq_server.hq.revoke("S001-1")
    hq_server.hq.hubs.contact("S001-3")
    third = appointment(hq_server, tills[0])
    assert third is not None
    assert (third.terminal, set(third.tills)) == (None, {"S001-3"})


def test_it_is_signed_anew_in_the_second_half_of_its_life(chain: Chain) -> None:
    chain.hq.hubs.appoint("S001", None, "")
    with pytest.raises(NotFound, match="unknown_terminal"):
        chain.hq.hubs.appoint("S001", "S001-2", "192.0.2.7:8737")
    chain.hq.hubs.appoint("S001", "S001-1", "192.0.2.7:8737")

    def serial() -> int:
        with chain.database.read() as session:
            row = session.get_one(FeedRow, ("store:S001", "setting", "S001/store_hub"))
            return int(json.loads(json.loads(row.data or "")["value"]["document"])["serial"])

    first = serial()
    chain.clock.forward(days=14)
    chain.hq.hubs.contact("S001-1")
    assert serial() == first
    chain.clock.forward(days=2)
    chain.hq.hubs.contact("S001-1")
    second = serial()
    assert second > first
    chain.clock = HandClock(datetime(2020, 1, 1, tzinfo=UTC))  # a clock that was put back makes no lower number
    Chain(chain.database, chain.clock).hq.hubs.appoint("S001", None, "")
    assert serial() == second + 1


@pytest.mark.parametrize("address", ["", "till", "till:", ":80", "till:0", "till:65536", "till:x", "till:²"])
def test_an_address_that_is_none_is_refused(chain: Chain, address: str) -> None:
    with pytest.raises(InputError, match="bad_address"):
        chain.hq.hubs.appoint("S001", "S001-1", address)


def test_a_store_that_is_none_is_refused(chain: Chain) -> None:
    with pytest.raises(NotFound, match="unknown_store"):
        chain.hq.hubs.appoint("S999", None, "")


@pytest.mark.parametrize("value", [1, {}, {"document": "{}", "signature": "x"}])
def test_a_setting_of_that_name_that_was_imported_is_nothing(chain: Chain, value: object) -> None:
    chain.publish(Change("store:S001", "setting", "S001/store_hub", {"name": "store_hub", "value": value}))
    chain.hq.hubs.contact("S001-1")
    chain.hq.hubs.appoint("S001", "S001-1", "192.0.2.7:8737")


def test_a_batch_that_another_till_brings_is_a_push_of_its_maker(hq_server: HqServer, tills: list[TillAtHq]) -> None:
    hub, maker, _ = tills
    packed, signature = batch(maker)
    for outcome in ("applied", "duplicate", "duplicate"):
        signed = hub.api.forward("S001-2", packed, signature)
        reply = PushReply.model_validate_json(signed.reply)
        assert ([one.outcome for one in reply.outcomes], reply.received_seq) == ([outcome], 1)
        body = zstandard.ZstdDecompressor().stream_reader(packed).read()
        parts = ("S001-2", hashlib.sha256(body).hexdigest(), signed.reply)
        assert is_signed(maker.signer.hq_key, signed.signature, FORWARDED, *parts)
    with hq_server.database.read() as session:
        assert [row.terminal for row in session.exec(select(FactRow))] == ["S001-2"]


def test_a_till_behind_a_hub_is_shown_as_heard_through_it(hq_server: HqServer, tills: list[TillAtHq]) -> None:
    """And no replay of an old batch makes a dead till look alive (S-14)."""
    hub, maker, _ = tills
    packed, signature = batch(maker)
    with hq_server.database.write() as session:
        for terminal in session.exec(select(Terminal)):
            terminal.enrolled_ms = 1
    hub.api.forward("S001-2", packed, signature)
    with hq_server.database.write() as session:
        session.get_one(ThroughHub, "S001-2").at_ms = 2 * DAY
    hub.api.forward("S001-2", packed, signature)
    with hq_server.database.read() as session:
        looks = {one.id: one for one in all_tills(session, 2 * DAY, hq_server.hq.contacts, {})}
    assert [(one.code, one.who) for one in looks["S001-2"].condition.reasons] == [("through_hub", "S001-1")]
    found = looks["S001-2"].through
    assert found is not None
    assert (found.hub, found.at_ms, looks["S001-1"].through) == ("S001-1", 2 * DAY, None)


def test_replays_and_forgeries_are_refused(hq_server: HqServer, tills: list[TillAtHq]) -> None:
    """S-14: to another store's URL, another terminal's name, an old signature, altered."""
    hub, maker, elsewhere = tills
    packed, signature = batch(maker)
    other, others = batch(elsewhere)
    for bearer, owner, body, proof, told in (
        (elsewhere, "S001-2", packed, signature, ("unauthorized", "terminal")),
        (hub, "S002-1", other, others, ("unauthorized", "terminal")),
        (hub, "S009-1", packed, signature, ("unauthorized", "terminal")),
        (hub, "S001-2", packed, others, ("bad_request", "signature")),
        (hub, "S001-2", other, signature, ("bad_request", "signature")),
        (hub, "S001-2", packed, "", ("bad_request", "signature")),
        # of its own: as by a session that has ended meanwhile, since another machine was enrolled
        (hub, "S001-1", packed, signature, ("unauthorized", "signature")),
    ):
        with pytest.raises(LinkError) as error:
            bearer.api.forward(owner, body, proof)
        assert (error.value.code, error.value.params.get("field")) == told
    with hq_server.database.read() as session:
        assert session.exec(select(FactRow)).all() == []


def test_what_is_wrong_with_a_batch_is_said_of_the_batch(hq_server: HqServer, tills: list[TillAtHq]) -> None:
    """T-18: an older program's batch, and one with facts of somebody else. Without the field the hub would take it for
    its own line's fault, try it first each time, and hand on nothing of the tills behind."""
    hub, maker, elsewhere = tills
    for request, code in (
        (PushRequest(protocol=1, facts=[maker.sale()]), "upgrade_required"),
        (PushRequest(facts=[elsewhere.sale()]), "unauthorized"),
    ):
        body, signature = signed_batch(request, maker.signer)
        with pytest.raises(LinkError, match=code) as error:
            hub.api.forward("S001-2", zstandard.compress(body), signature)
        assert "field" in error.value.params
    with hq_server.database.read() as session:
        assert session.exec(select(FactRow)).all() == []


def test_facts_of_a_revoked_till_go_aside_whoever_brings_them(hq_server: HqServer, tills: list[TillAtHq]) -> None:
    """S-21, via hub; and a hub that is revoked itself still hands in what it holds."""
    hub, maker, _ = tills
    packed, signature = batch(maker)
    hq_server.hq.revoke("S001-2")
    hq_server.hq.revoke("S001-1")
    reply = PushReply.model_validate_json(hub.api.forward("S001-2", packed, signature).reply)
    assert [(one.outcome, one.code) for one in reply.outcomes] == [("quarantined", "revoked")]
    with pytest.raises(LinkError, match="revoked"):
        hub.api.signed_page("global", "", 0, 10)


def test_a_signed_page_says_what_it_includes_of_each_till(hq_server: HqServer, tills: list[TillAtHq]) -> None:
    hub, maker, _ = tills
    hq_server.publish(Change("global", "tier", "T1", {"id": "T1", "name": "gold", "rank": 1}))
    packed, signature = batch(maker)
    hub.api.forward("S001-2", packed, signature)
    (epoch,) = [head.epoch for head in hub.api.feeds().feeds if head.name == "global"]
    signed = hub.api.signed_page("global", epoch, 0, 10)
    assert is_signed(hub.signer.hq_key, signed.signature, PAGE, signed.page)
    page = SharedPage.model_validate_json(signed.page)
    assert page.rows[-1].k == "T1"
    assert {(one.terminal, one.incarnation, one.seq) for one in page.applied} == {
        ("S001-1", hub.incarnation, 0), ("S001-2", maker.incarnation, 1),
    }  # fmt: skip
    for epoch_, after in (("another", 0), (epoch, 99)):
        with pytest.raises(LinkError, match="snapshot_required"):
            hub.api.signed_page("global", epoch_, after, 10)
    with pytest.raises(LinkError, match="unauthorized"):
        hub.api.signed_page("store:S002", epoch, 0, 10)


def test_an_operator_appoints_and_takes_away(
    hq_server: HqServer, tills: list[TillAtHq], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def hub(*words: str) -> int:
        return main(["hq", "hub", "--db", f"sqlite:///{tmp_path}/hq.db", "--store", "S001", *words])

    assert hub("--terminal", "S001-2", "--address", "till2.shop:8737") == 0
    assert "S001-2" in capsys.readouterr().out
    found = appointment(hq_server, tills[0])
    assert found is not None
    assert (found.terminal, found.place) == ("S001-2", ("till2.shop", 8737))
    assert (hub("--remove", "--terminal", "S001-2"), hub(), hub("--terminal", "S001-2")) == (2, 2, 2)
    assert hub("--terminal", "S002-1", "--address", "till:1") == 2
    assert hub("--remove") == 0
    found = appointment(hq_server, tills[0])
    assert found is not None
    assert found.terminal is None
