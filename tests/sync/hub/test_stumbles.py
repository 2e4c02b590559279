"""HQ, or what stands before it, stumbles over the batch of one till each time that the hub brings it."""

from __future__ import annotations

from typing import Any

import pytest

from posclient.errors import LinkError
from sync.hq.service import Hq
from sync.transport import HttpHq
from tests.sync.hub.shop import Shop


def test_those_of_the_other_tills_go_on_and_hq_is_asked_its_time(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """G-7: theirs lay behind it for as long, though they have no other way to HQ."""
    hub, till, other = shop.open()
    for one in (till, other):
        one.online = False
        one.sale()
        one.clock.forward(hours=2)
        one.through()
    honest = Hq.push

    def stumbles(hq: Hq, terminal: str, *asked: Any) -> Any:
        if terminal == "S001-2":
            raise RuntimeError("no thought was given to this")
        return honest(hq, terminal, *asked)

    with monkeypatch.context() as broken:
        broken.setattr(Hq, "push", stumbles)
        broken.setattr("sync.hq.watching.log.exception", lambda *_args, **_more: None)
        assert hub.run().error is None
    assert shop.at_hq() == {"S001-3": 1}
    assert other.through().unsent == 0
    serving = hub.sync._hub._serving
    assert serving is not None
    assert set(serving._desk.times._answers) == {"S001-2", "S001-3"}
    assert hub.run().error is None
    assert shop.at_hq() == {"S001-2": 1, "S001-3": 1}


def test_without_a_line_it_tries_no_further(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    hub, till, other = shop.open()
    for one in (till, other):
        one.online = False
        one.sale()
        one.through()
    tried: list[str] = []

    def cut(_line: HttpHq, terminal: str, *_asked: Any) -> Any:
        tried.append(terminal)
        raise LinkError("timeout")

    with monkeypatch.context() as broken:
        broken.setattr(HttpHq, "forward", cut)
        hub.run()
    assert tried == ["S001-2"]
