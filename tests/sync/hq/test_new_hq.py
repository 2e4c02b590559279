"""HQ's backup where HQ has never been started."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sync.hq.database import open_database
from ui.cli import main


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["marks"], {"hq": "", "chains": []}),
        (["backed-up"], {"facts": 0}),
        (["restored"], {"feeds": 0, "chains": 0, "facts": 0}),
    ],
)
def test_a_database_whose_hq_was_never_started(
    words: list[str], said: dict[str, object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A backup by a timer begins before anything else: ``hq import`` makes the tables, and no identity yet."""
    url = f"sqlite:///{tmp_path / 'hq.db'}"
    open_database(url).close()
    assert main(["hq", *words, "--db", url]) == 0
    assert json.loads(capsys.readouterr().out) == said
