"""An HQ that breaks a rule of store hubs is told which; one that knows no hubs is asked no more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from posclient.errors import LinkError
from sync.conformance.examining import examine
from sync.conformance.rules import RULES
from sync.handed_on import SignedPage, SignedReply, SignedTime
from sync.hq import hubs
from sync.hq.feeds import Change
from sync.hq.hubs import Hubs
from sync.hq.receiving import Receiver
from sync.hq.tables import Feed, Terminal
from sync.protocol import FactOutcome, PushReply
from sync.transport import HttpHq
from tests.sync.conftest import HqServer

pytestmark = pytest.mark.usefixtures("cheap_codes")
HUB_RULES = {one.name for one in RULES if one.name.startswith("hub.")}


def verdicts(server: HqServer, *names: str) -> dict[str, str]:
    """What is said of each rule."""
    found = examine(server.url, server.hq.admin_token(), lambda name: name in (names or HUB_RULES))
    return {one.rule.name: one.verdict for one in found}


def broken(server: HqServer, *names: str) -> set[str]:
    return {name for name, said in verdicts(server, *names).items() if said == "broken"}


def _all_applied(reply: PushReply) -> PushReply:
    said = [FactOutcome(id=one.id, seq=one.seq, outcome="applied") for one in reply.outcomes]
    return reply.model_copy(update={"outcomes": said})


def _behind(reply: PushReply) -> PushReply:
    return reply.model_copy(update={"received_seq": min(2, reply.received_seq), "durable_seq": 0})


def _at_first(reply: PushReply) -> PushReply:
    return reply.model_copy(update={"received_seq": min(1, reply.received_seq), "durable_seq": 0})


def _unsigned(said: Any) -> Any:
    return said.model_copy(update={"signature": ""})


def _other_text(said: SignedPage | SignedReply) -> Any:
    """What HQ signed, but for a space."""
    name = "page" if isinstance(said, SignedPage) else "reply"
    return said.model_copy(update={name: f"{getattr(said, name)} "})


def _unsigned_row(change: Change) -> Change:
    data = dict(change.data or {})
    return replace(change, data=data | {"value": data["value"] | {"signature": ""}})


#: What an HQ may do wrong: the rule that must see it, whose answer is altered, and how.
ANSWERS: list[tuple[str, Any, str, Callable[[Any], Any]]] = [
    ("hub.appointment", Hubs, "_signed", _unsigned_row),
    ("hub.appointment", hubs, "_keys", lambda keys: dict(list(keys.items())[:1])),
    ("hub.appointment", hubs, "_keys", lambda keys: dict.fromkeys(keys, "A" * 43 + "=")),
    ("hub.appointment", Hubs, "_is_right", lambda _right: True),
    ("hub.page", Hubs, "signed_page", _unsigned),
    ("hub.page", Hubs, "signed_page", _other_text),
    ("hub.page", hubs, "_applied", lambda _applied: []),
    ("hub.page", hubs, "read_page", lambda page: page.model_copy(update={"rows": page.rows[:-1]})),
    ("hub.page", hubs, "read_page", lambda page: page.model_copy(update={"checksum": page.checksum ^ 1})),
    ("hub.page", hubs, "read_page", lambda page: page.model_copy(update={"head": page.head - 1})),
    ("hub.page", hubs, "read_page", lambda page: page.model_copy(update={"head": page.head + 1})),
    ("hub.time", Hubs, "signed_time", _unsigned),
    ("hub.forward", Hubs, "signed_reply", _unsigned),
    ("hub.forward", Hubs, "signed_reply", _other_text),
    ("hub.forward", Receiver, "receive", _all_applied),
    ("hub.forward", Receiver, "receive", _behind),
    ("hub.forward_revoked", Hubs, "signed_reply", _unsigned),
    ("hub.forward_revoked", Hubs, "is_revoked", lambda _revoked: False),
    ("hub.forward_revoked", Hubs, "is_revoked", lambda _revoked: True),
    ("hub.forward_revoked", Receiver, "receive", _all_applied),
    ("hub.forward_revoked", Receiver, "receive", _at_first),
    ("hub.fork_proof", Hubs, "signed_reply", _unsigned),
    ("hub.fork_proof", Receiver, "receive", _all_applied),
    ("hub.fork_proof", Receiver, "receive", _at_first),
    ("hub.fork_proof", Receiver, "receive", lambda reply: reply if reply.outcomes else _at_first(reply)),
]


@pytest.mark.parametrize(("name", "owner", "method", "mutate"), ANSWERS)
def test_an_answer_that_is_not_true(
    common_hq: HqServer,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    owner: Any,
    method: str,
    mutate: Callable[[Any], Any],
) -> None:
    honest = getattr(owner, method)
    monkeypatch.setattr(owner, method, lambda *args: mutate(honest(*args)))
    assert broken(common_hq, name) == {name}


def test_an_hq_that_takes_a_batch_which_its_till_did_not_sign(
    hq_server: HqServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-14: what a hub carries is signed by its till, or it is nothing."""
    monkeypatch.setattr(hubs, "is_signed", lambda *_said: True)
    assert broken(hq_server, "hub.forward_proof") == {"hub.forward_proof"}


