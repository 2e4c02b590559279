"""Our own HQ keeps every rule; an HQ that breaks one is told which, by the rule that is meant for it."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
import zstandard
from sqlmodel import select

from posclient.errors import LinkError
from sync.asking import HoldReply
from sync.conformance import reading
from sync.conformance.examining import examine
from sync.conformance.rules import RULES
from sync.hq import enrolment, hubs, ledger, news, pages, recalls, sessions, snapshots, thin_batches
from sync.hq.chain_tables import MemberRow, StockRow
from sync.hq.effects import coupon
from sync.hq.escrow import Books
from sync.hq.feeds import GLOBAL, Change, publish
from sync.hq.healths import Healths
from sync.hq.hubs import Hubs
from sync.hq.lease_tables import LeaseReturnRow
from sync.hq.ledger import Ledger
from sync.hq.news import Newsroom
from sync.hq.pages import Answer
from sync.hq.placing import member_changes, stock_changes, stores
from sync.hq.pruning import prune
from sync.hq.receiving import Receiver
from sync.hq.service import Hq, TerminalApi
from sync.hq.sessions import Caller, Sessions
from sync.hq.tables import TillSession
from sync.hq.work import Received
from sync.protocol import FactOutcome, Page, PushReply
from sync.transport import HttpHq
from sync.vitals import MOST_HEALTH
from tests.sync.conftest import HqServer
from tests.sync.hq.till_at_hq import TillAtHq
from tests.sync.tills import HandClock, tiers

#: What a chain switches on so that all can be asked of it.
SETTINGS = {"coupon_leases": True, "points_for_yuan": 100, "points_offline": True}
CODE = "888001"

pytestmark = pytest.mark.usefixtures("cheap_codes")


@pytest.fixture(autouse=True)
def _leases(request: pytest.FixtureRequest) -> None:
    """A chain that leases, and has a coupon for newcomers."""
    if "hq_server" in request.fixturenames:
        equip(request.getfixturevalue("hq_server"))


@pytest.fixture(scope="module")
def equipped(common_hq: HqServer) -> HqServer:
    """The same for all; each examination makes itself stores and members."""
    equip(common_hq)
    return common_hq


def equip(server: HqServer) -> None:
    template = {"id": "NEW", "name": "New", "rule": {"kind": "amount_off", "amount": 300}, "valid_days": 30}
    server.publish(
        *(Change(GLOBAL, "setting", name, {"name": name, "value": value}) for name, value in SETTINGS.items()),
        Change(GLOBAL, "coupon_template", "NEW", {**template, "newcomer": True}),
    )


def stock_up(server: HqServer, pieces: int = 5) -> None:
    """S001 has so many of an article, and a count of them; and somebody who works there."""
    server.code()
    lin = {"id": "G1", "name": "林", "badge": "", "roles": ["guide"], "active": True, "pin_hash": "x"}
    server.publish(Change("store:S001", "staff", "G1", lin))
    with server.database.write() as session:
        session.add(StockRow(sku="A", store="S001", qty=pieces))
        session.flush()
        publish(session, list(stock_changes(session, ["A"], stores(session))))


def save_up(server: HqServer, value: int = 5000) -> None:
    """A member of S001 has so much stored value, under the code CODE."""
    with server.database.write() as session:
        data: dict[str, Any] = {
            "name": "",
            "phone": "13912341234",
            "birthday": None,
            "tier": "basic",
            "stored_value": value,
        }
        data |= {"own_guide": None, "tags": []}
        row = MemberRow(id="M1", code=CODE, phone_index="1", home_store="S001", data=json.dumps(data))
        session.add(row)
        Books(session, 0).open_account("M1", value)
        session.flush()
        publish(session, list(member_changes([row], stores(session))))


def broken(server: HqServer, *names: str) -> dict[str, str]:
    """The rules that are broken, with why; ``names``: only these are asked."""
    wanted = (lambda name: name in names) if names else (lambda _name: True)
    findings = list(examine(server.url, server.hq.admin_token(), wanted))
    assert len(findings) == (len(names) or len(RULES))
    return {one.rule.name: one.why for one in findings if one.verdict == "broken"}


def test_it_can_be_asked_again(hq_server: HqServer) -> None:
    """Each examination has a store and members of its own."""
    for _ in range(2):
        assert broken(hq_server, "push.member", "push.same_phone", "enrol.once") == {}


Mutate = Callable[[Any], Any]
#: The files of the rules of what a fact does.
OF_EFFECTS = (".outcomes", ".settling", ".escrow", ".machines")


def _all_applied(reply: PushReply) -> PushReply:
    said = [FactOutcome(id=one.id, seq=one.seq, outcome="applied") for one in reply.outcomes]
    return reply.model_copy(update={"outcomes": said})


def _paged(mutate: Callable[[Page], Page]) -> Mutate:
    """For the bytes of a page."""

    def altered(said: tuple[bytes, bool]) -> tuple[bytes, bool]:
        plain = zstandard.ZstdDecompressor().decompressobj().decompress(said[0]) if said[1] else said[0]
        return mutate(Page.model_validate_json(plain)).model_dump_json(by_alias=True).encode(), False

    return altered


def _ahead(page: Page) -> Page:
    return page.model_copy(update={"applied_seq": page.applied_seq + 1})


def _unsigned_rows(page: Page) -> Page:
    rows = [row.model_copy(update={"d": {**row.d, "signature": "x"}}) if row.d else row for row in page.rows]
    return page.model_copy(update={"rows": rows})


def _unsigned_holds(reply: HoldReply) -> HoldReply:
    return reply.model_copy(update={"held": [one.model_copy(update={"signature": ""}) for one in reply.held]})


def _held_fast(reply: HoldReply) -> HoldReply:
    """As an HQ answers that calls nothing back."""
    refused = [one.model_copy(update={"code": "leased", "again_s": 0}) for one in reply.refused]
    return reply.model_copy(update={"refused": refused})


#: What an HQ may do wrong: the rules that must see it, whose answer is altered, and how.
ANSWERS: list[tuple[str, type[Any], str, Mutate]] = [
    ("push.duplicate push.fork push.unreadable push.unknown_kind", Receiver, "receive", _all_applied),
    ("push.applied", Receiver, "receive", lambda reply: reply.model_copy(update={"received_seq": 0, "durable_seq": 0})),
    ("push.same_id push.other_store", Receiver, "receive", _all_applied),
    ("push.same_id", Receiver, "receive", lambda reply: reply.model_copy(update={"received_seq": 1, "durable_seq": 0})),
    ("push.last_hash", Receiver, "receive", lambda reply: reply.model_copy(update={"last_hash": "0" * 64})),
    ("feed.head", Answer, "body", _paged(lambda page: page.model_copy(update={"checksum": page.checksum ^ 1}))),
    ("feed.head", Answer, "body", _paged(lambda page: page.model_copy(update={"count": page.count + 1}))),
    ("feed.pages", Answer, "body", _paged(lambda page: page.model_copy(update={"rows": page.rows[::-1]}))),
    ("feed.pages", Answer, "body", _paged(lambda page: page.model_copy(update={"rows": page.rows[:-1]}))),
    ("feed.grows", Answer, "body", _paged(lambda page: page.model_copy(update={"rows": []}))),
    ("feed.applied", Answer, "body", _paged(lambda page: page.model_copy(update={"applied_seq": 0}))),
    ("feed.applied", Answer, "body", _paged(_ahead)),
    ("snapshot", Hq, "manifest", lambda found: found.model_copy(update={"checksum": found.checksum ^ 1})),
    ("snapshot", Hq, "manifest", lambda found: found.model_copy(update={"chunks": found.chunks[:-1]})),
    ("snapshot", Hq, "chunk", lambda packed: packed + b"x"),
    ("token.own_feeds", Hq, "feeds", lambda reply: reply.model_copy(update={"feeds": reply.feeds[:-1]})),
    ("enrol.anew", Hq, "enrol", lambda reply: reply.model_copy(update={"next_receipt_seq": 1})),
    ("enrol.anew", Hq, "feeds", lambda reply: reply.model_copy(update={"received_seq": 2})),
    ("enrol.anew", Answer, "body", _paged(_ahead)),
    ("enrol.anew snapshot.own", Hq, "manifest", lambda found: found.model_copy(update={"applied_seq": 2})),
    ("enrol.reply", Hq, "enrol", lambda reply: reply.model_copy(update={"slot": reply.slot + 1})),
    ("news", Hq, "listener", lambda place: replace(place, feeds=place.feeds[:-1])),
    ("session.unseal", Sessions, "unsealing", lambda given: replace(given, key=secrets.token_bytes(32))),
    ("session.unseal", Sessions, "unsealing", lambda given: replace(given, key=bytes(32))),
    ("session.unseal", Sessions, "unsealing", lambda given: replace(given, index_key=secrets.token_bytes(32))),
    ("lease.signed", Answer, "body", _paged(_unsigned_rows)),
    ("lease.recall", Hq, "hold", _unsigned_holds),
    ("lease.recall", Hq, "hold", _held_fast),
    ("lease.unasked", Receiver, "receive", lambda reply: reply.model_copy(update={"outcomes": []})),
    ("visit", Hq, "visit", lambda reply: reply.model_copy(update={"member": "M9"})),
    ("session.unseal", Sessions, "open", lambda said: said.model_copy(update={"unseal_signature": said.signature})),
    ("session.revoked", Sessions, "open", lambda said: said.model_copy(update={"revoked": ""})),
    ("session.revoked", Sessions, "open", lambda said: said.model_copy(update={"revoked": said.signature})),
    ("session.revoked", Sessions, "caller", lambda caller: replace(caller, revoked=False)),
]


@pytest.mark.parametrize(("names", "owner", "method", "mutate"), ANSWERS)
def test_an_answer_that_is_not_true(
    equipped: HqServer, monkeypatch: pytest.MonkeyPatch, names: str, owner: type[Any], method: str, mutate: Mutate
) -> None:
    honest = getattr(owner, method)
    monkeypatch.setattr(owner, method, lambda *args: mutate(honest(*args)))
    monkeypatch.setattr(news, "LIFE_S", 1.0)
    assert set(broken(equipped, *names.split())) == set(names.split())


def test_an_hq_without_a_duplicate_check(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """G-1: it stores whatever comes under a number of its own."""
    honest = Receiver.receive
    seen: set[str] = set()

    def forgetful(self: Receiver, terminal: str, request: Any, fault: Any = None) -> PushReply:
        again = [one for one in request.facts if one.id in seen]
        seen.update(one.id for one in request.facts)
        if again:
            raise LinkError("server")
        return honest(self, terminal, request, fault)

    monkeypatch.setattr(Receiver, "receive", forgetful)
    assert "push.duplicate" in broken(hq_server, "push.duplicate")


def test_an_hq_that_lets_anybody_in(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """S-14, S-22: a code twice, any token."""
    honest = enrolment.try_code
    kept: list[Any] = []

    def again(session: Any, clock: Any, code: str) -> Any:
        found = honest(session, clock, code)
        kept.append(found)
        return found or kept[0]

    monkeypatch.setattr(enrolment, "try_code", again)
    assert "enrol.once" in broken(hq_server, "enrol.once")
    anybody = Caller(kept[0].id, b"", revoked=False)
    monkeypatch.setattr(Hq, "terminal", lambda hq, token: TerminalApi(hq, anybody, token))
    assert "token.needed" in broken(hq_server, "token.needed")


def test_an_hq_that_checks_no_hash_and_no_signature(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """S-14, S-24: it believes whatever a batch says of itself, and hears nothing of lost facts."""
    monkeypatch.setattr(ledger, "_next_hash", lambda _chain, _received: "")
    monkeypatch.setattr(Ledger, "skip", lambda _self, _lost: None)
    monkeypatch.setattr(TerminalApi, "is_own", lambda _self, _body, _signature: True)
    names = ("push.bad_hash", "push.lost", "push.signature")
    assert set(broken(hq_server, *names)) == set(names)


def test_an_hq_that_settles_public_codes(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second use was somebody's loss."""
    monkeypatch.setattr(coupon, "PUBLIC", "nobody's")
    assert "applied_with_exception" in broken(hq_server, "push.public_code")["push.public_code"]


