"""Who can shut a till out: its HQ, which proves it with the pinned key, and nobody else (S-13, S-21)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest

from posclient.db import contact, members, terminal
from posclient.db.live_cache import LiveCache
from posclient.domain.offline_limits import CASH_ONLY, LOCKED, in_force
from posclient.errors import LinkError
from sync.credentials import secrets_of
from sync.hq.feeds import Change
from sync.hq.server import Server
from sync.hq.service import TerminalApi
from sync.hq.sessions import Sessions
from sync.hq.tables import Terminal
from sync.protocol import SessionReply, SessionRequest
from sync.report import CycleReport
from sync.signing import REVOKED, sign
from sync.transport import HttpHq
from tests.sync.odd_server import http, odd_server
from tests.sync.test_keeping import MEMBER, NAME
from tests.sync.tills import Chain, TillFolder, acts

SAYS_REVOKED = http("403 Forbidden", b'{"error": "revoked", "detail": {}}')


class Online:
    """A till and its HQ over HTTP, with a member in the till's cache."""

    def __init__(self, till: TillFolder, url: str) -> None:
        self.till, self.line = till, HttpHq(url, till.line.signer)

    def cycle(self, line: HttpHq | None = None) -> CycleReport:
        return self.till.cycle(line or self.line)

    def code(self, line: HttpHq | None = None) -> str | None:
        error = self.cycle(line).error
        return error.code if error else None

    @property
    def trouble(self) -> str | None:
        return terminal.read(self.till.con).trouble

    @property
    def is_open(self) -> bool:
        """Are personal data open to the people at the till, and the key in its vault?"""
        with closing(LiveCache(self.till.folder, own=self.till.keeper.own)) as cache:
            (found,) = members.by_last4(cache, self.till.con, "5678")
        return found.name == NAME and secrets_of(self.till.folder, self.till.me).key != b""

    def has_reached(self, step: str) -> bool:
        with closing(LiveCache(self.till.folder)) as cache:
            me, now = terminal.read(self.till.con), self.till.chain.clock.now()
            return in_force(contact.limits_of(me, cache, now), step)


@pytest.fixture
def online(till: TillFolder, chain: Chain) -> Iterator[Online]:
    chain.publish(Change("store:S001", "member", "M1", MEMBER))
    server = Server(chain.hq)
    server.start()
    found = Online(till, server.url)
    assert (found.code(), found.is_open) == (None, True)
    yield found
    found.line.close()
    server.stop()


