"""``posclient journal verify``, as a support person runs it (S-24)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from posclient.db.connection import transaction
from posclient.db.lock import FolderLock
from tests.db.shop import commit, enrolled, sale
from ui.cli import main
from ui.commands.doctor import examine


def verify(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, object] | None]:
    status = main(["journal", "verify", "--data", str(folder)])
    said = capsys.readouterr().out
    return status, json.loads(said) if said else None


def test_a_whole_journal_is_said_to_be_whole_while_the_till_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    con = enrolled(tmp_path)
    commit(con, sale())
    with FolderLock(tmp_path), transaction(con):
        assert verify(tmp_path, capsys) == (0, {"ok": True, "facts": 1, "bad": None})
    assert examine(tmp_path)["checks"]["journal"] == {"state": "ok", "facts": 1}


def test_the_first_bad_fact_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    con = enrolled(tmp_path)
    for number in range(3):
        commit(con, sale(f"sale-{number}", 7 + number))
    con.execute("UPDATE fact SET body = x'7b7d' WHERE seq >= 2")
    (fact,) = con.execute("SELECT id FROM fact WHERE seq = 2").fetchone()
    bad = {"number": 2, "incarnation": "inc-1", "seq": 2, "id": fact, "why": "altered"}
    assert verify(tmp_path, capsys) == (1, {"ok": False, "facts": 3, "bad": bad})
    assert examine(tmp_path)["checks"]["journal"] == {"state": "failed", "code": "broken_chain", **bad}


def test_no_till_is_bad_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(tmp_path, capsys) == (2, None)


def test_trouble_with_hq_is_a_finding(tmp_path: Path) -> None:
    """S-19: doctor says that this till is to be enrolled anew."""
    con = enrolled(tmp_path)
    con.execute("UPDATE terminal SET trouble = 'fork'")
    found = examine(tmp_path)["checks"]["enrolment"]
    assert (found["state"], found["code"], found["terminal"]) == ("failed", "fork", "S001-1")
