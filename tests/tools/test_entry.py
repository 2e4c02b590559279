"""installer/entry.py: what the frozen program does before the command line."""

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

from posclient.db import bulk_load

SCRIPT = Path(__file__).parents[2] / "installer" / "entry.py"


@pytest.fixture
def entry(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(os, "environ", dict(os.environ))  # a program may change its own; this one is everybody's
    spec = importlib.util.spec_from_file_location("entry", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_child_that_builds_a_cache_enters_here(
    entry: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The till starts it by the word that bulk_load knows."""
    assert entry.LOAD == bulk_load.FROZEN_COMMAND
    monkeypatch.setattr("posclient.db.loading.main", len)
    monkeypatch.setattr(sys, "argv", ["posclient", entry.LOAD, str(tmp_path), "1"])
    assert entry.start() == len([str(tmp_path), "1"])


def test_everything_else_is_the_command_line(
    entry: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["posclient", "--version"])
    with pytest.raises(SystemExit) as ended:
        entry.start()
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("posclient ")


def test_programs_of_the_system_get_the_systems_libraries(entry: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/bundle")
    monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", "/before")
    entry._own_libraries_are_ours_alone()
    assert entry.os.environ["LD_LIBRARY_PATH"] == "/before"
    assert "LD_LIBRARY_PATH_ORIG" not in entry.os.environ
    entry._own_libraries_are_ours_alone()
    assert entry.os.environ.get("LD_LIBRARY_PATH") is None
    assert entry.os.environ["PYINSTALLER_RESET_ENVIRONMENT"] == "1"
