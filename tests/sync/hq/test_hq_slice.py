"""Enrolment, push and pull through a real uvicorn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from posclient.domain.facts import chain_start, make_fact
from sync.protocol import EnrolReply, FeedsReply, Page, PushReply

if TYPE_CHECKING:
    from tests.sync.conftest import HqServer


def test_enrol_push_and_pull(hq_server: HqServer) -> None:
    enrol = {"code": hq_server.code(), "incarnation": "i1", "protocol": 1, "version": "0.1"}
    with httpx.Client(base_url=hq_server.url) as client:
        reply = client.post("/v1/enrol", json=enrol)
        assert reply.status_code == 200, reply.text
        me = EnrolReply.model_validate_json(reply.text)
        client.headers["Authorization"] = f"Bearer {me.token}"
        fact = make_fact(
            chain_start(me.terminal, "i1"), me.terminal, "i1", 1, "f1", "RuleSkipped", {"rule": "P", "rule_kind": "x"}
        )
        sent = {
            "terminal": fact.terminal, "incarnation": "i1", "seq": 1, "id": "f1", "kind": fact.kind, "kind_version": 1,
            "body": fact.body.decode(), "hash": fact.hash.hex(),
        }  # fmt: skip
        for expected in ("applied", "duplicate"):
            pushed = client.post("/v1/push", json={"protocol": 1, "facts": [sent], "sides": []})
            assert pushed.status_code == 200, pushed.text
            assert PushReply.model_validate_json(pushed.text).outcomes[0].outcome == expected
        heads = FeedsReply.model_validate_json(client.get("/v1/feeds").text).feeds
        assert [head.name for head in heads] == me.feeds
        head = heads[0]
        page = client.get("/v1/feeds/global", params={"epoch": head.epoch, "after": 0, "limit": 500})
        assert [row.t for row in Page.model_validate_json(page.text).rows] == ["store"]
        assert client.get("/v1/feeds/global/snapshot").json()["count"] == 1
        assert client.get("/openapi.json").json()["components"]["schemas"]["FactMessage"]
