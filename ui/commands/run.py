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

    return open_window(args.data or default_folder(), tell)


def tell(error: PosError) -> None:
    """At once, for whoever started us from a shell; the window stays and says it too."""
    from ui.sentences import sentence

    print(f"posclient run: {sentence(error)}", file=sys.stderr, flush=True)


def default_folder() -> Path:
    """Where the platform keeps a user's application data."""
    from platformdirs import user_data_path

    return user_data_path("posclient", appauthor=False)
