"""Rules of health, enrolment and who may ask what."""

from __future__ import annotations

import base64
from datetime import datetime

from sync.conformance.ground import VERSION, Ground, new_id
from sync.conformance.rules import SkippedError, must, refused, rule
from sync.proofs import enrol_request
from sync.protocol import ChallengeReply, ChallengeRequest, CodeRequest, SessionRequest
from sync.replies import message, parsed
from sync.signing import ENROLLED, SESSION, is_signed, new_seed, public_key, sign
from sync.transport import HttpHq

#: Calls that an HQ need not know, and what nobody has a right to ask of them; of the administration too.
_OPTIONAL = (
    ("POST", "/v1/hold", b'{"coupons":["none"]}'), ("POST", "/v1/visit", b'{"code":"none"}'), ("GET", "/v1/news", b""),
    ("GET", "/v1/snapshots/none/0", b""), ("GET", "/v1/feeds/global/signed?epoch=x&after=0", b""),
    ("POST", "/v1/forward/none", b"{}"), ("GET", "/v1/forward/none/time?nonce=1", b""),
)  # fmt: skip
_ADMINISTRATION = (
    ("/v1/admin/hubs", b'{"store":"none","terminal":null,"address":""}'),
    ("/v1/admin/revocations", b'{"terminal":"none"}'), ("/v1/admin/erasures", b'{"member":"none"}'),
)  # fmt: skip


@rule("health", "GET /v1/health answers without a token: hq, version and the time with its offset")
def _health(ground: Ground) -> None:
    found = ground.stranger.health()
    must(isinstance(found.get("hq"), str) and found["hq"], "no id of HQ")
    must(isinstance(found.get("version"), str), "no version")
    must(datetime.fromisoformat(str(found.get("time"))).tzinfo is not None, "a time without an offset")


@rule(
    "enrol.reply",
    "A code gives the store and slot that it was made for, and feeds of four kinds; HQ signs whose key it was",
)
def _enrol(ground: Ground) -> None:
    till = ground.enrol(41)
    me, key = till.me, base64.b64encode(public_key(till.signer.seed)).decode()
    proved = is_signed(till.signer.hq_key, me.signature, ENROLLED, till.incarnation, me.terminal, key)
    must(proved, "no signature of HQ's over incarnation, terminal and the till's key: no till would take it")
    must(me.index_key == ground.enrol().me.index_key, "another phone index key for another till of the same chain")
    must((me.store, me.slot) == (ground.store, 41), f"gave {me.store} slot {me.slot}")
    kinds = {feed.partition(":")[0] for feed in me.feeds}
    must(kinds == {"global", "zone", "store", "terminal"}, f"feeds {sorted(kinds)}")
    must({f"store:{me.store}", f"terminal:{me.terminal}"} <= set(me.feeds), "not its own store and terminal")
    must(datetime.fromisoformat(me.time).tzinfo is not None, "a time without an offset")


@rule("enrol.once", "A code is good once, and another's guess is refused: bad_code")
def _once(ground: Ground) -> None:
    code = ground.code(42)
    ground.stranger.enrol(enrol_request(code, new_id(), VERSION, new_seed()))
    again = enrol_request(code, new_id(), VERSION, new_seed())
    refused(lambda: ground.stranger.enrol(again), "bad_code")
    wrong = enrol_request("0000000000", new_id(), VERSION, new_seed())
    refused(lambda: ground.stranger.enrol(wrong), "bad_code")


@rule("enrol.proof", "Whoever brings a key that they cannot sign with gets no place for it; the code is still good")
def _proof(ground: Ground) -> None:
    code, incarnation, seed = ground.code(45), new_id(), new_seed()
    mine, other = (enrol_request(code, incarnation, VERSION, one) for one in (seed, new_seed()))
    stolen = mine.model_copy(update={"proof": other.proof})
    refused(lambda: ground.stranger.enrol(stolen), "bad_request", "unauthorized", "bad_code")
    ground.stranger.enrol(mine)


@rule("enrol.anew", "A slot enrolled anew: its old key ends, its receipts go on after HQ's last, its facts begin at 1")
def _anew(ground: Ground) -> None:
    old = ground.enrol(43)
    must(old.outcomes(old.sale(), old.sale()) == ["applied"] * 2, "did not apply two sales")
    new = ground.enrol(43)
    must(new.me.terminal == old.me.terminal, "another terminal for the same slot")
    must(new.me.next_receipt_seq == old.me.next_receipt_seq + 2, f"next receipt {new.me.next_receipt_seq}")
    refused(old.line.feeds, "unauthorized", "revoked")
    must(new.line.feeds().received_seq in {None, 0}, "received_seq with the feeds is that of the incarnation before")
    for feed in (f"terminal:{new.me.terminal}", f"store:{new.me.store}"):
        for said in (new.state(feed)[1], new.line.manifest(feed).applied_seq):
            must(said == 0, f"{feed}: applied_seq {said} of a till that has made nothing yet")


@rule("enrol.earlier_facts", "After that, the facts that its earlier incarnation had left unsent are still taken")
def _earlier(ground: Ground) -> None:
    old = ground.enrol(44)
    left = old.sale()
    new = ground.enrol(44)
    must(new.outcomes(left) == ["applied"], "did not apply it")
    must(new.outcomes(new.sale()) == ["applied"], "did not go on with the new incarnation")


