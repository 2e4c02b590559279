"""``posclient journal verify``, as a support person runs it (S-24)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from posclient.db import chain_heads, terminal
from posclient.db.connection import Connection, transaction
from posclient.db.lock import FolderLock
from posclient.db.till_file import open_till
from posclient.domain.chain_head import ChainHead
from tests.db.shop import TERMINAL, commit, enrolled, sale
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


def heads(con: Connection) -> list[str]:
    """The printed head after each fact."""
    rows = con.execute("SELECT terminal, incarnation, seq, hash FROM fact ORDER BY number").fetchall()
    return [f"{row[2]} {ChainHead(*row).printed}" for row in rows]


def cut(con: Connection, last: int) -> None:
    """Take the facts behind ``last`` away so well that the chain is whole in itself, counters and all."""
    (start,) = con.execute("SELECT hash FROM fact WHERE seq = ?", (last,)).fetchone()
    con.execute("PRAGMA foreign_keys = OFF")
    con.execute("DELETE FROM outbox WHERE number IN (SELECT number FROM fact WHERE seq > ?)", (last,))
    con.execute("DELETE FROM fact WHERE seq > ?", (last,))
    con.execute("UPDATE terminal SET next_seq = ?, last_hash = ?", (last + 1, start))


def check_head(folder: Path, head: str, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, Any, str]:
    """Exit status, what is said of the head, and the line for people."""
    status = main(["journal", "verify", "--data", str(folder), "--head", head, *more])
    out, error = capsys.readouterr()
    return status, json.loads(out)["head"] if out else None, error


def test_a_printed_head_is_found_again_however_it_is_typed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    con = enrolled(tmp_path)
    start = f"0 {chain_heads.head(con).printed}"
    for number in range(3):
        commit(con, sale(f"sale-{number}", 7 + number))
    found = {"state": "right", "incarnation": "inc-1", "last": 3}
    for seq, head in enumerate([start, *heads(con)]):
        assert check_head(tmp_path, head, capsys) == (0, {**found, "seq": seq}, "")
    typed = heads(con)[1].upper().replace(" ", "-").replace("2-", " 2: ", 1)
    assert check_head(tmp_path, typed, capsys) == (0, {**found, "seq": 2}, "")
    assert chain_heads.head(con).printed == heads(con)[-1].partition(" ")[2]


def test_facts_cut_off_the_end_are_given_away_by_the_printed_head(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """S-24: the chain alone says that all is well."""
    con = enrolled(tmp_path)
    for number in range(4):
        commit(con, sale(f"sale-{number}", 7 + number))
    known = heads(con)
    cut(con, 2)
    assert verify(tmp_path, capsys) == (0, {"ok": True, "facts": 2, "bad": None})
    status, found, said = check_head(tmp_path, known[3], capsys)
    assert (status, found) == (1, {"state": "cut", "seq": 4, "incarnation": "inc-1", "last": 2})
    assert "posclient journal: " in said
    assert check_head(tmp_path, known[1], capsys)[0] == 0


def test_another_history_of_the_same_till_has_another_hash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """S-24: edited and the whole chain worked out again: only a head from outside shows it."""
    for name in ("honest", "changed"):
        (tmp_path / name).mkdir()
    honest, changed = enrolled(tmp_path / "honest"), enrolled(tmp_path / "changed")
    for number in range(3):
        commit(honest, sale(f"sale-{number}", 7 + number))
        commit(changed, sale(f"sale-{number}", 7 + number, rounding=number))
    known = heads(honest)
    assert verify(tmp_path / "changed", capsys)[0] == 0
    status, found, said = check_head(tmp_path / "changed", known[2], capsys)
    assert (status, found) == (1, {"state": "other_hash", "seq": 3, "incarnation": "inc-1", "last": 3})
    assert "posclient journal: " in said
    assert check_head(tmp_path / "changed", known[0], capsys)[0] == 0, "up to there nothing was changed"


def test_a_head_of_an_earlier_enrolment_is_still_one_of_ours(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    con = enrolled(tmp_path)
    commit(con, sale())
    (first,) = heads(con)
    with transaction(con):
        terminal.enrol(con, replace(TERMINAL, incarnation="inc-2"))
    assert check_head(tmp_path, first, capsys)[:2] == (
        0, {"state": "right", "seq": 1, "incarnation": "inc-1", "last": 1},
    )  # fmt: skip
    assert check_head(tmp_path, first, capsys, "--incarnation", "inc-1")[0] == 0
    found = {"state": "cut", "seq": 1, "incarnation": "inc-2", "last": 0}
    assert check_head(tmp_path, first, capsys, "--incarnation", "inc-2")[:2] == (1, found)
    found = {"state": "cut", "seq": 1, "incarnation": "gone", "last": 0}
    assert check_head(tmp_path, first, capsys, "--incarnation", "gone")[:2] == (1, found)


@pytest.mark.parametrize("head", ["", "3", "abc", "1 0123456789abcde", f"1 {'0' * 65}", "-1 0123456789abcdef", "1 xyz"])
def test_what_is_no_head_is_bad_use(head: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    enrolled(tmp_path)
    status, found, said = check_head(tmp_path, head, capsys)
    assert (status, found, said.count("\n")) == (2, None, 1)


def test_a_folder_that_was_never_enrolled_has_no_head(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    open_till(tmp_path).close()
    assert check_head(tmp_path, f"1 {'0' * 16}", capsys)[:2] == (1, None)
