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

#: The smallest screen that tills have, and the bounds of what is asked for in its place.
SIZE, LEAST, MOST = (1366, 768), (1024, 640), (7680, 4320)


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
    parser.add_argument(
        "--size", type=_size, default=SIZE, metavar="WxH", help="of the window in the pictures (default: 1366x768)"
    )
    parser.add_argument("--only", type=_names, default=frozenset(), metavar="NAME,...", help="these pictures alone")


def run(args: argparse.Namespace) -> int:
    """Open the window until it is closed; or run the day: 0 when HQ agrees with the till, else 1."""
    with ExitStack() as stack:
        folder = args.data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="posclient-demo-")))
        if args.headless:
            os.environ["QT_QPA_PLATFORM"] = "offscreen"
        return _open(folder, args, stack)


def _size(text: str) -> tuple[int, int]:
    """``1920x1080``; what the window cannot have is an error of use."""
    width, _, height = text.partition("x")
    size = (int(width), int(height)) if width.isdecimal() and height.isdecimal() else (0, 0)
    if not all(least <= one <= most for least, one, most in zip(LEAST, size, MOST, strict=True)):
        raise argparse.ArgumentTypeError(f"{text!r} is no size from 1024x640 to 7680x4320, such as 1920x1080")
    return size


def _names(text: str) -> frozenset[str]:
    return frozenset(name for name in text.split(",") if name)


def _open(folder: Path, args: argparse.Namespace, stack: ExitStack) -> int:
    from ui.demo.stage import build_hq, enrol_till, labels

    print("Making the demo chain and its HQ ...", flush=True)
    hq = stack.enter_context(build_hq(folder, datetime.now().astimezone().date()))
    enrol_till(hq, folder / "till")
    print(f"HQ runs at {hq.url}; PINs 1101, 1102, 1103 (manager); member code JM26000001", flush=True)
    if not args.headless:
        from ui.app import run as open_window
        from ui.commands.run import tell

        return open_window(folder / "till", tell)
    from ui.app import opened
    from ui.demo.day import Day
    from ui.demo.hands import Album

    album = Album(args.screenshots, args.size, args.only) if args.screenshots else None
    with opened(folder / "till") as shop:
        summary = Day(shop, hq, labels(folder), album).run()
    print(json.dumps({**asdict(summary), "agrees": summary.agrees}, ensure_ascii=False))
    print("HQ agrees with the till." if summary.agrees else "HQ and the till differ.")
    return 0 if summary.agrees else 1
