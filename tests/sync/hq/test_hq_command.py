"""``posclient hq ...`` as an operator and scripts use it."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sync.hq.database import open_database
from sync.hq.statistics import safe_cell
from sync.protocol import PushRequest
from sync.transport import HttpHq
from tests.sync.hq.till_at_hq import TillAtHq
from ui.cli import main

SMALL = Path(__file__).parents[2] / "data" / "small_store"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/hq.db"


def hq(*words: str) -> int:
    return main(["hq", *words])


def said(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


@contextmanager
def serving(url: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A real HQ process and the address that it prints when it is ready."""
    command = [sys.executable, "-m", "ui.cli", "hq", "serve", "--db", url, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


@pytest.mark.kill
def test_from_an_empty_folder_to_an_export(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """T-3, T-1: HQ is killed after its answer and loses nothing; count and sum agree with what was rung up."""
    assert hq("import", "--db", url, str(SMALL)) == 0
    assert said(capsys)["files"]["products.csv"] == {"good": 311, "bad": 0}
    assert hq("enrol", "--db", url, "--store", "S001") == 0
    code = capsys.readouterr().out.split()[-1]
    with serving(url) as (process, address):
        till = TillAtHq(address, code)
        me = till.me
        assert me.feeds[1:3] == ["zone:z1", "store:S001"]
        batch = [till.sale(basket=basket) for basket in ("B3", None, "B1", "B2", None)]
        till.api.push(PushRequest(facts=batch[:3]))
        process.kill()
        till.close()
    with serving(url) as (process, address):
        till.api = HttpHq(address, till.signer)
        assert {one.outcome for one in till.api.push(PushRequest(facts=batch)).outcomes} == {"duplicate", "applied"}
        till.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert hq("stats", "--db", url) == 0
    assert said(capsys) == {
        "sales": 5, "lines": 5, "total": 5000, "duplicates": 0, "resent": 3, "quarantined": 0, "incidents": 0,
        "coupons_used": 0, "coupons_used_twice": 0, "settlements": 0, "losses": 0, "terminals": 1,
    }  # fmt: skip
    out = tmp_path / "sales.csv"
    assert hq("export", "--db", url, str(out)) == 0
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["basket", "receipt", "terminal", "total"]
    order = [("B1", 3), ("B2", 4), ("B3", 1), ("", 2), ("", 5)]
    assert rows[1:] == [[basket, f"S001-1-20261121-{seq}", "S001-1", "1000"] for basket, seq in order]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_bad_rows_are_reported_and_the_good_ones_go_in(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tiers.csv").write_text("id,name,rank\na,A,1\nb,B,x\nc,,3\n", encoding="utf-8")
    assert hq("import", "--db", url, str(tmp_path)) == 1
    printed = capsys.readouterr()
    assert [line.split(" ")[0] for line in printed.err.splitlines()] == ["tiers.csv:3:rank:", "tiers.csv:4:name:"]
    summary = json.loads(printed.out)
    assert (summary["files"]["tiers.csv"], summary["published"]["global"]) == ({"good": 1, "bad": 2}, 1)
    assert hq("import", "--db", url, str(tmp_path), "--strict") == 1
    assert said(capsys)["undone"] is True


def test_a_file_of_bad_rows_is_counted_not_listed(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "tiers.csv").write_text("id,name,rank\n" + "a,A,x\n" * 1500, encoding="utf-8")
    assert hq("import", "--db", url, str(tmp_path)) == 1
    printed = capsys.readouterr()
    assert len(printed.err.splitlines()) == 1001
    assert "500" in printed.err.splitlines()[-1]
    assert json.loads(printed.out)["bad"] == 1500


def test_an_enrolment_code_is_the_last_word(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    open_database(url).close()
    for words, terminal in (([], "S001-1"), (["--slot", "7"], "S001-7")):
        assert hq("enrol", "--db", url, "--store", "S001", *words) == 0
        printed = capsys.readouterr().out
        assert terminal in printed
        assert len(printed.split()[-1]) == 10


def _occupied(tmp_path: Path) -> str:
    folder = tmp_path / "folder"
    folder.mkdir()
    return f"sqlite:///{folder}"


def _foreign(tmp_path: Path) -> str:
    import sqlite3

    with sqlite3.connect(tmp_path / "other.db") as con:
        con.execute("CREATE TABLE sale (id TEXT)")
    con.close()
    return f"sqlite:///{tmp_path}/other.db"


def _junk(tmp_path: Path) -> str:
    (tmp_path / "junk.db").write_bytes(os.urandom(5000))
    return f"sqlite:///{tmp_path}/junk.db"


@pytest.mark.parametrize(
    ("place", "status"),
    [
        ("", 2), ("hq.db", 2),
        ("mysql://x/y", 2), ("sqlite://", 2), ("sqlite:///:memory:", 2), ("postgresql://h:port/x", 2),
        ("postgresql://[", 1),
        ("sqlite:////nowhere/at/all/hq.db", 2), ("postgresql://nobody:secret@127.0.0.1:1/x", 1), (_occupied, 1),
        (_foreign, 1), (_junk, 1),
    ],
)  # fmt: skip
@pytest.mark.parametrize("verb", ["stats", "enrol"])
def test_a_database_that_cannot_be_used_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: Any, status: int, verb: str
) -> None:
    url = place if isinstance(place, str) else place(tmp_path)
    words = ["--store", "S001"] if verb == "enrol" else []
    assert hq(verb, "--db", url, *words) == status
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1
    assert "secret" not in printed.err


def test_stats_of_what_is_not_there_make_nothing(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert hq("stats", "--db", url) == 2
    assert hq("export", "--db", url, str(tmp_path / "x.csv")) == 2
    assert list(tmp_path.iterdir()) == []
    assert len(capsys.readouterr().err.splitlines()) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="rights there are not a mode")
def test_a_new_database_is_its_owners_alone(url: str, tmp_path: Path) -> None:
    """S-20: it holds keys and phones."""
    assert hq("import", "--db", url, str(SMALL)) == 0
    assert hq("enrol", "--db", url, "--store", "S001") == 0
    assert {oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()} == {"0o600"}


def test_an_export_over_a_folder(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    open_database(url).close()
    (tmp_path / "x.csv").mkdir()
    assert hq("export", "--db", url, str(tmp_path / "x.csv")) == 2
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_other_bad_use(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    open_database(url).close()
    assert hq("import", "--db", url, str(tmp_path / "none")) == 2
    assert hq("enrol", "--db", url, "--store", "a b") == 2
    assert hq("enrol", "--db", url, "--store", "S001", "--slot", "0") == 2
    assert hq("export", "--db", url, str(tmp_path / "no" / "x.csv")) == 2
    assert hq("serve", "--db", url, "--port", "70000") == 2
    assert hq("serve", "--db", url, "--port", "1", "--host", "203.0.113.1") == 2
    assert len(capsys.readouterr().err.splitlines()) == 6


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "-1"), ("-1+2", "'-1+2"), ("@x", "'@x"), ("\tx", "'\tx"),
        ("\rx", "'\rx"), ("\nx", "'\nx"), (" =x", "' =x"), ('"=x', "'\"=x"), ("'=x", "''=x"), (-5, "-5"),
        ("1862", "1862"), ("S001-1", "S001-1"), (None, ""), ("", ""),
    ],
)  # fmt: skip
def test_no_cell_of_an_export_is_a_formula(cell: object, safe: str) -> None:
    """S-8: = + - @, tab and line ends, also behind a quote or blank; negative numbers stay numbers."""
    assert safe_cell(cell) == safe
