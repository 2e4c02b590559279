"""``posclient hq conform`` with a token that is not the administration's."""

from __future__ import annotations

import pytest

from tests.sync.conftest import HqServer
from ui.cli import main


def test_a_wrong_token_is_told_as_such(hq_server: HqServer, capsys: pytest.CaptureFixture[str]) -> None:
    """It said that a till is to be enrolled again; no till is in this."""
    assert main(["--lang", "en", "hq", "conform", hq_server.url, "--admin-token", "wrong"]) == 1
    said = capsys.readouterr().err
    assert "posclient hq admin-token" in said
    assert "till" not in said
