"""HTTP at its edges: what is not ours gets one short problem, never a trace."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import httpx
import pytest
import zstandard

from posclient.errors import DataError
from sync.hq.asking import MOST_PACKED
from sync.hq.server import JsonLines
from sync.protocol import MOST_BYTES, PushRequest
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill
from tests.sync.hq.till_at_hq import TillAtHq
from tests.sync.tills import tiers


@pytest.fixture
def client(hq_server: HqServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=hq_server.url) as made:
        yield made


@pytest.fixture
def till(new_till: NewTill, client: httpx.Client) -> TillAtHq:
    """Enrolled; ``client`` is in its session."""
    made = new_till()
    client.headers["Authorization"] = f"Bearer {made.token()}"
    return made


def problem(reply: httpx.Response) -> tuple[int, str]:
    assert reply.headers["content-type"] == "application/json"
    assert set(reply.json()) == {"error", "detail"}
    return reply.status_code, reply.json()["error"]


def test_health_says_who_we_are(client: httpx.Client, hq_server: HqServer) -> None:
    found = client.get("/v1/health").json()
    assert found["hq"] == hq_server.hq.id
    assert set(found) == {"hq", "version", "time"}


def test_the_description_is_whole(client: httpx.Client) -> None:
    found = client.get("/openapi.json").json()
    assert {path for path in found["paths"] if path.startswith("/v1/")} == {
        "/v1/health", "/v1/enrol", "/v1/challenge", "/v1/session", "/v1/push", "/v1/feeds", "/v1/feeds/{feed}",
        "/v1/feeds/{feed}/snapshot", "/v1/snapshots/{snapshot}/{n}", "/v1/news", "/v1/hold", "/v1/visit",
        "/v1/admin/codes", "/v1/admin/hubs", "/v1/admin/revocations", "/v1/admin/erasures",
        "/v1/feeds/{feed}/signed", "/v1/forward/{terminal}", "/v1/forward/{terminal}/time",
    }  # fmt: skip
    text = json.dumps(found)
    schemas = found["components"]["schemas"]
    named = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert named <= set(schemas)
    assert {"PushRequest", "FactMessage", "EnrolReply", "Page", "ProblemReply"} <= named | set(schemas)


@pytest.mark.parametrize("path", ["/", "/v1/nothing", "/v1/feeds/a/b/c"])
def test_an_unknown_path(client: httpx.Client, path: str) -> None:
    assert problem(client.get(path)) == (404, "not_found")


def test_a_method_that_is_not_there(client: httpx.Client) -> None:
    assert problem(client.get("/v1/push")) == (405, "bad_request")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic abc", "Bearer wrong", "Bearer ÿ"])
def test_without_a_token_nothing_is_told(client: httpx.Client, header: str | None) -> None:
    headers = {} if header is None else {b"Authorization": header.encode("latin-1")}
    for path in ("/v1/feeds", "/v1/feeds/global?epoch=x&after=0", "/v1/feeds/global/snapshot", "/v1/snapshots/x/0"):
        assert problem(client.get(path, headers=headers)) == (401, "unauthorized")
    assert problem(client.post("/v1/push", headers=headers, content=b"{}")) == (401, "unauthorized")


@pytest.mark.parametrize(
    "query",
    ["", "epoch=x", "epoch=x&after=-1", "epoch=x&after=a", "epoch=x&after=0&limit=501", "epoch=x&after=" + "9" * 30],
)
def test_a_page_that_cannot_be(client: httpx.Client, till: TillAtHq, query: str) -> None:
    assert problem(client.get(f"/v1/feeds/global?{query}")) == (400, "bad_request")


@pytest.mark.parametrize("n", ["-1", "x", "2147483648", "9" * 30])
def test_a_chunk_that_cannot_be(client: httpx.Client, till: TillAtHq, n: str) -> None:
    """S-10, the other way round: no number is too large for the database."""
    assert problem(client.get(f"/v1/snapshots/none/{n}")) == (400, "bad_request")


@pytest.mark.parametrize(("path", "body"), [("/v1/hold", {"coupons": ["K\0"]}), ("/v1/visit", {"code": "C\0"})])
def test_a_sign_that_no_database_takes(
    client: httpx.Client, till: TillAtHq, path: str, body: dict[str, object]
) -> None:
    assert problem(client.post(path, json=body)) == (400, "bad_request")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"facts": 7}',
        b'{"facts": [{}]}',
        b"\xff\xfe",
        b"[" * 60_000,
        b'{"facts":[],"protocol":"1"}',
    ],
)
def test_a_body_that_is_none_of_ours(client: httpx.Client, till: TillAtHq, body: bytes) -> None:
    assert problem(client.post("/v1/push", content=body, headers=till.signed(body))) == (400, "bad_request")
    for path in ("/v1/challenge", "/v1/session"):
        assert problem(client.post(path, content=body)) == (400, "bad_request")
    assert problem(client.post("/v1/enrol", content=body)) == (400, "bad_request")


def test_more_facts_than_a_batch_may_have(client: httpx.Client, till: TillAtHq) -> None:
    body = json.dumps({"facts": [till.sale().model_dump() for _ in range(501)]}).encode()
    assert problem(client.post("/v1/push", content=body, headers=till.signed(body))) == (400, "bad_request")


def test_bodies_are_bounded_packed_and_unpacked(client: httpx.Client, till: TillAtHq) -> None:
    """S-9: a bomb of 10 GB in 10 KB is stopped after 8 MiB."""
    packed = {"Content-Encoding": "zstd"}
    bomb = zstandard.ZstdCompressor().compress(b" " * (MOST_BYTES + 1))
    assert len(bomb) < 10_000
    assert problem(client.post("/v1/push", content=bomb, headers=packed)) == (413, "too_large")
    assert problem(client.post("/v1/push", content=b"x" * (MOST_PACKED + 1), headers=packed)) == (413, "too_large")
    assert problem(client.post("/v1/push", content=b" " * (MOST_BYTES + 1))) == (413, "too_large")
    assert problem(client.post("/v1/enrol", content=b" " * 100_000)) == (413, "too_large")
    assert problem(client.post("/v1/push", content=b"junk", headers=packed)) == (400, "bad_request")
    assert problem(client.post("/v1/push", content=b"x", headers={"Content-Encoding": "br"})) == (400, "bad_request")


def test_the_largest_batch_passes(client: httpx.Client, till: TillAtHq) -> None:
    request = PushRequest(facts=[till.sale() for _ in range(500)])
    assert {one.outcome for one in till.api.push(request).outcomes} == {"applied"}


def test_until_when_a_till_says_that_it_has_sent_all(client: httpx.Client, till: TillAtHq) -> None:
    assert till.api.feeds(till.api.feeds().time).feeds
    for odd in ("noon", "9" * 65):
        assert problem(client.get("/v1/feeds", params={"sent_until": odd})) == (400, "bad_request")


def test_pages_are_packed_for_who_takes_them(client: httpx.Client, till: TillAtHq, hq_server: HqServer) -> None:
    """But for short ones, where it saves nothing."""
    epoch = till.api.feeds().feeds[0].epoch
    short = client.get(f"/v1/feeds/global?epoch={epoch}&after=0", headers={"Accept-Encoding": "zstd"})
    assert "content-encoding" not in short.headers
    hq_server.publish(*tiers(range(100)))
    packed = client.get(f"/v1/feeds/global?epoch={epoch}&after=0", headers={"Accept-Encoding": "zstd"})
    plain = client.get(f"/v1/feeds/global?epoch={epoch}&after=0", headers={"Accept-Encoding": "identity"})
    assert (packed.headers["content-encoding"], "content-encoding" in plain.headers) == ("zstd", False)
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 4
    assert {**packed.json(), "time": ""} == {**plain.json(), "time": ""}
    assert len(plain.json()["rows"]) > 100


def test_a_database_that_is_away_asks_tills_to_come_again(
    client: httpx.Client, hq_server: HqServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """protocol.md, push: ``retry_after`` is for the whole batch; the till keeps its facts."""

    def away(_token: str) -> None:
        raise DataError("database_unusable", reason="disk full")

    monkeypatch.setattr(hq_server.hq, "terminal", away)
    reply = client.get("/v1/feeds", headers={"Authorization": "Bearer x"})
    assert problem(reply) == (503, "retry_after")
    assert reply.headers["retry-after"] == "5"
    assert "disk full" in caplog.text
    caplog.clear()


def test_a_bug_of_ours_is_one_short_problem(hq_server: HqServer, caplog: pytest.LogCaptureFixture) -> None:
    """The till hears ``server`` and comes again; the trace is in HQ's log, not in the answer."""

    def broken(_token: str) -> None:
        raise RuntimeError("our own fault")

    hq_server.hq.terminal = broken  # type: ignore[assignment, method-assign]
    with httpx.Client(base_url=hq_server.url) as client:
        assert problem(client.get("/v1/feeds", headers={"Authorization": "Bearer x"})) == (500, "server")
    traced = [json.loads(JsonLines().format(record)) for record in caplog.records if record.exc_info]
    assert "our own fault" in traced[0]["trace"]
    caplog.clear()


