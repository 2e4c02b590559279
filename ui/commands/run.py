"""``posclient run --data DIR``: open the till."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from posclient.errors import PosError


def add(subparsers: Any) -> None:
    """Declare ``run``."""
    parser = subparsers.add_parser("run", help="open the till", description="Open the till on a data folder.")
    parser.add_argument("--data", type=Path, default=None, metavar="DIR", help="data folder (default: the user's own)")


def run(args: argparse.Namespace) -> int:
    """Open the window; give the program's exit status."""
    from ui.app import run as open_window

    leave_no_core()
    return open_window(args.data or default_folder(), tell)


def leave_no_core() -> None:
    """The image of a program that crashed would hold names and keys (field_failures.md S-20). On Windows there is none
    unless somebody asks for it.
    """
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def tell(error: PosError) -> None:
    """At once, for whoever started us from a shell; the window stays and says it too."""
    from ui.sentences import sentence

    print(f"posclient run: {sentence(error)}", file=sys.stderr, flush=True)


def default_folder() -> Path:
    """Where the platform keeps a user's application data."""
    from platformdirs import user_data_path

    return user_data_path("posclient", appauthor=False)
