"""An HQ that no till could work with, or that lets in whoever comes, is told so by the examination."""

from __future__ import annotations

import base64
import secrets
from pathlib import Path
from typing import Any

import pytest

from posclient.errors import LinkError
from sync.hq import contacts, receiving
from sync.hq.chain_tables import MemberRow
from sync.hq.effects import EFFECTS, member
from sync.hq.imports.importing import import_folder
from sync.hq.service import Hq, TerminalApi
from sync.hq.sessions import Caller
from sync.hq.work import Work
from tests.sync.conftest import HqServer
from tests.sync.test_conformance import broken, equip

pytestmark = pytest.mark.usefixtures("cheap_codes")


def test_an_hq_that_does_not_sign_an_enrolment(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """S-22: every till refuses such an answer, with its code spent."""
    honest = Hq.enrol

    def unsigned(*asked: Any) -> Any:
        return honest(*asked).model_copy(update={"signature": "x"})

    monkeypatch.setattr(Hq, "enrol", unsigned)
    assert set(broken(hq_server, "enrol.reply")) == {"enrol.reply"}


@pytest.mark.parametrize("call", ["hold", "visit", "chunk", "may_pull"])
def test_an_hq_with_one_call_that_is_open_to_all(
    hq_server: HqServer, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """S-22: it says whose a member's code is, or keeps coupons, for whoever comes."""
    honest, place = Hq.terminal, hq_server.hq.enrolment_code("S001")[0]

    class Anybody:
        id = place

        def __getattr__(self, name: str) -> Any:
            if name != call:
                raise LinkError("unauthorized")
            return getattr(TerminalApi(hq_server.hq, Caller(place, b"", revoked=False), ""), name)

    def terminal(hq: Hq, token: str) -> Any:
        try:
            return honest(hq, token)
        except LinkError:
            return Anybody()

    monkeypatch.setattr(Hq, "terminal", terminal)
    assert set(broken(hq_server, "token.needed")) == {"token.needed"}


def test_an_hq_whose_administration_is_open_to_all(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """S-22: a till, or anybody with any token, gets enrolment codes."""
    monkeypatch.setattr(Hq, "administer", lambda _hq, _token: None)
    assert set(broken(hq_server, "token.needed")) == {"token.needed"}


@pytest.mark.parametrize("said", [{"received_seq": 0, "durable_seq": 0}, {"received_seq": 900}, {"durable_seq": 3}])
def test_an_hq_whose_feeds_say_another_place(
    hq_server: HqServer, monkeypatch: pytest.MonkeyPatch, said: dict[str, int]
) -> None:
    """A till would send its whole chain again with each cycle, or let go of what no backup has."""
    honest = Hq.feeds
    monkeypatch.setattr(Hq, "feeds", lambda *asked: honest(*asked).model_copy(update=said))
    assert set(broken(hq_server, "push.applied")) == {"push.applied"}


def test_an_hq_that_gives_each_till_a_phone_index_key_of_its_own(
    hq_server: HqServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One phone in two stores would get two newcomer coupons of different ids, and both would count."""
    honest = Hq.enrol

    def its_own(*asked: Any) -> Any:
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        return honest(*asked).model_copy(update={"index_key": key})

    monkeypatch.setattr(Hq, "enrol", its_own)
    names = ("enrol.reply", "session.unseal")
    assert set(broken(hq_server, *names)) == set(names)


def test_an_hq_that_lets_a_till_speak_for_another_store(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """S-14: its stock would move, and its members' points."""
    monkeypatch.setattr(
        receiving, "apply_effect", lambda work, received, said: EFFECTS[type(said)](work, received, said)
    )
    assert set(broken(hq_server, "push.other_store")) == {"push.other_store"}


def test_an_hq_that_books_nothing_under_an_older_id(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The till of that registration names the member by it for good."""
    monkeypatch.setattr(Work, "member", lambda work, key: work.get(MemberRow, key))
    assert "newer id" in broken(hq_server, "push.same_phone")["push.same_phone"]


def test_an_hq_that_makes_two_members_of_one_phone(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(member, "_of_phone", lambda *_asked: None)
    assert "two members" in broken(hq_server, "push.same_phone")["push.same_phone"]


def test_an_hq_whose_leases_are_over_before_they_begin(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A till stops 15 minutes before their end."""
    equip(hq_server)
    monkeypatch.setattr(contacts, "lease_life_ms", lambda *_what: 14 * 60_000)
    assert "before it begins" in broken(hq_server, "lease.signed")["lease.signed"]


def test_a_chain_whose_members_have_no_home_store_breaks_no_rule(hq_server: HqServer, tmp_path: Path) -> None:
    """All of them are in each store's feed, that of the examination's own stores included."""
    rows = (f"C{number:05d},1390{number:07d}" for number in range(2_100))
    (tmp_path / "members.csv").write_text("\n".join(["code,phone", *rows]))
    assert import_folder(hq_server.database, tmp_path, False, print).bad == 0
    assert broken(hq_server, "feed.pages", "feed.head", "push.member", "snapshot") == {}
