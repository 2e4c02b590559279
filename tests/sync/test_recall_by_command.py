"""``posclient sync`` with no window: what HQ calls back is given up all the same (protocol.md, recall)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from posclient.actions import checkout, login, returning
from posclient.errors import DataError
from sync.asking import HoldRequest, VisitRequest
from tests.sync.conftest import HqServer
from tests.sync.hq.desks import stock_up
from tests.sync.hq.leases import coupon, member, settings
from tests.sync.tills import Chain, HandClock, TillFolder
from ui.cli import main
from ui.opening import open_folder


class Home:
    """The till that has the lease of K1; nobody sits at it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys

    def sync(self) -> dict[str, Any]:
        """What the command prints."""
        assert main(["sync", "--data", str(self.folder)]) == 0
        report: dict[str, Any] = json.loads(self._capsys.readouterr().out)
        return report


@pytest.fixture
def chain(hq_server: HqServer) -> Chain:
    """Leases are on, M1 of S001 has a coupon of 10 yuan, K1."""
    made = Chain(hq_server.database, HandClock(datetime.now(UTC)))
    settings(made, coupon_leases=True)
    for store in ("S001", "S002"):
        made.code(store)
    stock_up(made, "S001", "S002")
    member(made)
    coupon(made)
    return made


@pytest.fixture
def home(chain: Chain, hq_server: HqServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Home:
    words = ("--hq", hq_server.url, "--code", chain.code("S001", 1), "--credentials", "file")
    assert main(["enrol", "--data", str(tmp_path / "home"), *words]) == 0
    capsys.readouterr()
    made = Home(tmp_path / "home", capsys)
    made.sync()
    return made


@pytest.fixture
def away(chain: Chain, home: Home, tmp_path: Path) -> Iterator[TillFolder]:
    """A till of the store where the member is now."""
    till = TillFolder(chain, tmp_path / "away", chain.code("S002", 1))
    till.line.visit(VisitRequest(code="CM1"))
    yield till
    till.close()


def asked(away: TillFolder) -> str:
    """What HQ says to who asks for K1."""
    said = away.line.hold(HoldRequest(coupons=["K1"]))
    return "held" if said.held else said.refused[0].code


def test_one_command_brings_the_call_and_the_answer(home: Home, away: TillFolder) -> None:
    assert asked(away) == "recalling"
    report = home.sync()
    assert (report["pushed"], report["applied"], report["unsent"], report["error"]) == (1, 1, 0, None)
    assert asked(away) == "held"
    assert home.sync()["pushed"] == 0
    assert len(list(home.folder.glob("cache-*.db"))) == 1


def test_a_cart_that_was_left_open_keeps_what_it_uses(home: Home, away: TillFolder) -> None:
    """S-17: the program ended with a customer before it; the cart is there when it begins again."""
    with closing(open_folder(home.folder)) as till:
        login.log_in(till, "1111", "G1")
        checkout.add(till, "A")
        assert checkout.set_member(till, "M1").coupon_off == 1000
    assert asked(away) == "recalling"
    assert home.sync()["pushed"] == 0
    assert asked(away) == "recalling"
    with closing(open_folder(home.folder)) as till:
        assert checkout.view(till).coupon_off == 1000


def test_an_error_keeps_the_lease_for_the_next_time(
    home: Home, away: TillFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-5: no room for the fact; what the cycle did counts."""
    assert asked(away) == "recalling"

    def full(_till: object) -> None:
        raise DataError("disk_full")

    with monkeypatch.context() as patch:
        patch.setattr(returning, "answer", full)
        assert home.sync()["pushed"] == 0
    assert asked(away) == "recalling"
    home.sync()
    assert asked(away) == "held"


def test_a_line_that_breaks_then_is_said(
    home: Home,
    away: TillFolder,
    hq_server: HqServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The cycle went well, and what it brought about is unsent: the next one sends it."""
    assert asked(away) == "recalling"
    answer = returning.answer

    def cut(till: Any) -> returning.Returned:
        hq_server.server.stop()
        return answer(till)

    monkeypatch.setattr(returning, "answer", cut)
    assert main(["sync", "--data", str(home.folder)]) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["error"]["code"], report["unsent"]) == ("unreachable", 1)
