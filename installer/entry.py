"""Where the installed program starts: the command line, or the child process that builds a cache file."""

import os
import sys

LOAD = "load-cache"  # posclient.db.bulk_load.FROZEN_COMMAND, not imported: a start has no time for it


def start() -> int:
    """The exit status of what was asked for."""
    _own_libraries_are_ours_alone()
    if sys.argv[1:2] == [LOAD]:
        from posclient.db.loading import main as load

        return load(sys.argv[2:])
    from ui.cli import main

    return main()


def _own_libraries_are_ours_alone() -> None:
    """The loader's search path was set for this process; a program of the system (a sound player) needs its own.

    A child that is this program again is told to begin anew (PyInstaller's own word for it), and so sets its own path.
    """
    before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
    os.environ.pop("LD_LIBRARY_PATH", None)
    if before is not None:
        os.environ["LD_LIBRARY_PATH"] = before
    os.environ["PYINSTALLER_RESET_ENVIRONMENT"] = "1"


if __name__ == "__main__":
    sys.exit(start())
