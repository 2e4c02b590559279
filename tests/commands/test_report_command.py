"""``posclient report``, as a support person runs it: beside a till that sells, and on folders that are no till."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from posclient.db.connection import TILL_FILE
from posclient.db.live_cache import live_path
from posclient.db.till_file import open_till
from tests.actions.kidswear import OPENING, Shop, StandingClock, make_folder, open_shop
from tests.actions.test_shift_report import COAT, SHIRT, sell
from ui import opening
from ui.cli import main


def report(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any, str]:
    """Exit status, the JSON, and the line for people."""
    status = main(["report", *words])
    out, error = capsys.readouterr()
    return status, json.loads(out) if out else None, error


@pytest.fixture
def till(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    clock = StandingClock()
    monkeypatch.setattr(opening, "SystemClock", lambda: clock)
    hq = make_folder(tmp_path, clock)
    return Shop(tmp_path, clock, hq, open_shop(tmp_path, clock))


def test_the_figures_of_a_day_while_the_till_runs(till: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    sell(till.till, (SHIRT, 2))
    till.clock.forward(days=1)
    sell(till.till, (COAT, 1))
    folder = ["--data", str(till.folder)]
    for day, net in ((OPENING.date(), 11800), (OPENING.date() + timedelta(days=1), 25900)):
        status, found, said = report(capsys, *folder, "--day", day.isoformat())
        assert (status, said) == (0, "")
        figures = found["figures"]
        assert (figures["day"], figures["net"], figures["paid"]) == (day.isoformat(), net, net)
        assert figures["tenders"] == [{"tender": "cash", "count": 1, "amount": net, "change": 50_000}]
    assert report(capsys, *folder)[1] == found, "without a day it is today"
    assert (found["store"], found["waiting"], found["waiting_amount"]) == ("S001", 2, 37700)
    assert found["head"]["seq"] == 2
    assert main(["journal", "verify", *folder, "--head", found["head"]["printed"]]) == 0
    till.till.close()


@pytest.mark.parametrize(("day", "words"), [("2026-11-22", "2026-11-22"), ("heute", "heute"), ("2026-02-30", "02-30")])
def test_a_day_that_is_none_or_has_not_come_is_bad_use(
    day: str, words: str, till: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    till.till.close()
    status, found, said = report(capsys, "--data", str(till.folder), "--day", day)
    assert (status, found, said.count("\n")) == (2, None, 1)
    assert words in said


def test_folders_that_are_no_till(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line each, never a traceback."""
    assert report(capsys, "--data", str(tmp_path / "nothing"))[0] == 2
    new, broken = tmp_path / "new", tmp_path / "broken"
    for folder in (new, broken):
        folder.mkdir()
    open_till(new).close()
    (broken / TILL_FILE).write_bytes(b"no database at all" * 100)
    for folder in (new, broken):
        status, found, said = report(capsys, "--data", str(folder))
        assert (status, found, said.count("\n")) == (1, None, 1)


def test_a_till_without_its_cache(till: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    till.till.close()
    live_path(till.folder).unlink()
    status, found, said = report(capsys, "--data", str(till.folder))
    assert (status, found, said.count("\n")) == (1, None, 1)
