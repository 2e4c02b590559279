"""HQ's head of a feed does not agree with its rows, and the till's line is a poor one: it is loaded no oftener."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from posclient.errors import LinkError
from sync.protocol import FeedsReply
from sync.transport import HttpHq
from tests.sync.conftest import HqServer
from tests.sync.test_bad_page import PRICES
from tests.sync.test_head_disagrees import asked, shift
from tests.sync.test_health import at_server, kept

__all__ = ["asked"]


def no_line(_line: HttpHq, _sent_until: str = "") -> FeedsReply:
    raise LinkError("unreachable")


def test_a_cycle_without_a_line_says_nothing_of_the_feed(
    hq_server: HqServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: list[str]
) -> None:
    """A line that was lost now and then had the prices of the chain loaded whole each time that it was back."""
    hq_server.publish(*PRICES)
    sync = at_server(hq_server, tmp_path)
    assert sync.run().error is None
    asked.clear()
    shift(hq_server, 1)
    for _ in range(10):
        assert [one.code for one in sync.run().held] == ["feed_disagrees"]
        with monkeypatch.context() as cut:
            cut.setattr(HttpHq, "feeds", no_line)
            assert sync.run().error is not None
    sync.close()
    assert 2 <= len(asked) <= 5


def test_hq_goes_on_knowing_that_it_is_held(
    hq_server: HqServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each cycle without a line the console had the till for well, until the one after the next."""
    hq_server.publish(*PRICES)
    sync = at_server(hq_server, tmp_path)
    assert sync.run().error is None
    shift(hq_server, 1)
    for _ in range(2):
        assert [one.code for one in sync.run().held] == ["feed_disagrees"]
    assert [json.loads(one.held) for one in kept(hq_server.database)] == [["zone:z1=feed_disagrees"]]
    with monkeypatch.context() as cut:
        cut.setattr(HttpHq, "feeds", no_line)
        sync.run()
    assert sync.run().error is None
    sync.close()
    assert [json.loads(one.held) for one in kept(hq_server.database)] == [["zone:z1=feed_disagrees"]]