def test_an_hq_that_unpacks_by_other_facts(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that takes whatever it has for a base, and one that takes no thin form, as it may."""
    monkeypatch.setattr(thin_batches, "named", lambda header: (header.partition("/")[0], 1, 1))
    assert "push.thin" in broken(hq_server, "push.thin")
    honest = Sessions.open
    monkeypatch.setattr(Sessions, "open", lambda *args: honest(*args).model_copy(update={"takes": []}))
    assert broken(hq_server, "push.thin") == {}


def test_an_hq_that_wants_every_health_to_be_readable(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A newer till says more, an odd one nonsense; it has facts to send all the same."""

    def strict(_self: Healths, _terminal: str, text: str) -> None:
        if len(text) > MOST_HEALTH:
            raise LinkError("too_large", most=MOST_HEALTH)

    monkeypatch.setattr(Healths, "note", strict)
    assert "feeds.health" in broken(hq_server, "feeds.health")


def test_an_hq_that_asks_for_no_proof(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """S-22: it takes any key, any signature of a challenge, and a challenge twice."""
    monkeypatch.setattr(enrolment, "is_signed", lambda *_said: True)
    monkeypatch.setattr(sessions, "is_signed", lambda *_said: True)
    names = ("enrol.proof", "session.challenge")
    assert set(broken(hq_server, *names)) == set(names)


def test_an_hq_that_opens_two_sessions_with_one_challenge(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads a session's opening on its way could open another with it."""

    def each_time(session: Any, request: Any, token: str, until_ms: int) -> None:
        made = {"terminal": request.terminal, "token_hash": sessions.token_hash(token), "until_ms": until_ms}
        session.add(TillSession(challenge=secrets.token_hex(), **made))

    monkeypatch.setattr(sessions, "_once", each_time)
    assert "session.challenge" in broken(hq_server, "session.challenge")


def test_an_hq_that_believes_one_till_for_all(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """S-17: the other till of the store goes on using the coupon; so does one whose word was about an older lease."""

    def hasty(session: Any, row: Any, _now_ms: int) -> bool:
        return session.exec(select(LeaseReturnRow).where(LeaseReturnRow.lease == row.number)).first() is None

    with monkeypatch.context() as patch:
        patch.setattr(recalls, "_waits_for", hasty)
        assert "one till" in broken(hq_server, "lease.recall")["lease.recall"]

    def about_any(session: Any, terminal: Any, incarnation: str, coupon: str, _end: int, now_ms: int) -> Any:
        (row,) = recalls.open_rights(session, coupon)
        said = {"lease": row.number, "terminal": terminal.id, "incarnation": incarnation}
        session.merge(LeaseReturnRow(**said, not_after_ms=row.not_after_ms))
        session.flush()
        return recalls.settle(session, row, now_ms)

    monkeypatch.setattr(recalls, "returned", about_any)
    assert "another end" in broken(hq_server, "lease.recall")["lease.recall"]


def test_an_hq_that_has_dropped_tombstones(hq_server: HqServer) -> None:
    """It has no pages from 0 any more, and keeps the rules; one that hands out a snapshot from before is told so."""
    till, clock = TillAtHq(hq_server.url, hq_server.code()), HandClock()
    hq_server.publish(*tiers(range(5)))
    till.api.manifest(GLOBAL)
    till.close()
    hq_server.publish(Change(GLOBAL, "tier", "T3", None))
    for days in (0, 180):
        clock.forward(days=days)
        prune(hq_server.database, clock, lambda: False)
    names = ("feed.head", "feed.cursor", "hub.page", "lease.signed", "snapshot.leads")
    with pytest.MonkeyPatch.context() as stale:
        stale.setattr(snapshots, "leads_on", lambda *_place: True)
        assert set(broken(hq_server, "snapshot.leads")) == {"snapshot.leads"}
    assert broken(hq_server, *names) == {}


@pytest.mark.parametrize("most", [reading.MOST_ROWS, -1])
def test_a_chain_at_work_breaks_no_rule(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """People change promotions between any two questions, just before a signed page too, and now and then rest."""
    monkeypatch.setattr(reading, "MOST_ROWS", most)
    send, sign = HttpHq._send, Hubs.signed_page
    asked, signed = count(), count()

    def change(wanted: bool) -> None:
        if wanted:
            hq_server.publish(*tiers(range(2), secrets.token_hex(4)))

    def meanwhile(self: HttpHq, method: str, path: str, *more: Any, **request: Any) -> Any:
        reply = send(self, method, path, *more, **request)
        change(path.startswith("/v1/feeds") and next(asked) % 7 < 3)
        return reply

    def restless(*asking: Any) -> Any:
        change(next(signed) < 2)
        return sign(*asking)

    monkeypatch.setattr(HttpHq, "_send", meanwhile)
    monkeypatch.setattr(Hubs, "signed_page", restless)
    stock_up(hq_server)
    names = [one.name for one in RULES if one.name.startswith(("feed.", "snapshot.", "news", "hub.page"))]
    found = list(examine(hq_server.url, hq_server.hq.admin_token(), lambda name: name in names, stock_of="S001"))
    assert [(one.rule.name, one.why) for one in found if one.verdict != "ok"] == []


def test_an_hq_that_gives_pages_from_where_no_row_is_yet(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """S-12: whoever is ahead of HQ was with an HQ that is no more."""
    for one in (pages, hubs):
        monkeypatch.setattr(one, "leads_on", lambda head, epoch, _after: epoch == head.epoch)
    assert set(broken(hq_server, "feed.cursor", "hub.page_refused")) == {"feed.cursor", "hub.page_refused"}


@pytest.mark.parametrize("name", ["_tell", "_event"])
def test_an_hq_whose_news_are_none(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """It says where feeds are when a till comes, and nothing of what moves then; or of versions that are nowhere."""

    def deaf(self: Newsroom, heads: Any) -> None:
        if not self._known:
            honest(self, heads)

    def ahead(feed: str, version: int) -> str:
        return str(honest(feed, version + 1))

    owner, wrong = (Newsroom, deaf) if name == "_tell" else (news, ahead)
    honest = getattr(owner, name)
    monkeypatch.setattr(owner, name, wrong)
    monkeypatch.setattr("sync.conformance.news.NEWS_S", 2.0)
    assert set(broken(hq_server, "news")) == {"news"}


@pytest.mark.parametrize("wrong", ["all", "none"])
def test_an_hq_that_takes_what_is_behind_a_fork_alike(
    hq_server: HqServer, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    """For more of the fork, whose right history is lost then; or for the next fact, in whose place it is then."""

    def is_fork(self: Ledger, received: Received, **_place: bool) -> bool:
        return wrong == "all" and bool(self._forks.get((received.fact.incarnation, received.fact.seq - 1)))

    monkeypatch.setattr(Ledger, "_is_fork", is_fork)
    assert set(broken(hq_server, "push.fork", "push.after_fork")) == {"push.after_fork"}


def test_an_hq_that_cannot_be_asked(hq_server: HqServer) -> None:
    with pytest.raises(LinkError, match="unauthorized"):
        list(examine(hq_server.url, "guess"))
    old = hq_server.hq.admin_token()
    hq_server.hq.admin_token()
    with pytest.raises(LinkError, match="unauthorized"):
        list(examine(hq_server.url, old))


def test_every_rule_has_an_hq_that_breaks_it_or_is_plain() -> None:
    """A rule that no HQ could break would prove nothing."""
    seen = {name for names, *_ in ANSWERS for name in names.split()}
    plain = {"health", "problem.form", "snapshot.unknown", "push.gap", "push.most", "push.protocol"}
    told = {"push.duplicate", "enrol.once", "token.needed", "enrol.earlier_facts", "token.own_facts", "push.member"}
    told |= {"push.bad_hash", "push.lost", "push.signature", "feeds.health", "push.thin", "snapshot.leads"}
    told |= {"push.after_fork", "enrol.proof", "session.challenge", "feed.cursor", "push.public_code"}
    hubs = {one.name for one in RULES if one.name.startswith("hub.")}  # test_conformance_of_hubs.py
    effects = {one.name for one in RULES if one.check.__module__.endswith(OF_EFFECTS)}  # test_conformance_of_effects.py
    others = {"push.same_phone", "staff.list", "feed.rows"}  # test_conformance_of_staff.py, .._of_reading.py
    assert seen | plain | told | hubs | effects | others == {one.name for one in RULES}


def test_a_chain_that_leases_nothing_is_not_asked_about_leases(hq_server: HqServer) -> None:
    hq_server.publish(Change(GLOBAL, "setting", "coupon_leases", None))
    found = examine(hq_server.url, hq_server.hq.admin_token(), lambda name: name.startswith("lease."))
    verdicts = {one.rule.name: (one.verdict, one.why) for one in found}
    why = "the chain leases no coupons (setting coupon_leases)"
    assert verdicts.pop("lease.unasked") == ("ok", "")
    assert set(verdicts.values()) == {("skipped", why)}


@pytest.mark.parametrize("cheap", [True, False])
def test_dear_coupons_that_stay_with_hq_are_not_asked_for(hq_server: HqServer, cheap: bool) -> None:
    """The chain's first template may be of those; where all are, nothing can be asked."""
    dear = {"name": "Dear", "rule": {"kind": "amount_off", "amount": 20_000}, "valid_days": 30, "newcomer": False}
    hq_server.publish(Change(GLOBAL, "coupon_template", "NEW", None))
    hq_server.publish(*(Change(GLOBAL, "coupon_template", key, {"id": key, **dear}) for key in ("DEAR", "DEARER")))
    if cheap:
        rule = {"kind": "percent_off", "bp": 1000}
        hq_server.publish(Change(GLOBAL, "coupon_template", "LATE", {**dear, "id": "LATE", "rule": rule}))
    found = examine(hq_server.url, hq_server.hq.admin_token(), lambda name: name == "lease.signed")
    assert [one.verdict for one in found] == ["ok" if cheap else "skipped"]


def test_the_command(hq_server: HqServer) -> None:
    """Our own HQ keeps every rule: one line each; status 1 where one is broken, or nothing can be asked."""
    stock_up(hq_server)
    save_up(hq_server)
    words = [sys.executable, "-m", "ui.cli", "hq", "conform", hq_server.url]
    words += ["--stock-of", "S001", "--value-of", CODE, "--admin-token"]
    good = subprocess.run([*words, hq_server.hq.admin_token()], capture_output=True, text=True, check=False)
    assert (good.returncode, good.stderr) == (0, "")
    lines = good.stdout.splitlines()
    assert lines[-1] == f"{len(RULES)} ok, 0 broken, 0 skipped"
    assert [line.split()[:2] for line in lines[:-1]] == [["ok", one.name] for one in RULES]
    bad = subprocess.run([*words, "guess"], capture_output=True, text=True, check=False)
    assert (bad.returncode, bad.stdout, bad.stderr.count("\n")) == (1, "", 1)
