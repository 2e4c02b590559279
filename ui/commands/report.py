"""``posclient report --data DIR [--day D]``: the reading of a shift as JSON, money in fen; reads only.

Works while the till runs. Exit status 0; 1: the data folder cannot be read; 2: there is no till, or no such day.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from posclient.errors import DataError, InputError

if TYPE_CHECKING:
    from posclient.domain.shift_report import ShiftReport


def add(subparsers: Any) -> None:
    """Declare ``report``."""
    text = "print the figures of a shift, with the head of the journal's chain, as JSON"
    parser = subparsers.add_parser("report", help="figures of a shift", description=f"{text[0].upper()}{text[1:]}.")
    parser.add_argument("--data", type=Path, default=None, metavar="DIR", help="data folder (default: the user's own)")
    parser.add_argument("--day", default=None, metavar="YYYY-MM-DD", help="business day (default: today)")


def run(args: argparse.Namespace) -> int:
    """Print the reading."""
    from ui.commands.run import default_folder

    day = None if args.day is None else _day(args.day)
    print(json.dumps(report_json(_reading(args.data or default_folder(), day)), ensure_ascii=False))
    return 0


def report_json(report: ShiftReport) -> dict[str, Any]:
    """As plain JSON; ``printed`` of the head is what stands on paper."""
    head = report.head
    return {
        **asdict(report),
        "at": report.at.isoformat(),
        "today": report.today.isoformat(),
        "figures": {**asdict(report.figures), "day": report.figures.day.isoformat(), "paid": report.figures.paid},
        "head": {**asdict(head), "hash": head.hash.hex(), "printed": f"{head.seq} {head.printed}"},
    }


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError("date", text=text[:40]) from None


def _reading(folder: Path, day: date | None) -> ShiftReport:
    from posclient.actions.shift_report import reading
    from ui.opening import open_folder

    try:
        till = open_folder(folder, read_only=True)
    except DataError as error:
        if error.code == "no_till":
            raise InputError(error.code, **error.params) from None
        raise
    try:
        return reading(till, day)
    finally:
        till.close()
