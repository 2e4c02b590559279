"""Who can say that a till is a copy, and take from it what HQ leased to it: its HQ, with the pinned key (S-19)."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from posclient.db import terminal
from posclient.errors import LinkError
from sync.engine import push_all
from sync.handed_on import SignedReply
from sync.hq import app
from sync.hq.fact_tables import SaleRow
from sync.hq.hubs import Hubs
from sync.hq.receiving import Receiver
from sync.hq.server import Server
from sync.hq.tables import ThroughHub
from sync.letting_go import let_go
from sync.protocol import FeedsReply, PushReply, PushRequest
from sync.transport import HttpHq
from tests.sync.tills import Chain, TillFolder, stored

Lie = Callable[[PushReply], PushReply]


def _forked(reply: PushReply) -> PushReply:
    outcomes = [one.model_copy(update={"outcome": "quarantined", "code": "fork"}) for one in reply.outcomes]
    return reply.model_copy(update={"outcomes": outcomes})


def _beyond(reply: PushReply) -> PushReply:
    return reply.model_copy(update={"received_seq": 99, "durable_seq": 99})


def lying(till: TillFolder, lie: Lie) -> None:
    """What HQ answers to a push is altered on its way."""
    till.line.meddle = lambda call, go: lie(go()) if call == "push" else go()


def trouble(till: TillFolder) -> str | None:
    return terminal.read(till.con).trouble


@pytest.fixture
def copied(till: TillFolder, chain: Chain, tmp_path: Path) -> Iterator[TillFolder]:
    """A copy of the till's disk; the till has sold three more since, and has sent them."""
    till.sale()
    till.cycle()
    till.con.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    clone = TillFolder(chain, Path(shutil.copytree(till.folder, tmp_path / "clone")))
    for _ in range(3):
        till.sale()
    assert till.cycle().outcomes == {"applied": 3}
    yield clone
    clone.close()


@pytest.fixture
def serve(chain: Chain) -> Iterator[Callable[[TillFolder], HttpHq]]:
    """A line over HTTP to the chain's HQ, as its program is at that moment."""
    running: list[tuple[Server, HttpHq]] = []

    def start(till: TillFolder) -> HttpHq:
        server = Server(chain.hq)
        server.start()
        running.append((server, HttpHq(server.url, till.line.signer)))
        return running[-1][1]

    yield start
    for server, line in running:
        line.close()
        server.stop()


@pytest.mark.parametrize("lie", [_forked, _beyond])
def test_an_answer_that_was_altered_on_its_way_forks_nobody(till: TillFolder, chain: Chain, lie: Lie) -> None:
    """S-12, S-19: HQ is asked again for an answer that it signs, and that one counts."""
    sale = till.sale()
    lying(till, lie)
    report = till.cycle()
    assert (report.error, report.trouble, report.unsent, report.outcomes) == (None, None, 0, {"duplicate": 1})
    assert [row.id for row in stored(chain, SaleRow)] == [sale]


def test_facts_that_were_never_made_are_no_fork_either(till: TillFolder) -> None:
    """S-12, S-19: said with the feeds; neither believed nor kept, and gone with whoever says it."""

    def ahead(reply: FeedsReply) -> FeedsReply:
        return reply.model_copy(update={"received_seq": 99, "durable_seq": 99})

    for expected in ("fork_unproved", "fork_unproved"):  # before its first fact it asks with nothing
        till.line.meddle = lambda call, go: ahead(go()) if call == "feeds" else go()
        report = till.cycle()
        assert (report.error.code if report.error else None, report.trouble) == (expected, None)
        assert terminal.read(till.con).received_seq < 99
        till.sale()
    till.line.meddle = lambda _call, go: go()
    report = till.cycle()
    assert (report.error, report.trouble, report.unsent) == (None, None, 0)


def test_an_image_of_a_till_that_had_made_nothing(till: TillFolder, chain: Chain, tmp_path: Path) -> None:
    """S-19: what HQ's pages include is of the other history; a copy must not take it for its own."""
    till.cycle()
    till.con.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    image = TillFolder(chain, Path(shutil.copytree(till.folder, tmp_path / "image")))
    till.sale()
    till.cycle()
    report = image.cycle()
    image.close()
    assert (report.error, report.trouble) == (None, "fork")


def test_a_copy_is_told_over_http(copied: TillFolder, chain: Chain, serve: Callable[[TillFolder], HttpHq]) -> None:
    """S-19: once, whatever it makes afterwards; and nobody takes it for a till behind a hub."""
    copied.sale()
    line = serve(copied)
    report = copied.cycle(line)
    assert (report.error, report.outcomes, report.trouble) == (None, {"quarantined": 1}, "fork")
    copied.sale()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HttpHq, "proved", None)
        assert copied.cycle(line).outcomes == {"quarantined": 1}
    assert stored(chain, ThroughHub) == []


def test_a_copy_that_has_nothing_to_send_is_told_too(copied: TillFolder, serve: Callable[[TillFolder], HttpHq]) -> None:
    """S-19: HQ is asked with the last fact that both have."""
    report = copied.cycle(serve(copied))
    assert (report.error, report.outcomes, report.trouble) == (None, {}, "fork")


def test_an_answer_that_another_has_signed_is_none(
    copied: TillFolder, serve: Callable[[TillFolder], HttpHq], monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-13: nothing of it counts, and what was to be sent goes again."""
    copied.sale()
    real = Hubs.signed_reply

    def forged(hubs: Hubs, *said: Any) -> SignedReply:
        return real(hubs, *said).model_copy(update={"signature": "AAAA"})

    monkeypatch.setattr(Hubs, "signed_reply", forged)
    report = copied.cycle(serve(copied))
    assert (report.error and report.error.code, report.trouble, report.unsent) == ("fork_unproved", None, 1)


def test_an_hq_that_signs_no_answers_forks_nobody(
    copied: TillFolder, serve: Callable[[TillFolder], HttpHq], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It knows no hubs: the till says so, keeps what it has and sells on; for HQ that is as ever."""
    monkeypatch.setattr(app, "add_hub", lambda _app: None)
    copied.sale()
    report = copied.cycle(serve(copied))
    assert (report.error and report.error.code, report.trouble, report.unsent) == ("fork_unproved", None, 1)
    with HttpHq("http://127.0.0.1:9") as nobody, pytest.raises(LinkError, match="fork_unproved"):
        nobody.proved(PushRequest(facts=[]))  # no key to ask with


def test_a_lie_about_an_earlier_chain_is_nothing_to_ask_about(
    till: TillFolder, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an earlier enrolment left unsent is not this one's history."""
    till.sale()
    with monkeypatch.context() as patch:
        patch.setattr(Receiver, "receive", lambda *_: (_ for _ in ()).throw(LinkError("server")))
        till.close()
        till.enrol(chain.code("S001", 1))
    till.line.meddle = lambda call, go: _forked(go()) if call == "push" else go()
    push_all(till.line, till.con, chain.clock)
    assert ("proved" in till.line.calls, trouble(till), till.unsent()) == (False, None, 0)


def test_a_fork_lets_go_of_nothing(copied: TillFolder) -> None:
    """S-19: HQ's backup covers the facts of the other history, with the same seqs."""
    copied.sale()
    copied.cycle()
    assert trouble(copied) == "fork"
    assert let_go(copied.line, copied.con, copied.chain.clock.now() + timedelta(days=31)) == 0
