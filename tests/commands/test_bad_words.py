"""Every command says in one line what is wrong with its words; no traceback, whatever folder or address they name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ui.cli import main

LONG = "x" * 300
MISTYPED = "http://192.168..1.5:8737"


def last_line(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    status = main(["--lang", "en", *words])
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1, said
    return status, said[0]


@pytest.mark.parametrize("command", [["sync"], ["report"], ["journal", "verify"], ["enrol"]])
def test_a_folder_that_the_system_does_not_let_us_look_into(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    """Another user's folder, a share that has gone, a name that is too long: here the last, which root meets too."""
    status, said = last_line(capsys, *command, "--data", str(tmp_path / LONG))
    assert status in {1, 2}
    assert LONG in said


def test_the_doctor_examines_such_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """JSON, always."""
    assert main(["doctor", "--data", str(tmp_path / LONG)]) == 1
    assert json.loads(capsys.readouterr().out)["checks"]["till_db"]["state"] == "failed"


def test_a_demo_in_a_place_that_is_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").touch()
    assert main(["demo", "--headless", "--data", str(tmp_path / "taken")]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_an_address_of_hq_that_is_mistyped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, said = last_line(
        capsys, "enrol", "--data", str(tmp_path), "--hq", MISTYPED, "--code", "1234", "--credentials", "file"
    )
    assert (status, "HQ" in said) == (1, True)


def test_an_hq_to_examine_that_is_mistyped(capsys: pytest.CaptureFixture[str]) -> None:
    status, said = last_line(capsys, "hq", "conform", MISTYPED, "--admin-token", "t")
    assert status == 1
    assert said
