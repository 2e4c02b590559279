"""``posclient hq marks|backed-up|restored``: what HQ's backup covers, and what follows from a restored one."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from posclient.errors import InputError

#: Declares a verb of ``hq`` with ``--db``: name, action, help.
Verb = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]


def add(verb: Verb) -> None:
    """Declare the verbs."""
    verb("marks", _marks, "print how far every till was received, as JSON; take it before a backup begins")
    backed = verb("backed-up", _backed_up, "declare that a backup is safe: tills may let go of what it covers")
    backed.add_argument(
        "--seq-file", type=Path, metavar="FILE", help="the marks from before the backup (default: all until now)"
    )
    verb("restored", _restored, "after HQ was restored from a backup: make new epochs, so that tills load anew")


def _marks(args: argparse.Namespace) -> int:
    from sync.hq.backups import marks
    from sync.hq.database import open_database

    with open_database(args.db, make=False).read() as session:
        print(marks(session).model_dump_json())
    return 0


def _backed_up(args: argparse.Namespace) -> int:
    from sync.hq.backups import declare, marks, read_marks
    from sync.hq.clock import UtcClock
    from sync.hq.database import open_database

    text = _read(args.seq_file) if args.seq_file else None
    with open_database(args.db, make=False).write(shared=True) as session:
        covered = marks(session) if text is None else read_marks(session, text)
        gained = declare(session, UtcClock(), covered)
    print(json.dumps({"facts": gained}))
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise InputError("bad_marks", reason="form", detail=str(error)) from None


def _restored(args: argparse.Namespace) -> int:
    from sync.hq.backups import restored
    from sync.hq.clock import UtcClock
    from sync.hq.database import open_database

    with open_database(args.db, make=False).write(shared=True) as session:
        print(json.dumps(restored(session, UtcClock())))
    return 0
