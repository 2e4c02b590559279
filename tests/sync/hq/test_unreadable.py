"""A file of an import that HQ's user may not read, or whose disk gives up in the middle of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import pytest

from sync.hq.database import Database
from tests.sync.hq.test_import_folder import FILES, rows, run, write
from ui.cli import main


class _Breaking:
    """Gives some lines, then an error of the disk."""

    def __init__(self, file: Any) -> None:
        self._file, self._left = file, 2

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def readline(self, most: int) -> str:
        self._left -= 1
        if self._left < 0:
            raise OSError(5, "Input/output error")
        return str(self._file.readline(most))


@pytest.fixture(params=["forbidden", "breaking"])
def no_tiers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    open_ = Path.open

    def opened(path: Path, *args: Any, **options: Any) -> Any:
        if path.name == "tiers.csv" and options.get("encoding"):
            if request.param == "forbidden":
                raise PermissionError(13, "Permission denied", str(path))
            return _Breaking(open_(path, *args, **options))
        return open_(path, *args, **options)

    request.getfixturevalue("in_folder")
    monkeypatch.setattr(Path, "open", opened)


@pytest.fixture
def in_folder(tmp_path: Path) -> Path:
    return write(tmp_path / "in", stores=FILES["stores"], tiers=FILES["tiers"], settings=FILES["settings"])


@pytest.mark.usefixtures("no_tiers")
@pytest.mark.parametrize("strict", [False, True])
def test_a_file_that_cannot_be_read_is_a_fault(hq_database: Database, in_folder: Path, strict: bool) -> None:
    report, faults = run(hq_database, in_folder, strict)
    assert faults == [("tiers.csv", 0, "", "not_readable")]
    assert (report.bad, report.undone) == (1, strict)
    assert strict or ("store", "S001") in rows(hq_database, "global")


@pytest.mark.usefixtures("no_tiers")
def test_the_command_says_which_in_a_line(in_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hq", "import", "--db", f"sqlite:///{tmp_path}/hq.db", str(in_folder)]) == 1
    said = capsys.readouterr()
    assert (said.err.count("\n"), said.err.startswith("tiers.csv:0: ")) == (1, True)
