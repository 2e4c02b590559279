"""``posclient demo``: the till on a demo chain with a local HQ beside it; ``--headless`` runs the scripted day."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any


def add(subparsers: Any) -> None:
    """Declare ``demo``."""
    parser = subparsers.add_parser(
        "demo",
        help="open the till on a demo chain with a local HQ",
        description="A demo chain of three stores with a local HQ. PINs of store S001: 1101 李晓梅, 1102 陈静, "
        "1103 王芳 (manager); a member to scan: JM26000001.",
    )
    parser.add_argument("--data", type=Path, metavar="DIR", help="keep the demo here, and go on with it next time")
    parser.add_argument("--headless", action="store_true", help="run the scripted day without a screen, and check it")
    parser.add_argument("--screenshots", type=Path, metavar="DIR", help="with --headless: a PNG of each screen")


def run(args: argparse.Namespace) -> int:
    """Open the window until it is closed; or run the day: 0 when HQ agrees with the till, else 1."""
    with ExitStack() as stack:
        folder = args.data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="posclient-demo-")))
        if args.headless:
            os.environ["QT_QPA_PLATFORM"] = "offscreen"
        return _open(folder, args, stack)


def _open(folder: Path, args: argparse.Namespace, stack: ExitStack) -> int:
    from ui.demo.stage import build_hq, enrol_till, labels

    print("Making the demo chain and its HQ ...", flush=True)
    hq = stack.enter_context(build_hq(folder, datetime.now().astimezone().date()))
    enrol_till(hq, folder / "till")
    print(f"HQ runs at {hq.url}; PINs 1101, 1102, 1103 (manager); member code JM26000001", flush=True)
    if not args.headless:
        from ui.app import run as open_window

        return open_window(folder / "till")
    from ui.app import opened
    from ui.demo.day import Day

    with opened(folder / "till") as shop:
        summary = Day(shop, hq, labels(folder), args.screenshots).run()
    print(json.dumps({**asdict(summary), "agrees": summary.agrees}, ensure_ascii=False))
    print("HQ agrees with the till." if summary.agrees else "HQ and the till differ.")
    return 0 if summary.agrees else 1
