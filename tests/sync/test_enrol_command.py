"""``posclient enrol`` for whoever sets up a till and has mistyped something."""

from __future__ import annotations

import socket
from functools import partial
from pathlib import Path

import pytest

from sync.transport import Patience
from tests.sync.conftest import HqServer
from ui.cli import main


@pytest.mark.parametrize("listens", [False, True])
def test_an_address_where_no_hq_is_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, listens: bool
) -> None:
    """It said to check the network, and that selling goes on, on a machine that cannot sell yet; or that it would be
    tried again later, which nothing does.
    """
    monkeypatch.setattr("sync.transport.Patience", partial(Patience, read=0.2))
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        if listens:
            nobody.listen()
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        words = ["enrol", "--data", str(tmp_path), "--hq", url, "--code", "ABCDEFGHJK", "--credentials", "file"]
        assert main(["--lang", "en", *words]) == 1
    assert capsys.readouterr().err == (
        f"posclient enrol: No HQ answers at {url}: check this address and the network, then enrol again.\n"
    )


def test_the_pin_is_asked_for_in_the_language_of_the_rest(
    hq_server: HqServer, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sets up a till in Chinese was asked in English for the one thing that they have to type."""
    asked: list[str] = []

    def answer(prompt: str, **_options: object) -> str:
        asked.append(prompt)
        return "2580"

    monkeypatch.setattr("ui.commands.enrol.getpass", answer)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    words = ["enrol", "--data", str(tmp_path), "--hq", hq_server.url, "--code", hq_server.code()]
    assert main(["--lang", "zh_CN", *words, "--credentials", "file"]) == 0
    assert '"administrator": true' in capsys.readouterr().out
    assert asked == ["第一位管理员的 PIN（4 到 12 位数字）：", "再输一次："]
