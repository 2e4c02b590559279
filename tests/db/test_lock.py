import subprocess
import sys
from pathlib import Path

import pytest

from posclient.db.lock import FolderLock
from posclient.errors import DataError

HOLDER = """
import sys, pathlib
from posclient.db.lock import FolderLock
lock = FolderLock(pathlib.Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.kill
def test_a_second_program_is_refused_until_the_first_dies(tmp_path: Path) -> None:
    """T-11, S-15: two programs on one data folder; a killed one leaves no lock behind."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path.cwd()
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(DataError, match="in_use"):
            FolderLock(tmp_path)
        holder.kill()
    FolderLock(tmp_path).close()


def test_a_second_till_in_one_program_is_refused(tmp_path: Path) -> None:
    """S-15: two windows."""
    with FolderLock(tmp_path) as lock:
        with pytest.raises(DataError, match="in_use"):
            FolderLock(tmp_path)
        lock.close()
        FolderLock(tmp_path).close()


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no_till"):
        FolderLock(tmp_path / "nowhere")