@pytest.fixture
def log_file(caplog: pytest.LogCaptureFixture) -> Iterator[io.StringIO]:
    """HQ's log as ``hq serve`` writes it."""
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(JsonLines())
    with caplog.at_level(logging.INFO, "sync.hq"):
        logging.getLogger("sync.hq").addHandler(handler)
        yield handler.stream
        logging.getLogger("sync.hq").removeHandler(handler)


def test_logs_name_no_person_and_no_token(client: httpx.Client, till: TillAtHq, log_file: io.StringIO) -> None:
    """S-26: one JSON line a request, without query, header or body, and without control characters."""
    till.push(till.sale(cashier="王小明"))
    client.get("/v1/feeds/global?epoch=13912345678&after=0")
    lines = log_file.getvalue().splitlines()
    said = [json.loads(line) for line in lines]
    assert {"method": "POST", "route": "/v1/push", "status": 200, "terminal": "S001-1"}.items() <= said[-2].items()
    assert (said[-3]["say"], said[-3]["request"]) == ("pushed", said[-2]["request"])  # lines of one request
    assert said[-2]["request"] != said[-1]["request"]
    assert 300 < said[-2]["bytes"] < 2000  # packed, as it came
    assert said[-2]["sent"] > 100
    text = "\n".join(lines)
    for secret in (till.api._session.token, "王小明", "13912345678", till.incarnation):
        assert secret not in text
    forged = logging.LogRecord("x", logging.INFO, "", 0, "a\nb\x1b[31m", (), None)
    assert "\n" not in JsonLines().format(forged)
    assert "\x1b" not in JsonLines().format(forged)
