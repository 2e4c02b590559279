"""Where the installed program starts: the command line, after multiprocessing has had its turn."""

import multiprocessing
import sys

from ui.cli import main

if __name__ == "__main__":
    # A first load is built by a child process; in a frozen program that child enters here and ends within this call
    multiprocessing.freeze_support()
    sys.exit(main())
