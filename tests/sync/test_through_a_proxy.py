"""A proxy between till and HQ takes no bound away: a reply ends in time, and the till can hang up."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from posclient.errors import LinkError
from sync.transport import HttpHq, Patience
from tests.sync.odd_server import Script, http, odd_server

FEEDS = {"feeds": [], "time": "2026-01-01T00:00:00+00:00"}
CALM = Patience(connect=10.0, read=10.0, reply=10.0, chunk=10.0)
HASTY = Patience(connect=2.0, read=1.0, reply=1.5, chunk=1.5)


def _piped(source: socket.socket, sink: socket.socket) -> None:
    try:
        while piece := source.recv(65536):
            sink.sendall(piece)
    except OSError:
        pass
    finally:
        for one in (source, sink):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


@contextmanager
def proxy_to(port: int) -> Iterator[str]:
    """A proxy that connects whoever asks to ``port`` of this machine, whatever name they ask for."""

    def serve(line: socket.socket) -> None:
        with line, socket.create_connection(("127.0.0.1", port)) as there:
            asked = b""
            while b"\r\n\r\n" not in asked:
                asked += line.recv(65536)
            if asked.startswith(b"CONNECT "):
                line.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                there.sendall(asked)
            back = threading.Thread(target=_piped, args=(there, line), daemon=True)
            back.start()
            _piped(line, there)
            back.join()

    def listen() -> None:
        while True:
            try:
                line, _address = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(line,), daemon=True).start()

    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=listen, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ssl.SSLContext]:
    """Of hq.example, by a root that this computer knows."""
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=hq.example", "-days", "1"]
    more = ["-addext", "subjectAltName=DNS:hq.example", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command, *more], check=True, capture_output=True)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate, key)
    before = os.environ.get("SSL_CERT_FILE")
    os.environ["SSL_CERT_FILE"] = str(certificate)
    yield made
    os.environ.pop("SSL_CERT_FILE")
    if before is not None:
        os.environ["SSL_CERT_FILE"] = before


@contextmanager
def behind_a_proxy(
    monkeypatch: pytest.MonkeyPatch, script: Script, tls: ssl.SSLContext, patience: Patience
) -> Iterator[HttpHq]:
    with odd_server(script, tls) as url, proxy_to(int(url.rpartition(":")[2])) as proxy:
        monkeypatch.setenv("https_proxy", proxy)
        with HttpHq("https://hq.example", None, patience) as hq:
            yield hq


def test_hq_is_reached_through_a_proxy(monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext) -> None:
    with behind_a_proxy(monkeypatch, [http("200 OK", json.dumps(FEEDS).encode())], tls, CALM) as hq:
        assert hq.feeds().time == FEEDS["time"]


def test_slow_loris_through_a_proxy(monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext) -> None:
    """S-10: the reply as a whole is bounded there too."""
    reply = http("200 OK", json.dumps(FEEDS).encode())
    drip: list[bytes | float] = [
        step for at in range(len(reply) - 40, len(reply)) for step in (reply[at : at + 1], 0.3)
    ]
    began = time.monotonic()
    with behind_a_proxy(monkeypatch, [reply[:-40], *drip], tls, HASTY) as hq, pytest.raises(LinkError) as caught:
        hq.feeds()
    assert caught.value.code == "timeout"
    assert time.monotonic() - began < 6  # of 12


def test_news_through_a_proxy_end_as_the_till_hangs_up(monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext) -> None:
    """The program's end waits for nobody's next word."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    with behind_a_proxy(monkeypatch, [head + b": here\n\n", 8.0], tls, CALM) as hq:
        news = hq.news()
        assert next(news) is None
        threading.Timer(0.2, hq.hang_up).start()
        began = time.monotonic()
        with suppress(LinkError):  # or it just ends
            assert next(news, None) is None
        assert time.monotonic() - began < 4
