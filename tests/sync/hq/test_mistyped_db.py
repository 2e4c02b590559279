"""A mistyped ``--db`` is told by every command but those that begin an HQ."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from ui.cli import main


@pytest.mark.parametrize(
    "words", [["enrol", "--store", "S001"], ["admin", "bob"], ["admin", "bob", "--remove"], ["admin-token"]]
)
def test_what_is_not_there_is_said_and_not_made(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The code, the password and the token would be good nowhere."""
    monkeypatch.setattr("sys.stdin", io.StringIO("long enough password\n"))
    assert main(["--lang", "en", "hq", words[0], "--db", f"sqlite:///{tmp_path}/hg.db", *words[1:]]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "The database file does not exist" in printed.err
    assert list(tmp_path.iterdir()) == []
