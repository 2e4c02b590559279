"""Roots of certificates that are broken on a machine are no reason not to call HQ."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from sync.transport import HttpHq


def test_a_setting_that_names_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Left behind by some other program: each cycle ended as a fault of ours, and nothing was sent."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "gone.pem"))
    HttpHq("https://hq.test").close()


def test_a_root_of_the_machine_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Python 3.11 on Windows says where a bank's program has put one into the store."""

    def refuse(_context: ssl.SSLContext) -> None:
        raise ssl.SSLError("nested asn1 error")

    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", refuse)
    HttpHq("https://hq.test").close()
