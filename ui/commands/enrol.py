"""``posclient enrol``: make a data folder a till of an HQ, load it for the first time, set the first administrator.

Each step can be taken up where it stopped: without ``--hq`` and ``--code``, ``enrol`` goes on with the first load and
the administrator of a folder that is enrolled already.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from posclient.errors import InputError, LinkError

if TYPE_CHECKING:
    from posclient.db.terminal import Terminal
    from sync.report import Progress

ADMINISTRATOR = "admin"


def add(subparsers: Any) -> None:
    """Declare ``enrol``."""
    parser = subparsers.add_parser(
        "enrol", help="make this a till of an HQ",
        description="Enrol a data folder at an HQ with a one-time code, load it, set the first administrator's PIN.",
    )  # fmt: skip
    parser.add_argument("--data", type=Path, default=None, metavar="DIR", help="data folder (default: the user's own)")
    parser.add_argument("--hq", metavar="URL", help="address of HQ")
    parser.add_argument("--code", help="one-time code (posclient hq enrol)")
    parser.add_argument(
        "--credentials", choices=("keyring", "file"), default="keyring",
        help="where the till's keys are kept: the system's keyring, or a file of mode 0600 (reduced protection)",
    )  # fmt: skip
    parser.add_argument("--admin-pin", metavar="PIN", help="PIN of the first administrator, where HQ sent no staff")


def run(args: argparse.Namespace) -> int:
    """Enrol, load, set the administrator; print a JSON summary. 0 when all of it was done."""
    from ui.commands.run import default_folder

    folder = args.data or default_folder()
    if (args.hq is None) != (args.code is None):
        raise InputError("hq_and_code")
    pin_hash = _hashed(args.admin_pin) if args.admin_pin is not None else None
    till = _enrol(folder, args) if args.hq is not None else _enrolled(folder)
    status = _first_load(folder)
    administrator = status["error"] is None and _administrator(folder, pin_hash)
    summary = {
        "terminal": till.terminal, "store": till.store, "slot": till.slot, "hq": till.hq,
        "credentials": till.credentials, "administrator": administrator, "sync": status,
    }  # fmt: skip
    if till.credentials == "file":
        summary["protection"] = "reduced"
    print(json.dumps(summary, ensure_ascii=False))
    return 0 if status["error"] is None else 1


def _enrol(folder: Path, args: argparse.Namespace) -> Terminal:
    from sync.enrolment import Enrolment, enrol
    from sync.transport import HttpHq
    from ui.opening import SystemClock, new_id

    try:
        return enrol(folder, Enrolment(args.hq, args.code, args.credentials), HttpHq, SystemClock(), new_id)
    except LinkError as error:
        if error.code in {"unreachable", "timeout"}:  # nothing is tried again, and nobody sells here yet
            raise LinkError("no_hq_there", url=args.hq) from error
        raise


def _enrolled(folder: Path) -> Terminal:
    """The till that the folder is; ``DataError``: ``no_till``, ``not_enrolled``."""
    from posclient.db import terminal
    from posclient.db.till_file import open_till

    con = open_till(folder, read_only=True)
    try:
        return terminal.read(con)
    finally:
        con.close()


def _first_load(folder: Path) -> dict[str, Any]:
    from ui.commands.sync import one_cycle

    return one_cycle(folder, show=_show)


def _show(progress: Progress) -> None:
    """A line a chunk on standard error."""
    if progress.total:
        print(f"{progress.feed}: {progress.done // 1024} / {progress.total // 1024} KiB", file=sys.stderr)


def _administrator(folder: Path, pin_hash: str | None) -> bool:
    """Set the first administrator, where nobody could log in otherwise; False if somebody can.

    ``InputError("admin_pin_needed")`` where no PIN was given and nobody can be asked.
    """
    from posclient.db import staff_records
    from posclient.db.connection import transaction
    from posclient.db.lock import FolderLock
    from posclient.db.till_file import open_till
    from posclient.domain.people import Staff

    with FolderLock(folder):
        con = open_till(folder)
        try:
            if _has_staff(folder) or (staff_records.local(con) and pin_hash is None):
                return False
            pin_hash = pin_hash or _asked_pin()
            with transaction(con):
                person = Staff(ADMINISTRATOR, "管理员", "", frozenset({"admin", "manager", "cashier", "guide"}))
                staff_records.add_local(con, person, pin_hash)
            return True
        finally:
            con.close()


def _has_staff(folder: Path) -> bool:
    from posclient.db import chain
    from posclient.db.live_cache import LiveCache

    cache = LiveCache(folder)
    try:
        return bool(chain.staff(cache))
    finally:
        cache.close()


def _asked_pin() -> str:
    if sys.stdin is None or not sys.stdin.isatty():
        raise InputError("admin_pin_needed")
    from ui.i18n import tr

    pin = getpass(tr("enrol.pin"), stream=sys.stderr)
    if getpass(tr("enrol.pin_again"), stream=sys.stderr) != pin:
        raise InputError("pins_differ")
    return _hashed(pin)


def _hashed(pin: str) -> str:
    from posclient.domain.pins import hash_pin

    return hash_pin(pin, secrets.token_bytes(16))
