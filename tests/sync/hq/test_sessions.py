"""Who a till is, and who HQ is: challenges, tokens, signatures, revocation (S-13, S-14, S-21, S-22)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlmodel import select

from posclient.errors import LinkError, NotFound
from sync.credentials import entry, signer_of, vault
from sync.hq.fact_tables import FactRow, Quarantine
from sync.hq.service import Hq
from sync.hq.sessions import CHALLENGE_SECONDS, SESSION_SECONDS
from sync.hq.statistics import count_all
from sync.proofs import open_session
from sync.protocol import ChallengeRequest, FeedsReply, PushRequest, SessionRequest
from sync.signing import SESSION, Signer, new_seed, public_key, sign
from sync.transport import HttpHq
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill
from tests.sync.hq.till_at_hq import TillAtHq
from tests.sync.tills import Chain, Line, TillFolder
from ui.cli import main


def refused(act: Callable[..., Any], *args: Any) -> str:
    with pytest.raises(LinkError) as caught:
        act(*args)
    return caught.value.code


def me_of(till: TillFolder) -> Signer:
    assert till.line.signer is not None
    return till.line.signer


def answer(hq: Hq, till: TillFolder, **changes: Any) -> SessionRequest:
    """What ``till`` answers to a challenge, then changed."""
    me = me_of(till)
    challenge = hq.challenge(ChallengeRequest(terminal=me.terminal)).challenge
    proof = sign(me.seed, SESSION, me.hq, me.terminal, challenge, "n")
    request = SessionRequest(terminal=me.terminal, challenge=challenge, nonce="n", signature=proof)
    return request.model_copy(update=changes)


def test_a_challenge_opens_one_session(chain: Chain, till: TillFolder) -> None:
    """S-14: who hears a till's answer cannot use it again."""
    request = answer(chain.hq, till)
    assert chain.hq.terminal(chain.hq.open_session(request).token).id == "S001-1"
    assert refused(chain.hq.open_session, request) == "unauthorized"


def test_a_challenge_is_good_for_a_minute(chain: Chain, till: TillFolder) -> None:
    request = answer(chain.hq, till)
    chain.clock.forward(seconds=CHALLENGE_SECONDS + 1)
    assert refused(chain.hq.open_session, request) == "unauthorized"


@pytest.mark.parametrize(
    "changes",
    [
        {"signature": ""}, {"signature": sign(new_seed(), SESSION, "x")}, {"nonce": "other"}, {"nonce": "a\nb"},
        {"challenge": ""}, {"challenge": "9.9.9"}, {"challenge": "99999999999999.ab.cd"}, {"challenge": "²"},
        {"terminal": "S001-2"}, {"terminal": "nobody"},
    ],
)  # fmt: skip
def test_an_answer_that_is_not_this_tills(chain: Chain, till: TillFolder, changes: dict[str, str]) -> None:
    assert refused(chain.hq.open_session, answer(chain.hq, till, **changes)) == "unauthorized"


def test_version_1_is_asked_to_upgrade(chain: Chain, till: TillFolder) -> None:
    assert refused(chain.hq.challenge, ChallengeRequest(terminal="S001-1", protocol=1)) == "upgrade_required"
    assert refused(chain.hq.open_session, answer(chain.hq, till, protocol=1)) == "upgrade_required"


def test_a_session_ends_and_is_opened_anew(chain: Chain, till: TillFolder) -> None:
    assert till.cycle().error is None
    first = till.line.token
    chain.clock.forward(seconds=SESSION_SECONDS + 1)
    assert refused(chain.hq.terminal, first) == "unauthorized"
    till.sale()
    assert (till.cycle().unsent, till.line.token == first) == (0, False)


def test_a_session_that_hq_ended_is_opened_anew_over_http(new_till: NewTill, hq_server: HqServer) -> None:
    till = new_till()
    till.api.feeds()
    first = till.api._session.token
    till.api._session.token = "forgotten"
    assert till.codes(till.sale()) == [("applied", None)]
    assert till.api._session.token not in {"forgotten", first}
    new_till("S001", 1)
    assert refused(till.api.feeds) == "unauthorized"


def test_an_hq_that_is_not_the_pinned_one(chain: Chain, till: TillFolder, new_till: NewTill) -> None:
    """S-13: another HQ behind the same address, whatever its certificate says."""
    other = replace(me_of(till), hq_key=bytes(32))
    assert refused(open_session, other, chain.hq.challenge, chain.hq.open_session) == "not_hq"
    stranger = new_till()
    with HttpHq(stranger.url, replace(stranger.signer, hq_key=public_key(new_seed()))) as line:
        assert refused(line.feeds) == "not_hq"


def test_a_time_that_hq_did_not_sign(new_till: NewTill, monkeypatch: pytest.MonkeyPatch) -> None:
    """S-16: somebody between us and HQ cannot set the till's clock back."""
    till = new_till()
    till.api.feeds()
    real = Hq.feeds

    def meddled(hq: Hq, *asked: str) -> FeedsReply:
        return real(hq, *asked).model_copy(update={"time": "2020-01-01T00:00:00+00:00"})

    monkeypatch.setattr(Hq, "feeds", meddled)
    assert refused(till.api.feeds) == "not_hq"


