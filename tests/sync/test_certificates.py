"""Whose certificates a till believes (S-13), over a real TLS server by a root that this computer trusts."""

from __future__ import annotations

import json
import ssl
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from posclient.errors import LinkError
from sync.transport import HttpHq, Patience
from tests.sync.odd_server import http, odd_server

CALM = Patience(connect=10.0, read=10.0, reply=10.0, chunk=10.0)
REPLY = http("200 OK", json.dumps({"feeds": [], "time": "2026-01-01T00:00:00+00:00"}).encode())
#: `openssl ca` dates a certificate as it likes; `openssl x509` of Debian 12 begins with now.
CONFIG = """
[ca]
default_ca = own
[own]
database = {folder}/index
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = names
[names]
commonName = supplied
[req]
distinguished_name = names_asked
[names_asked]
[root]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[server]
subjectAltName = {host}
authorityKeyIdentifier = keyid
"""
NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
DAY = timedelta(days=1)

Serving = Callable[[str, timedelta, timedelta], ssl.SSLContext]


@pytest.fixture
def serving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Serving:
    """Makes TLS for a host, from and until so far from now, by a root that this computer trusts."""
    root, root_key = tmp_path / "root.pem", tmp_path / "root.key"
    config = tmp_path / "openssl.cnf"
    (tmp_path / "index").touch()
    _write(config, tmp_path, "DNS:root.example")
    _openssl("req", "-x509", "-config", config, "-extensions", "root", "-subj", "/CN=A chain", "-days", "2",
             "-keyout", root_key, "-out", root, *NEW_KEY)  # fmt: skip
    monkeypatch.setenv("SSL_CERT_FILE", str(root))  # where OpenSSL reads what an administrator has installed

    def make(host: str, begins: timedelta, ends: timedelta) -> ssl.SSLContext:
        key, asked, certificate = (tmp_path / name for name in ("hq.key", "hq.csr", "hq.pem"))
        _write(config, tmp_path, host)
        _openssl("req", "-new", "-config", config, "-subj", "/CN=HQ", "-keyout", key, "-out", asked, *NEW_KEY)
        _openssl("ca", "-batch", "-notext", "-config", config, "-extensions", "server", "-cert", root,
                 "-keyfile", root_key, "-in", asked, "-out", certificate,
                 "-startdate", _instant(begins), "-enddate", _instant(ends))  # fmt: skip
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
        return tls

    return make


def _openssl(*words: str | Path) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True)


def _write(config: Path, folder: Path, host: str) -> None:
    config.write_text(CONFIG.format(folder=folder, host=host), encoding="utf-8")


def _instant(away: timedelta) -> str:
    return (datetime.now(UTC) + away).strftime("%Y%m%d%H%M%SZ")


def test_a_root_of_this_computer_is_believed(serving: Serving) -> None:
    """A chain's own authority, or its proxy that opens TLS: docs/decisions.md says what protects then."""
    with odd_server([REPLY], serving("IP:127.0.0.1", -DAY, DAY)) as url, HttpHq(url, None, CALM) as hq:
        assert hq.feeds().feeds == []


@pytest.mark.parametrize(
    ("host", "begins", "ends"),
    [
        ("DNS:hq.example", -DAY, DAY),
        ("IP:127.0.0.2", -DAY, DAY),
        ("IP:127.0.0.1", -2 * DAY, -timedelta(minutes=5)),
        ("IP:127.0.0.1", timedelta(minutes=5), DAY),
    ],
    ids=["another host", "another address", "expired", "not yet valid"],
)
def test_what_a_known_root_says_of_another_host_or_time_is_refused(
    serving: Serving, host: str, begins: timedelta, ends: timedelta
) -> None:
    """S-13: the root is trusted, so nothing but the name or the dates is wrong."""
    with (
        odd_server([REPLY], serving(host, begins, ends)) as url,
        HttpHq(url, None, CALM) as hq,
        pytest.raises(LinkError) as caught,
    ):
        hq.feeds()
    assert (caught.value.code, caught.value.params["why"]) == ("unreachable", "tls")
