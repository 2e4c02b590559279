"""``posclient hq hub`` for a store that was mistyped."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sync.hq.test_hq_command import hq


@pytest.mark.parametrize("words", [("--terminal", "S002-1", "--address", "192.0.2.7:8737"), ("--remove",)])
def test_a_store_that_hq_does_not_have_is_told_as_that(
    words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It said that S002 will not do as an id, and which signs an id may have."""
    url = f"sqlite:///{tmp_path}/hq.db"
    assert hq("migrate", "--db", url) == 0
    assert hq("enrol", "--db", url, "--store", "S001") == 0
    assert hq("hub", "--db", url, "--store", "S002", *words) == 2
    said = capsys.readouterr().err
    assert "S002" in said
    assert "32" not in said
