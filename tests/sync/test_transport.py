"""The line to HQ against everything that is not HQ."""

from __future__ import annotations

import itertools
import json
import socket
import ssl
import subprocess
import time
import tracemalloc
from pathlib import Path

import pytest
import zstandard

from posclient.errors import InputError, LinkError
from sync.addresses import checked_url
from sync.protocol import PushRequest
from sync.transport import HttpHq, Patience
from tests.sync.odd_server import Script, http, odd_server

CALM = Patience(connect=10.0, read=10.0, reply=10.0, chunk=10.0)
HASTY = Patience(connect=1.0, read=0.5, reply=1.0, chunk=1.0)
FEEDS = {"feeds": [], "time": "2026-01-01T00:00:00+00:00"}


def refusal(script: Script, tls: ssl.SSLContext | None = None, patience: Patience = CALM) -> LinkError:
    """The error that ``feeds`` ends with."""
    with odd_server(script, tls) as url:
        hq = HttpHq(url, None, patience)
        try:
            with pytest.raises(LinkError) as caught:
                hq.feeds()
        finally:
            hq.close()
    return caught.value


def good(body: object = FEEDS) -> bytes:
    return http("200 OK", json.dumps(body).encode())


def test_a_good_reply_is_read() -> None:
    with odd_server([good()]) as url:
        hq = HttpHq(url, None, CALM)
        assert hq.feeds().feeds == []
        hq.close()


def test_captive_portal() -> None:
    """T-21, S-10: 200 with HTML is not HQ."""
    error = refusal([http("200 OK", b"<html>Welcome to our WiFi</html>", "text/html")])
    assert error.code == "not_hq"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_redirect_is_not_followed(status: str) -> None:
    """S-10: a redirect to http or another host is not followed, whoever waits there."""
    with odd_server([good()]) as elsewhere:
        assert refusal([http(status, b"", Location=elsewhere + "/v1/feeds")]).code == "not_hq"


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (http("500 Oops", b"trace", "text/plain"), "server"),
        (http("502 Bad Gateway", b"<html>", "text/html"), "server"),
        (http("500 Oops", b'{"error": "bug"}'), "server"),
        (http("500 Oops", b"{"), "server"),
        (http("503 Busy", b"<html>", "text/html"), "retry_after"),
        (http("429 Slow down", b'{"error": "retry_after"}'), "retry_after"),
        (http("401 No", b'{"error": "unauthorized"}'), "unauthorized"),
        (http("403 No", b'{"error": "revoked"}'), "revoked_unproved"),
        (http("410 Gone", b'{"error": "snapshot_required"}'), "snapshot_required"),
        (http("426 Upgrade", b'{"error": "upgrade_required"}'), "upgrade_required"),
        (http("403 No", b'{"error": "bad_code"}'), "bad_code"),
        (http("422 No", b'{"error": "something_new"}'), "bad_request"),
        (http("404 Not here", b"<html>", "text/html"), "not_hq"),
        (http("404 Not here", b'{"detail": "Not Found"}'), "not_hq"),
        (http("409 Gap", b'{"error": "gap", "detail": {"expected": "2"}}'), "not_hq"),
        (http("409 Gap", b'{"error": "gap", "detail": {"expected": 0}}'), "not_hq"),
    ],
)
def test_what_hq_says_no_with(reply: bytes, code: str) -> None:
    """T-21: 5xx, and each refusal of the protocol, has its own code."""
    assert refusal([reply]).code == code


def test_gap_names_the_seq_that_hq_expects() -> None:
    error = refusal([http("409 Gap", b'{"error": "gap", "detail": {"expected": 7}}')])
    assert (error.code, error.params["expected"]) == ("gap", 7)


@pytest.mark.parametrize(
    ("asked", "seconds"), [("17", 17), ("999999", 300), ("Wed, 21 Oct 2026 07:28:00 GMT", 30), ("-5", 30), ("²", 30)]
)
def test_retry_after_is_read_within_reason(asked: str, seconds: int) -> None:
    script = [http("503 Busy", b"{}", Retry_After=asked).decode().encode("latin-1", "ignore")]
    assert refusal(script).params["seconds"] == seconds


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"feeds": {}, "time": "t"}',
        b'{"feeds": [], "time": 7}',
        b'{"feeds": [], "feeds": [], "time": "t"}',
        b'{"feeds": [{"name": "g", "epoch": "e", "head": 1.0, "count": 1, "checksum": 1}], "time": "t"}',
        b'{"feeds": [{"name": "g", "epoch": "e", "head": NaN, "count": 1, "checksum": 1}], "time": "t"}',
        b'{"feeds": [{"name": "g", "epoch": "e", "head": "1", "count": 1, "checksum": 1}], "time": "t"}',
        b'{"feeds": [], "time": "\xff"}',
        b'{"feeds": ' + b"[" * 100_000 + b"]" * 100_000 + b', "time": "t"}',
        b"9" * 10_000,
    ],
)
def test_json_that_is_not_ours(body: bytes) -> None:
    """S-10: wrong types, doubled keys, 10^5 nested lists, numbers that are none."""
    assert refusal([http("200 OK", body)]).code == "not_hq"


