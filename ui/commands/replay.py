"""``posclient replay --data DIR FILE.csv``: ring up recorded baskets through the actions of the window."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any


def add(subparsers: Any) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "replay",
        help="ring up baskets from a file",
        description="Ring up the baskets of a CSV file (basket,at,member,gtin,qty), each once, paid in cash.",
    )
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="data folder of an enrolled till")
    parser.add_argument("--no-coupons", action="store_true", help="leave the members' coupons alone")
    parser.add_argument("--resume", action="store_true", help="go on after an interrupted run")
    parser.add_argument("file", type=Path, metavar="FILE.csv", help="the baskets")


def run(args: argparse.Namespace) -> int:
    """Print the counts of the whole file as one JSON object."""
    from posclient.actions.replay import read_rows, replay
    from ui.opening import open_folder

    try:
        file = args.file.open(encoding="utf-8-sig", errors="surrogateescape", newline="")
    except OSError as error:
        print(f"posclient replay: {args.file}: {error.strerror}", file=sys.stderr)
        return 2
    with file:
        till = open_folder(args.data)
        try:
            done = replay(till, read_rows(file), use_coupons=not args.no_coupons, resume=args.resume)
        finally:
            till.close()
    print(json.dumps(asdict(done)))
    return 0
