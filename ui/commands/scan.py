"""``posclient scan IMAGE...``: the codes in pictures, one JSON line a picture, for support people and tests."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from posclient.devices.camera import DecodedCode, read_codes, read_picture
from posclient.errors import InputError
from ui.sentences import sentence


def add(subparsers: Any) -> None:
    """Declare ``scan``."""
    parser = subparsers.add_parser(
        "scan", help="read barcodes and QR codes in pictures", description="Print one JSON line per picture."
    )
    parser.add_argument("images", nargs="+", metavar="IMAGE", help="a picture file (PNG, JPEG, ...)")


def run(args: argparse.Namespace) -> int:
    """0; 1 if a file is no picture: its line has no codes, the others are answered all the same.

    A picture without a code is no failure.
    """
    return max(_scan(path) for path in args.images)


def _scan(path: str) -> int:
    began = time.perf_counter()
    codes: tuple[DecodedCode, ...] = ()
    status = 0
    try:
        codes = read_codes(read_picture(Path(path)))
    except InputError as error:
        print(f"posclient scan: {sentence(error)}", file=sys.stderr)
        status = 1
    answer = {
        "image": path,
        "codes": [asdict(code) for code in codes],
        "ms": round((time.perf_counter() - began) * 1000, 1),
    }
    print(json.dumps(answer, ensure_ascii=False), flush=True)
    return status
