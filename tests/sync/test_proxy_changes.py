"""A proxy that comes or goes while the till runs: the next cycle goes the new way."""

from __future__ import annotations

import socket
from contextlib import closing
from pathlib import Path

import pytest

from posclient.db import terminal
from posclient.db.connection import TILL_FILE, connect
from posclient.errors import LinkError
from sync.asking import HoldRequest
from sync.holding import Holder
from tests.sync.conftest import HqServer
from tests.sync.test_health import at_server


@pytest.fixture
def dead_proxy(monkeypatch: pytest.MonkeyPatch) -> str:
    """Where nothing listens, as when the program that set the proxy was closed and has not taken it back yet."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return f"http://127.0.0.1:{port}"


def by_another_name(folder: Path) -> None:
    """HQ on this machine is asked by no proxy; by this name it is one elsewhere."""
    with closing(connect(folder / TILL_FILE)) as con:
        url = terminal.read(con).hq_url.replace("127.0.0.1", "127.1")
        con.execute("UPDATE terminal SET hq_url = ?", (url,))


def test_a_cycle_goes_by_the_settings_of_now(
    hq_server: HqServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dead_proxy: str
) -> None:
    sync = at_server(hq_server, tmp_path)
    by_another_name(tmp_path)
    with monkeypatch.context() as settings:
        settings.setenv("http_proxy", dead_proxy)
        report = sync.run()
        assert report.error is not None
        assert report.error.code == "unreachable"
    assert sync.run().error is None
    sync.close()


def test_so_does_a_question_at_the_counter(
    hq_server: HqServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dead_proxy: str
) -> None:
    at_server(hq_server, tmp_path).close()
    by_another_name(tmp_path)
    holder = Holder(tmp_path)
    with monkeypatch.context() as settings:
        settings.setenv("http_proxy", dead_proxy)
        with pytest.raises(LinkError, match="unreachable"):
            holder.ask(HoldRequest(member="M1")).result(10)
    assert holder.ask(HoldRequest(member="M1")).result(10).held == []
    holder.close()
