"""The proxy that a computer's settings name: the till uses one that it can use, and is stopped by none."""

from __future__ import annotations

import pytest

from posclient.errors import LinkError
from sync.addresses import proxy_for
from sync.transport import HttpHq

NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def use(monkeypatch: pytest.MonkeyPatch, **proxies: str) -> None:
    for name, value in proxies.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    "proxies",
    [
        {"all_proxy": "socks://127.0.0.1:7891/"},  # as GNOME sets it
        {"all_proxy": "socks5://127.0.0.1:7891"},
        {"https_proxy": "socks4://127.0.0.1:7891"},  # as Python reads a SOCKS proxy of Windows
        {"https_proxy": "http://[bad:1"},
        {"no_proxy": "localhost,127.0.0.0/8,[::1]"},
    ],
)
def test_settings_that_the_till_cannot_use_do_not_keep_it_from_hq(
    monkeypatch: pytest.MonkeyPatch, proxies: dict[str, str]
) -> None:
    """T-21: HQ is then asked directly: it is proved by its keys, whichever way it is reached."""
    use(monkeypatch, **proxies)
    assert proxy_for("https://hq.invalid") is None
    with HttpHq("https://hq.invalid", None) as hq, pytest.raises(LinkError) as caught:
        hq.feeds()
    assert (caught.value.code, caught.value.params["why"]) == ("unreachable", "dns")


def test_the_proxy_of_the_addresss_scheme_is_used_beside_one_that_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, http_proxy="127.0.0.1:7890", https_proxy="http://127.0.0.1:7890/", all_proxy="socks://127.0.0.1:1")
    assert proxy_for("https://hq.example") == "http://127.0.0.1:7890/"
    assert proxy_for("http://hq.example") == "http://127.0.0.1:7890"
    assert proxy_for("http://127.0.0.1:8000") is None


def test_a_proxy_for_all_addresses_and_those_that_go_round_it(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, all_proxy="http://proxy.example:3128", no_proxy="inside.example,.lan")
    assert proxy_for("https://hq.example") == "http://proxy.example:3128"
    assert [proxy_for(f"https://{host}") for host in ("inside.example", "hq.inside.example", "hq.lan")] == [None] * 3
