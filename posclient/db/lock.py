"""One program per data folder, by a lock of the operating system (field_failures.md T-11, S-15).

The lock dies with its holder, however it dies: no stale file ever has to be removed by hand.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Self

from posclient.errors import DataError

LOCK_FILE = "till.lock"


class FolderLock:
    """Held from construction to ``close``. Errors: ``in_use`` while another program or another lock holds it,
    ``no_till`` where there is no such folder, ``cannot_open``.
    """

    def __init__(self, folder: Path) -> None:
        try:
            self._file = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        except FileNotFoundError as error:
            raise DataError("no_till", path=str(folder)) from error
        except OSError as error:
            raise DataError("cannot_open", path=str(folder), detail=str(error)) from error
        try:
            _lock(self._file)
        except OSError as error:
            os.close(self._file)
            raise DataError("in_use", path=str(folder)) from error

    def close(self) -> None:
        """Give the folder up; twice does no harm."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