def post(till: TillAtHq, body: bytes, headers: dict[str, str], token: str) -> int:
    bearer = {"Authorization": f"Bearer {token}"}
    return httpx.post(f"{till.url}/v1/push", content=body, headers=headers | bearer).status_code


def test_a_batch_is_taken_with_the_tills_own_signature_alone(new_till: NewTill, hq_server: HqServer) -> None:
    """S-14: unsigned, altered, signed by another till or an older key of this one: 401, and nothing is stored."""
    till, other = new_till("S001", 1), new_till("S001", 2)
    body = PushRequest(facts=[till.sale()]).model_dump_json().encode()
    token = till.token()
    bad = [{}, other.signed(body), {"Posclient-Signature": "AAAA"}, till.signed(body + b" ")]
    assert [post(till, body, headers, token) for headers in bad] == [401] * 4
    assert post(till, body, till.signed(body), other.token()) == 401
    assert count_all(hq_server.database)["sales"] == 0
    assert {post(till, body, till.signed(body), token) for _ in range(20)} == {200}
    assert count_all(hq_server.database)["sales"] == 1
    again = new_till("S001", 1)
    assert post(again, body, till.signed(body), token) == 401
    assert post(again, body, till.signed(body), again.token()) == 401


def test_a_revoked_till(new_till: NewTill, hq_server: HqServer, capsys: pytest.CaptureFixture[str]) -> None:
    """S-21, S-14: no pull; what it signed is kept aside, none of it counts; a new code gives the place back."""
    till = new_till()
    before = till.sale()
    till.push(before)
    url = str(hq_server.database._engine.url)
    assert main(["hq", "revoke", "--db", url, till.me.terminal]) == 0
    assert main(["hq", "revoke", "--db", url, "S999-1"]) == 2
    assert "S999-1" in capsys.readouterr().err
    late = till.sale()
    assert till.codes(before, late) == [("duplicate", None), ("quarantined", "revoked")]
    for pull in (
        till.api.feeds,
        lambda: till.api.page("global", "x", 0, 1),
        lambda: till.api.manifest("global"),
        lambda: till.api.chunk("x", 0),
    ):
        assert refused(pull) == "revoked"
    with hq_server.database.read() as session:
        assert [one.fact for one in session.exec(select(Quarantine))] == [late.id]
        assert session.get_one(FactRow, late.id).body == late.body.encode()
    assert count_all(hq_server.database)["sales"] == 1
    again = new_till("S001", 1)
    assert again.codes(again.sale()) == [("applied", None)]
    assert again.api.feeds().feeds


def test_a_revoked_till_says_why_and_goes_on_selling(till: TillFolder, chain: Chain) -> None:
    """S-21: its facts go to HQ all the same, its status says what to do, and a new code mends it."""
    chain.hq.revoke("S001-1")
    till.sale()
    report = till.cycle()
    assert report.error is not None
    assert (report.error.code, report.trouble, report.unsent) == ("revoked", "revoked", 0)
    till.sale()
    till.close()
    till.enrol(chain.code("S001", 1))
    till.sale()
    report = till.cycle()
    assert (report.error, report.trouble, report.outcomes) == (None, None, {"applied": 1})


def test_a_till_whose_key_was_swapped_on_the_way(chain: Chain, till: TillFolder) -> None:
    """S-22: HQ signs which key it took; a till that reads of another one stays out."""

    def meddle(call: str, go: Callable[[], Any]) -> Any:
        reply = go()
        return reply.model_copy(update={"signature": sign(new_seed(), "x")}) if call == "enrol" else reply

    def dial(url: str, signer: Signer | None) -> Line:
        line = chain.dial(url, signer)
        line.meddle = meddle
        return line

    till.close()
    with pytest.raises(LinkError, match="not_hq"):
        till.enrol(chain.code("S001", 1), dial)


def test_an_hq_of_the_same_name_with_another_key(chain: Chain, till: TillFolder) -> None:
    """S-13, S-22: the pin holds over enrolments."""
    till.con.execute("UPDATE terminal SET hq_key = x'0000'")
    till.close()
    with pytest.raises(LinkError, match="not_hq"):
        till.enrol(chain.code("S001", 1))


def test_no_such_terminal(chain: Chain) -> None:
    with pytest.raises(NotFound, match="unknown_terminal"):
        chain.hq.revoke("nobody")


def test_a_till_from_before_there_were_keys_loses_nothing(till: TillFolder, chain: Chain) -> None:
    """A folder of protocol version 1 says that it is to be enrolled, and its facts go under the new key."""
    fact = till.note()
    till.con.execute("UPDATE terminal SET hq_key = x''")
    place, name = vault("file", till.folder), entry(till.me.hq, till.me.terminal)
    place.save(name, replace(place.load(name), seed=b""))
    assert refused(signer_of, till.folder, till.me) == "no_credentials"
    till.close()
    till.enrol(chain.code("S001", 1))
    assert till.cycle().unsent == 0
    with chain.database.read() as session:
        assert session.get(FactRow, fact) is not None