@rule("session.challenge", "A challenge opens one session, for the till whose key signed it; else it is unauthorized")
def _challenge(ground: Ground) -> None:
    till, other = ground.enrol(), ground.enrol()
    asked = ChallengeRequest(terminal=till.me.terminal).model_dump_json().encode()
    given = message(ChallengeReply, ground.stranger.raw("POST", "/v1/challenge", asked)).challenge
    for signer, nonce, status in ((other.signer, "0", 401), (till.signer, "1", 200), (till.signer, "2", 401)):
        proof = sign(signer.seed, SESSION, till.me.hq, till.me.terminal, given, nonce)
        wanted = SessionRequest(terminal=till.me.terminal, challenge=given, nonce=nonce, signature=proof)
        found = ground.stranger.raw("POST", "/v1/session", wanted.model_dump_json().encode()).status
        must(found == status, f"status {found}, not {status}, with the key of {signer.terminal}")


@rule(
    "session.unseal",
    "What a session brings to open personal data with is this till's alone, and each time the same",
)
def _unseal(ground: Ground) -> None:
    till, other = ground.enrol(), ground.enrol()
    given = till.line.unseal()  # refuses what is not signed, or not sealed to this till
    if given is None:
        raise SkippedError("HQ gives none")
    with HttpHq(ground.url, till.signer) as again:
        must(again.unseal() == given, "another one in the next session: a till that was sealed would stay so")
    must(given.index_key == base64.b64decode(till.me.index_key), "another phone index key than at enrolment")
    theirs = other.line.unseal()
    must(theirs is not None and theirs.key != given.key, "the same key for two tills")
    must(theirs is not None and theirs.index_key == given.index_key, "another phone index key for the same chain")


@rule(
    "session.revoked",
    "A till whose place is taken away pulls nothing, and HQ proves that to it; what it signed is kept aside",
)
def _revoked(ground: Ground) -> None:
    till, other = ground.enrol(), ground.enrol()
    till.line.feeds()
    ground.revoke(till.me.terminal)
    pulls = (till.line.feeds, lambda: till.line.page("global", "x", 0, 1), lambda: till.line.manifest("global"))
    for pull in pulls:
        refused(pull, "revoked")  # unproved it is another code
    with HttpHq(ground.url, till.signer) as again:
        refused(again.feeds, "revoked")
        must(again.unseal() is None, "it is still given what opens personal data")
    said = till.outcome(till.sale())
    must((said.outcome, said.code) == ("quarantined", "revoked"), f"its sale was {said.outcome}, code {said.code}")
    other.line.feeds()


@rule(
    "token.needed",
    "Without a session's token, or with a wrong one, everything but getting one is 401; the administration has its own",
)
def _token(ground: Ground) -> None:
    till = ground.enrol()
    with HttpHq(ground.url, "nobody") as nobody:
        for line in (ground.stranger, nobody):
            for path in ("/v1/feeds", "/v1/feeds/global?epoch=x&after=0", "/v1/feeds/global/snapshot"):
                must(line.raw("GET", path).status == 401, f"GET {path.partition('?')[0]} without a right")
            must(line.raw("POST", "/v1/push", b"{}").status == 401, "POST /v1/push without a right")
            for method, path, asked in _OPTIONAL:
                status = line.raw(method, path, asked).status
                must(status in {401, 404}, f"{method} {path.partition('?')[0]} without a right")
        for line in (ground.stranger, nobody, till.line):
            codes = line.raw("POST", "/v1/admin/codes", CodeRequest(store=ground.store).model_dump_json().encode())
            must(codes.status == 401, "POST /v1/admin/codes without a right")
            for path, asked in _ADMINISTRATION:
                must(line.raw("POST", path, asked).status in {401, 404}, f"POST {path} without a right")


@rule("token.own_feeds", "A till reads the feeds of its reply, and no other's")
def _own_feeds(ground: Ground) -> None:
    till, other = ground.enrol(), ground.enrol()
    must({head.name for head in till.line.feeds().feeds} == set(till.me.feeds), "lists other feeds than enrolment said")
    feed = f"terminal:{other.me.terminal}"
    refused(lambda: till.line.page(feed, "x", 0, 1), "unauthorized", "revoked")
    refused(lambda: till.line.manifest(feed), "unauthorized", "revoked")


@rule("token.own_facts", "A till pushes its own facts, and no other's; nothing of such a batch is stored")
def _own_facts(ground: Ground) -> None:
    till, other = ground.enrol(), ground.enrol()
    mine, theirs = till.note(), other.note()
    refused(lambda: till.push(mine, theirs), "unauthorized")
    must(till.outcomes(mine) == ["applied"], "something of the refused batch was stored")


@rule("problem.form", "Every answer that is not 2xx is JSON: error and detail; bad input is 4xx, never 5xx")
def _problem(ground: Ground) -> None:
    till = ground.enrol()
    asked = [
        ("POST", "/v1/push", b"not json", {}), ("POST", "/v1/push", b'{"protocol": 1}', {}),
        ("POST", "/v1/push", b"\x28\xb5\x2f\xfdxx", {"content_encoding": "zstd"}),
        ("POST", "/v1/push", b"{}", {"content_encoding": "br"}),
        ("GET", "/v1/feeds/global?epoch=x&after=-1", b"", {}), ("GET", "/v1/feeds/global?epoch=x&after=zero", b"", {}),
        ("GET", f"/v1/feeds/global?epoch=x&after={2**70}", b"", {}), ("GET", "/v1/nothing", b"", {}),
        ("GET", "/v1/snapshots/none/0", b"", {}),
    ]  # fmt: skip
    for method, path, content, headers in asked:
        reply = till.line.raw(method, path, content, **headers)
        must(400 <= reply.status < 500, f"{method} {path[:40]}: status {reply.status}")
        must(reply.media_type == "application/json", f"{method} {path[:40]}: {reply.media_type or 'no type'}")
        said = parsed(reply.body)
        must(isinstance(said, dict) and isinstance(said.get("error"), str), f"{method} {path[:40]}: no error code")