@pytest.fixture
def pulls_are_revoked(online: Online, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody on the way lets sessions and pushes pass and answers all else by itself."""

    def answer(_api: TerminalApi) -> None:
        raise LinkError("revoked")

    monkeypatch.setattr(TerminalApi, "may_pull", answer)


@pytest.fixture
def on_the_way(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[SessionRequest, SessionReply], Any]], None]:
    """Says what becomes of HQ's answer to a session on its way: ``alter(request, reply)`` gives its new ``revoked``."""
    real = Sessions.open

    def meddle(alter: Callable[[SessionRequest, SessionReply], Any]) -> None:
        def opened(self: Sessions, request: SessionRequest) -> SessionReply:
            reply = real(self, request)
            return reply.model_copy(update={"revoked": alter(request, reply)})

        monkeypatch.setattr(Sessions, "open", opened)

    return meddle


def test_whoever_answers_at_hqs_address_shuts_no_till(online: Online) -> None:
    """S-13, S-21: a captive portal that speaks JSON, or a wrong server, says ``revoked`` to whatever it is asked."""
    online.till.sale()
    with odd_server([SAYS_REVOKED]) as url, HttpHq(url, online.till.line.signer) as line:
        for _ in range(2):
            assert (online.code(line), online.trouble, online.is_open) == ("revoked_unproved", None, True)
    assert (online.code(), online.till.unsent()) == (None, 0)


@pytest.mark.usefixtures("pulls_are_revoked")
def test_a_proxy_in_front_of_hq_shuts_no_till(online: Online) -> None:
    """S-13: it ends TLS, lets HQ's signed sessions pass, and says ``revoked`` by itself."""
    assert (online.code(), online.trouble, online.is_open) == ("revoked_unproved", None, True)


@pytest.mark.usefixtures("pulls_are_revoked")
def test_a_proof_of_another_time_or_till_is_none(
    online: Online, chain: Chain, on_the_way: Callable[[Any], None]
) -> None:
    """S-14: HQ signed it once, for an earlier question, another till, or as something else."""
    me, seed = online.till.me.terminal, chain.hq._keys.sign_seed
    earlier = sign(seed, REVOKED, me, "a nonce of last year")
    for made in (
        lambda _asked, _said: earlier,
        lambda asked, _said: sign(seed, REVOKED, "S001-2", asked.nonce),
        lambda asked, _said: sign(bytes(32), REVOKED, me, asked.nonce),
        lambda _asked, said: said.signature,
        lambda _asked, said: said.unseal_signature,
        lambda _asked, _said: "no base64",
    ):
        on_the_way(made)
        assert (online.code(), online.trouble, online.is_open) == ("not_hq", None, True)


def test_hq_itself_shuts_it_at_once(online: Online, chain: Chain) -> None:
    """S-21: in the session that was open already, and again after a restart; one more session is opened for it."""
    online.till.sale()
    chain.hq.revoke("S001-1")
    token = online.line._session.token
    report = online.cycle()
    assert (report.error and report.error.code, report.trouble, report.outcomes) == (
        "revoked", "revoked", {"quarantined": 1}
    )  # fmt: skip
    assert (online.is_open, online.line._session.token == token) == (False, False)
    token = online.line._session.token
    assert (online.code(), online.line._session.token) == ("revoked", token)
    with HttpHq(str(online.line._client.base_url), online.till.line.signer) as again:
        assert (online.code(again), online.trouble, online.is_open) == ("revoked", "revoked", False)


def test_a_proof_that_is_swallowed_is_as_no_contact(
    online: Online, chain: Chain, on_the_way: Callable[[Any], None]
) -> None:
    """S-21: a thief with a proxy of their own gains what a cut line gives: three days, and nothing opens after them."""
    chain.hq.revoke("S001-1")
    on_the_way(lambda _asked, _said: "")
    assert (online.code(), online.trouble, online.is_open) == ("revoked_unproved", None, True)
    chain.clock.at += timedelta(hours=71)
    assert (online.code(), online.is_open) == ("revoked_unproved", True)
    chain.clock.at += timedelta(hours=2)
    assert (online.code(), online.is_open, online.has_reached(CASH_ONLY)) == ("revoked_unproved", False, False)
    chain.clock.at += timedelta(days=5)
    assert (online.code(), online.has_reached(CASH_ONLY), online.has_reached(LOCKED)) == (
        "revoked_unproved", True, False
    )  # fmt: skip
    chain.clock.at += timedelta(days=23)
    assert (online.code(), online.has_reached(LOCKED), online.is_open) == ("revoked_unproved", True, False)
    on_the_way(lambda _asked, said: said.revoked)
    online.line._session._until = 0.0
    assert (online.code(), online.trouble) == ("revoked", "revoked")


def test_only_hq_opens_it_again(online: Online, chain: Chain, on_the_way: Callable[[Any], None]) -> None:
    """S-21: neither a word without proof nor silence undoes it; HQ's next good answer does, without a download."""
    chain.hq.revoke("S001-1")
    assert (online.code(), online.trouble) == ("revoked", "revoked")
    with odd_server([SAYS_REVOKED]) as url, HttpHq(url, online.till.line.signer) as line:
        assert (online.code(line), online.trouble, online.is_open) == ("revoked_unproved", "revoked", False)
    with chain.database.write() as session:
        session.get_one(Terminal, "S001-1").revoked = False
    online.line._session._until = 0.0  # what opens personal data comes with a session
    report = online.cycle()
    assert (report.error, report.trouble, report.snapshots, online.is_open) == (None, None, (), True)


def test_the_administration_revokes_over_http(online: Online, chain: Chain) -> None:
    """A machine of the chain can do it at night, with its own token; for a till that is none nothing happens."""
    url = str(online.line._client.base_url)
    with HttpHq(url, chain.hq.admin_token()) as desk, HttpHq(url, "guess") as nobody:
        statuses = [
            line.raw("POST", "/v1/admin/revocations", body).status
            for line, body in (
                (nobody, b'{"terminal": "S001-1"}'), (desk, b'{"terminal": "S999-1"}'), (desk, b"{}"),
            )
        ]  # fmt: skip
        assert (statuses, online.code()) == ([401, 400, 400], None)
        assert desk.raw("POST", "/v1/admin/revocations", b'{"terminal": "S001-1"}').status == 204
    assert online.code() == "revoked"
    assert [(act.administrator, act.act, act.subject) for act in acts(chain)] == [
        ("administration", "revoke", "S001-1")
    ]
