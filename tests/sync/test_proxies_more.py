"""Which addresses go round the proxy of a computer's settings."""

from __future__ import annotations

import pytest

from posclient.errors import LinkError
from sync import addresses
from sync.addresses import proxy_for
from sync.transport import HttpHq

NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
PROXY = "http://proxy.example:3128"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("hq.example:8443", "https://hq.example:8443"),
        ("hq.example:443", "https://hq.example"),
        ("hq.example", "https://hq.example:8443"),
        ("10.0.0.7:8000", "http://10.0.0.7:8000"),
        ("2001:db8::7", "https://[2001:db8::7]:8443"),
        ("2001:db8::7", "https://[2001:db8::7]"),
    ],
)
def test_an_address_goes_round_it_by_its_port_too(monkeypatch: pytest.MonkeyPatch, name: str, url: str) -> None:
    monkeypatch.setenv("ALL_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", name)
    assert proxy_for(url) is None


def test_another_port_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("all_proxy", PROXY)
    monkeypatch.setenv("no_proxy", "hq.example:8443")
    assert proxy_for("https://hq.example:9443") == PROXY


def test_one_with_a_password_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://till:secret@proxy.example:3128")
    assert proxy_for("https://hq.example") == "http://till:secret@proxy.example:3128"


def test_where_there_is_none_nobody_asks_for_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows the question whether an address goes round it asks a name server, which may take its time."""
    monkeypatch.setattr(addresses, "proxy_bypass", pytest.fail)
    monkeypatch.setattr(addresses, "getproxies", dict)
    assert proxy_for("https://hq.example") is None


def test_a_host_that_cannot_be_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """T-21: on Windows that very question raises it; no cycle and no enrolment ends as a bug."""

    def asked(host: str) -> bool:
        return bool(host.encode("idna"))

    monkeypatch.setenv("https_proxy", PROXY)
    monkeypatch.setattr(addresses, "proxy_bypass", asked)
    assert proxy_for("https://a..b") == PROXY


@pytest.mark.parametrize(
    "odd",
    ["http://256.1.1.1:3128", "http://[::1]x:80", "http://proxy.example:3128\n\t.", "http://\u00adx:1", "socks5://x:1"],
)
def test_one_that_no_line_can_be_made_by_keeps_nobody_from_hq(monkeypatch: pytest.MonkeyPatch, odd: str) -> None:
    """T-21: the line itself refuses what looks like an address; that would be a bug in each cycle."""
    monkeypatch.setenv("https_proxy", odd)
    with HttpHq("https://hq.invalid", None) as hq, pytest.raises(LinkError, match="unreachable"):
        hq.feeds()


def test_blanks_around_one_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", f" {PROXY}\n")
    assert proxy_for("https://hq.example") == PROXY
