"""Enrolment, push and pull through a real uvicorn."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import httpx
from nacl.signing import SigningKey

from posclient.domain.facts import chain_start, make_fact
from sync.protocol import EnrolReply, FeedsReply, Page, PushReply

if TYPE_CHECKING:
    from tests.sync.conftest import HqServer


def signed(key: SigningKey, message: str) -> str:
    return base64.b64encode(key.sign(message.encode()).signature).decode()


def test_enrol_push_and_pull(hq_server: HqServer) -> None:
    """As somebody else's till would do it: keys, bytes and headers by hand (docs/protocol.md)."""
    key, code = SigningKey.generate(), hq_server.code()
    with httpx.Client(base_url=hq_server.url) as client:
        public, proof = base64.b64encode(bytes(key.verify_key)).decode(), signed(key, f"posclient-enrol-v2\ni1\n{code}")
        enrol = {"code": code, "incarnation": "i1", "protocol": 2, "version": "0.1", "key": public, "proof": proof}
        reply = client.post("/v1/enrol", json=enrol)
        assert reply.status_code == 200, reply.text
        me = EnrolReply.model_validate_json(reply.text)
        asked = client.post("/v1/challenge", json={"protocol": 2, "terminal": me.terminal}).json()["challenge"]
        proof = signed(key, f"posclient-session-v2\n{me.hq}\n{me.terminal}\n{asked}\nn1")
        wanted = {"protocol": 2, "terminal": me.terminal, "challenge": asked, "nonce": "n1", "signature": proof}
        client.headers["Authorization"] = f"Bearer {client.post('/v1/session', json=wanted).json()['token']}"
        fact = make_fact(
            chain_start(me.terminal, "i1"), me.terminal, "i1", 1, "f1", "RuleSkipped", {"rule": "P", "rule_kind": "x"}
        )
        sent = {
            "terminal": fact.terminal, "incarnation": "i1", "seq": 1, "id": "f1", "kind": fact.kind, "kind_version": 1,
            "body": fact.body.decode(), "hash": fact.hash.hex(),
        }  # fmt: skip
        for expected in ("applied", "duplicate"):
            body = json.dumps({"protocol": 2, "facts": [sent], "sides": []})
            headers = {"Posclient-Signature": signed(key, f"posclient-push-v2\n{me.terminal}\n{body}")}
            pushed = client.post("/v1/push", content=body, headers=headers)
            assert pushed.status_code == 200, pushed.text
            assert PushReply.model_validate_json(pushed.text).outcomes[0].outcome == expected
        heads = FeedsReply.model_validate_json(client.get("/v1/feeds").text).feeds
        assert [head.name for head in heads] == me.feeds
        head = heads[0]
        page = client.get("/v1/feeds/global", params={"epoch": head.epoch, "after": 0, "limit": 500})
        assert [row.t for row in Page.model_validate_json(page.text).rows] == ["store"]
        assert client.get("/v1/feeds/global/snapshot").json()["count"] == 1
        assert client.get("/openapi.json").json()["components"]["schemas"]["FactMessage"]
