"""``posclient run --data DIR``: open the till."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add(subparsers: Any) -> None:
    """Declare ``run``."""
    parser = subparsers.add_parser("run", help="open the till", description="Open the till on a data folder.")
    parser.add_argument("--data", type=Path, default=None, metavar="DIR", help="data folder (default: the user's own)")


def run(args: argparse.Namespace) -> int:
    """Open the window; give the program's exit status."""
    from ui.app import run as open_window

    return open_window(args.data or default_folder())


def default_folder() -> Path:
    """Where the platform keeps a user's application data."""
    from platformdirs import user_data_path

    return user_data_path("posclient", appauthor=False)