def test_truncated_body() -> None:
    """S-10: the connection ends before the announced length."""
    error = refusal([good()[:-5]])
    assert (error.code, error.params["why"]) == ("unreachable", "cut")


def test_reply_without_end_is_cut_in_bounded_memory() -> None:
    """S-10: a stream of gigabytes is left after the bound, and never held in memory."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    block = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    tracemalloc.start()
    error = refusal(itertools.chain([head], itertools.repeat(block, 2000)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert error.code in {"not_hq", "timeout"}
    assert peak < 40 * 1024 * 1024


def test_zstd_bomb() -> None:
    """S-10: some kilobytes that unpack to a gigabyte are refused, in bounded memory."""
    packer = zstandard.ZstdCompressor().compressobj()
    zeros = b" " * (1 << 20)
    bomb = b"".join([packer.compress(zeros) for _ in range(1024)] + [packer.flush()])
    assert len(bomb) < 200_000
    tracemalloc.start()
    error = refusal([http("200 OK", bomb, Content_Encoding="zstd")])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (error.code, error.params["why"]) == ("not_hq", "too_long")
    assert peak < 64 * 1024 * 1024


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_content_coding_that_is_broken_or_was_not_asked_for(coding: str) -> None:
    """S-10: truncated gzip and the like."""
    assert refusal([http("200 OK", b"\x1f\x8b\x08\x00\x00", Content_Encoding=coding)]).code == "not_hq"


def test_packed_reply_is_unpacked() -> None:
    packed = zstandard.ZstdCompressor().compress(json.dumps(FEEDS).encode())
    with odd_server([http("200 OK", packed, Content_Encoding="zstd")]) as url:
        hq = HttpHq(url, None, CALM)
        assert hq.feeds().time == FEEDS["time"]
        hq.close()


@pytest.mark.parametrize("part", ["headers", "body"])
def test_slow_loris(part: str) -> None:
    """S-10: a byte now and then keeps every read alive; the reply as a whole is bounded."""
    reply = good()
    start = 0 if part == "headers" else len(reply) - 20
    drip: list[bytes | float] = [step for at in range(start, len(reply)) for step in (reply[at : at + 1], 0.3)]
    began = time.monotonic()
    error = refusal([reply[:start], *drip], patience=HASTY)
    assert error.code == "timeout"
    assert time.monotonic() - began < 5  # of 25


def test_no_answer_in_time() -> None:
    """T-21: HQ that takes 30 s counts as offline, and soon."""
    assert refusal([0.9, good()], patience=HASTY).code == "timeout"


def test_nobody_there() -> None:
    """T-21: LAN up, nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    hq = HttpHq(f"http://127.0.0.1:{port}", None, CALM)
    with pytest.raises(LinkError) as caught:
        hq.feeds()
    hq.close()
    assert (caught.value.code, caught.value.params["why"]) == ("unreachable", "connect")


def test_name_that_nobody_knows() -> None:
    """T-21: DNS fails."""
    hq = HttpHq("http://hq.invalid", None, CALM)
    with pytest.raises(LinkError) as caught:
        hq.feeds()
    hq.close()
    assert (caught.value.code, caught.value.params["why"]) == ("unreachable", "dns")


def test_certificate_that_no_root_vouches_for(tmp_path: Path) -> None:
    """T-21, S-13: a self-signed certificate is refused."""
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-days", "1"]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    error = refusal([good()], tls)
    assert (error.code, error.params["why"]) == ("unreachable", "tls")


def test_something_that_does_not_speak_http() -> None:
    assert refusal([b"SSH-2.0-OpenSSH_9.2\r\n"]).code == "unreachable"


def test_chunk_comes_as_zstd_or_not_at_all() -> None:
    for media_type, expected in [("application/zstd", None), ("text/html", "not_hq")]:
        with odd_server([http("200 OK", b"\x28\xb5\x2f\xfd", media_type)]) as url:
            hq = HttpHq(url, None, CALM)
            if expected:
                with pytest.raises(LinkError, match=expected):
                    hq.chunk("snap", 0)
            else:
                assert hq.chunk("snap", 0) == b"\x28\xb5\x2f\xfd"
            hq.close()


def test_other_calls_meet_the_same_checks() -> None:
    with odd_server([http("200 OK", b"{}")]) as url:
        hq = HttpHq(url, None, CALM)
        for call in (
            lambda: hq.push(PushRequest(facts=[])),
            lambda: hq.page("store:S001", "e", 0, 500),
            lambda: hq.manifest("global"),
            hq.health,
        ):
            with pytest.raises(LinkError, match="not_hq"):
                call()
        hq.close()


@pytest.mark.parametrize("url", ["", "hq.example", "ftp://hq", "http://", "http://hq:x", "http://hq:0", "http://h?q=1"])
def test_address_that_is_none(url: str) -> None:
    with pytest.raises(InputError, match="bad_url"):
        checked_url(url)
