"""``posclient sync --data DIR``: one cycle. The till that runs on the folder is asked; where none does, we do it."""

from __future__ import annotations

import argparse
import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from posclient.errors import DataError

if TYPE_CHECKING:
    from sync.report import ShowProgress


def add(subparsers: Any) -> None:
    """Declare ``sync``."""
    parser = subparsers.add_parser(
        "sync", help="exchange with HQ now",
        description="Run one push and pull; print JSON. Exit status 0 when it ran to its end.",
    )  # fmt: skip
    parser.add_argument("--data", type=Path, default=None, metavar="DIR", help="data folder (default: the user's own)")
    parser.add_argument(
        "--accept", action="store_true",
        help="take what was held back: many rows gone at once, or an HQ that was restored (no till may run)",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Print the status; 0 when the cycle ran to its end, else 1."""
    from ui.commands.run import default_folder

    status = one_cycle(args.data or default_folder(), args.accept)
    print(json.dumps(status, ensure_ascii=False))
    return 0 if status["error"] is None else 1


def one_cycle(folder: Path, accept: bool = False, show: ShowProgress = lambda _progress: None) -> dict[str, Any]:
    """The status after one cycle, by whoever may run it.

    ``DataError``: ``in_use`` by a program that cannot be asked (a replay), ``not_enrolled``, ``no_till``.
    """
    from sync.control import ask
    from sync.running import ANSWER_SECONDS

    answer = None if accept else ask(folder, "sync", ANSWER_SECONDS)
    return answer if answer is not None else _own_cycle(folder, accept, show)


def _own_cycle(folder: Path, accept: bool, show: ShowProgress) -> dict[str, Any]:
    from posclient.actions import returning
    from posclient.db.connection import TILL_FILE
    from sync.accepting import Accepted
    from sync.running import FolderSync
    from ui.opening import SystemClock, open_folder

    if not (folder / TILL_FILE).exists():
        raise DataError("no_till", path=str(folder))
    with closing(open_folder(folder)) as till:
        till.reference.close()  # its next look-up opens the file that is live then
        cycles = FolderSync(folder, SystemClock(), own=till.own, give_up=lambda: returning.answer(till).given_up)
        try:
            return cycles.run(show, Accepted(everything=accept)).as_json()
        finally:
            cycles.close()