def test_an_hq_that_does_not_say_that_the_batch_was_the_fault(
    hq_server: HqServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub would take it for a fault of its line, and hand on nothing behind it."""
    honest = Hubs.is_revoked

    def vague(*asked: Any) -> bool:
        try:
            return honest(*asked)
        except LinkError as error:
            raise LinkError(error.code) from None

    monkeypatch.setattr(Hubs, "is_revoked", vague)
    assert broken(hq_server, "hub.forward_proof", "hub.forward_store") == {"hub.forward_proof", "hub.forward_store"}


def test_an_hq_that_lets_anybody_bring_batches(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Hubs.is_revoked
    monkeypatch.setattr(
        Hubs, "is_revoked", lambda self, _carrier, terminal, *batch: honest(self, terminal, terminal, *batch)
    )
    assert broken(hq_server, "hub.forward_store") == {"hub.forward_store"}


def test_an_hq_that_tells_the_time_to_whom_it_revoked(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stolen till beside a hub would never be long without HQ."""
    honest = Hubs.signed_time

    def lenient(self: Hubs, carrier: str, terminal: str, nonce: str) -> SignedTime:
        with self._database.write() as session:
            place = session.get(Terminal, terminal)
            if place is not None:
                place.revoked = False
        return honest(self, carrier, terminal, nonce)

    monkeypatch.setattr(Hubs, "signed_time", lenient)
    assert broken(hq_server, "hub.time") == {"hub.time"}


@pytest.mark.parametrize("whom", ["the till", "its carrier"])
def test_an_hq_that_hears_nothing_more_of_whom_it_revoked(
    hq_server: HqServer, monkeypatch: pytest.MonkeyPatch, whom: str
) -> None:
    """What was sold before, by it or by a till that leaves copies there, would be lost."""
    honest = Hubs.is_revoked

    def strict(self: Hubs, carrier: str, terminal: str, *batch: Any) -> bool:
        with self._database.read() as session:
            if session.get_one(Terminal, terminal if whom == "the till" else carrier).revoked:
                raise LinkError("revoked")
        return honest(self, carrier, terminal, *batch)

    monkeypatch.setattr(Hubs, "is_revoked", strict)
    assert broken(hq_server, "hub.forward_revoked") == {"hub.forward_revoked"}


def test_an_hq_that_revokes_nobody_over_http(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = HttpHq.raw

    def older(line: HttpHq, method: str, path: str, *more: Any, **headers: Any) -> Any:
        return honest(line, method, path.replace("revocations", "nothing"), *more, **headers)

    monkeypatch.setattr(HttpHq, "raw", older)
    assert verdicts(hq_server, "hub.forward_revoked") == {"hub.forward_revoked": "skipped"}


def test_an_hq_that_signs_whatever_page_is_asked_for(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another till's feed would be in the hands of the hub."""
    monkeypatch.setattr(hubs, "feed_of", lambda session, _terminal, feed: session.get_one(Feed, feed))
    assert broken(hq_server, "hub.page_refused") == {"hub.page_refused"}


def test_an_hq_that_appoints_whom_it_does_not_know(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Hubs.appoint

    def obliging(self: Hubs, store: str, terminal: str | None, address: str, by: str) -> None:
        here = terminal is None or terminal.startswith(f"{store}-")
        honest(self, store, terminal if here else None, address, by)

    monkeypatch.setattr(Hubs, "appoint", obliging)
    assert broken(hq_server, "hub.appointment") == {"hub.appointment"}


def test_an_hq_that_knows_no_hubs(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """protocol.md, store hub: all of it is optional."""

    def unknown(*_asked: Any) -> None:
        raise LinkError("bad_request", status=404)

    monkeypatch.setattr("sync.transport.HttpHq.signed_page", unknown)
    monkeypatch.setattr("sync.transport.HttpHq.forward", unknown)
    monkeypatch.setattr("sync.transport.HttpHq.signed_time", unknown)
    monkeypatch.setattr("sync.conformance.ground.Ground._hub", lambda *_asked: 404)
    assert verdicts(hq_server) == dict.fromkeys(HUB_RULES, "skipped")


def test_every_rule_of_hubs_has_an_hq_that_breaks_it() -> None:
    told = {"hub.forward_proof", "hub.forward_store", "hub.page_refused"}
    assert {name for name, *_ in ANSWERS} | told == HUB_RULES
