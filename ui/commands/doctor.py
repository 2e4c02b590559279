"""``posclient doctor --data DIR``: is this till well? JSON, always: while the till runs, on a broken folder, on none.

Reads only. Each check has a state: ``ok``, ``failed`` (with a code), ``absent`` (not there, and need not be) or
``skipped`` (cannot be asked, because of another that failed). Exit status 1 when one failed.
"""

from __future__ import annotations

import argparse
import json
import platform
import socket
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from posclient.errors import PosError
from ui.commands.machine import time_zone, versions

if TYPE_CHECKING:
    from posclient.db.connection import Connection
    from posclient.db.terminal import Terminal

Check = dict[str, Any]
#: Seconds for a printer in the network, and for the keyring (which must not ask anybody anything).
PRINTER_SECONDS, KEYRING_SECONDS = 3.0, 5.0
#: HQ's clock and ours may differ by this much before it is called a fault (protocol.md, clocks).
CLOCK_SECONDS = 300


def add(subparsers: Any) -> None:
    """Declare ``doctor``."""
    parser = subparsers.add_parser(
        "doctor", help="check this till", description="Check databases, keyring, printer, camera and HQ; print JSON."
    )
    parser.add_argument("--data", type=Path, default=None, metavar="DIR", help="data folder (default: the user's own)")


def run(args: argparse.Namespace) -> int:
    """Print the findings; 0 when all is well, else 1."""
    from ui.commands.run import default_folder

    findings = examine(args.data or default_folder())
    print(json.dumps(findings, ensure_ascii=False, indent=2))
    return 0 if findings["ok"] else 1


def examine(folder: Path) -> dict[str, Any]:
    """All findings about a data folder."""
    con = _open(folder)
    terminal = _terminal(con)
    checks: dict[str, Check] = {
        "folder": _checked(lambda: _folder(folder)),
        "till_db": _checked(lambda: _till_db(folder, con)),
        "journal": _checked(lambda: _journal(con)),
        "cache": _checked(lambda: _cache(folder, terminal)),
        "enrolment": _checked(lambda: _enrolment(con, terminal)),
        "credentials": _checked(lambda: _credentials(folder, terminal)),
        "hq": _checked(lambda: _hq(folder, terminal)),
        "hub": _checked(lambda: _hub(folder, terminal)),
        "unsent": _checked(lambda: _unsent(con)),
        "settings": _checked(lambda: _settings(folder)),
        "printer": _checked(lambda: _printer(folder)),
        "camera": _checked(_camera),
        "time_zone": time_zone(),
    }
    if con is not None:
        con.close()
    ok = all(check["state"] != "failed" for check in checks.values())
    return {"ok": ok, "folder": str(folder), "versions": versions(), "checks": checks}


def _checked(check: Callable[[], Check]) -> Check:
    """What went wrong is a finding, not the end."""
    try:
        return check()
    except PosError as error:
        from sync.report import error_json

        return {"state": "failed", **(error_json(error) or {})}
    except sqlite3.Error as error:  # tables are missing: a file that was emptied, or never finished
        return {**_failed("corrupt"), "detail": str(error)}
    except OSError as error:
        return {**_failed("io_error"), "detail": str(error)}


def _failed(code: str) -> Check:
    return {"state": "failed", "code": code}


def _open(folder: Path) -> Connection | None:
    from posclient.db.till_file import open_till

    try:
        return open_till(folder, read_only=True)
    except (PosError, OSError):
        return None  # ``till_db`` says why


def _terminal(con: Connection | None) -> Terminal | None:
    from posclient.db import terminal

    try:
        return terminal.read(con) if con is not None else None
    except PosError:
        return None  # ``enrolment`` says why


def _folder(folder: Path) -> Check:
    from posclient.db.lock import LOCK_FILE, FolderLock

    if not folder.is_dir():
        return _failed("no_folder")
    running = False
    if (folder / LOCK_FILE).exists():
        try:
            FolderLock(folder).close()
        except PosError as error:
            if not (running := error.code == "in_use"):  # a disk that only reads, another user's file: no till opens
                raise
    return {"state": "ok", "running": running}


def _till_db(folder: Path, con: Connection | None) -> Check:
    if con is None:
        from posclient.db.till_file import open_till

        open_till(folder, read_only=True).close()  # raises what is wrong
        return _failed("busy")
    return _integrity(con, "integrity_check") | {"version": con.execute("PRAGMA user_version").fetchone()[0]}


def _integrity(con: Connection, pragma: str) -> Check:
    from posclient.db.integrity import damaged_tables

    try:
        found = [row[0] for row in con.execute(f"PRAGMA {pragma}(5)").fetchall()]
    except PosError:  # it went on to the rows of a page that is bad, and what it had found is lost
        found = [row[0] for row in con.execute(f"PRAGMA {pragma}(1)").fetchall()]
    if found == ["ok"]:
        return {"state": "ok"}
    return {**_failed("corrupt"), "detail": "; ".join(found), "tables": damaged_tables(con)}


def _journal(con: Connection | None) -> Check:
    from ui.commands.journal import verified

    if con is None:
        return {"state": "skipped"}
    found = verified(con)
    return {"state": "ok", "facts": found["facts"]} if found["ok"] else {**_failed("broken_chain"), **found["bad"]}


def _cache(folder: Path, terminal: Terminal | None) -> Check:
    from posclient.db.connection import connect
    from posclient.db.live_cache import live_path

    if terminal is None:
        return {"state": "skipped"}
    con = connect(live_path(folder), read_only=True)
    try:
        feeds = dict(con.execute("SELECT feed, version FROM feed_cursor").fetchall())
        check = _integrity(con, "quick_check")
        return check | {"feeds": feeds} if feeds else _failed("never_loaded")
    finally:
        con.close()


def _enrolment(con: Connection | None, terminal: Terminal | None) -> Check:
    if con is None:
        return {"state": "skipped"}
    if terminal is None:
        return _failed("not_enrolled")
    trouble = {} if terminal.trouble is None else _failed(terminal.trouble)
    times = {"hq_answered": terminal.contact_wall_ms, "sealed_since": terminal.sealed_ms}
    since = {name: datetime.fromtimestamp(ms / 1000, UTC).isoformat() for name, ms in times.items() if ms is not None}
    return {
        "state": "ok", **trouble, "terminal": terminal.terminal, "store": terminal.store, "slot": terminal.slot,
        "hq": terminal.hq, "url": terminal.hq_url, **since,
    }  # fmt: skip


def _credentials(folder: Path, terminal: Terminal | None) -> Check:
    from sync.credentials import FILE_NAME, KeyringVault, signer_of

    if terminal is None:
        KeyringVault(KEYRING_SECONDS).check()
        return {"state": "ok", "kind": "keyring"}
    signer_of(folder, terminal, KEYRING_SECONDS)
    if terminal.credentials != "file":
        return {"state": "ok", "kind": terminal.credentials}
    others = stat.S_IMODE((folder / FILE_NAME).stat().st_mode) & 0o077
    if others and platform.system() != "Windows":  # where it is the folder's access list that counts
        return {**_failed("credentials_readable_by_others"), "kind": "file"}
    return {"state": "ok", "kind": "file", "protection": "reduced"}


def _hq(folder: Path, terminal: Terminal | None) -> Check:
    from sync.convert import offset_ms
    from sync.credentials import signer_of
    from sync.transport import HttpHq

    if terminal is None:
        return {"state": "skipped"}
    with HttpHq(terminal.hq_url) as hq:
        health = hq.health()
    if health["hq"] != terminal.hq:
        return {**_failed("other_hq"), "found": str(health["hq"])}
    with HttpHq(terminal.hq_url, signer_of(folder, terminal, KEYRING_SECONDS)) as hq:
        ahead_ms = offset_ms(hq.feeds().time, datetime.now(UTC))
    seconds = round(ahead_ms / 1000, 1)
    clock = {} if abs(seconds) <= CLOCK_SECONDS else _failed("clock_differs")
    return {"state": "ok", "version": str(health.get("version", "")), "clock_ahead_s": seconds, **clock}


def _hub(folder: Path, terminal: Terminal | None) -> Check:
    """The store's hub: does it answer; and what lies here where this till is or was one."""
    from posclient.db.hub_file import HUB_FILE, HubFile
    from sync.credentials import signer_of
    from sync.hub_part import appointed

    if terminal is None:
        return {"state": "skipped"}
    found = appointed(folder, terminal)
    check: Check = {}
    if (folder / HUB_FILE).exists():
        with closing(HubFile(folder, read_only=True)) as file:
            check["holds"] = asdict(file.held())
    if found is None or found.terminal is None:
        return {"state": "absent", **check}
    from sync.hub.line import HubLine

    where = {"hub": found.terminal, "address": found.address, "until_ms": found.not_after_ms, **check}
    try:
        HubLine(found, signer_of(folder, terminal, KEYRING_SECONDS)).close()
    except PosError as error:
        return {**_failed(error.code), "why": str(error.params.get("why", "")), **where}
    return {"state": "ok", **where}


def _unsent(con: Connection | None) -> Check:
    from posclient.db import outbox

    if con is None:
        return {"state": "skipped"}
    backlog = outbox.backlog(con, datetime.now(UTC))
    return {"state": "ok", "facts": backlog.count, "amount": backlog.amount, "oldest_s": backlog.oldest_s}


def _settings(folder: Path) -> Check:
    from posclient.config import load_settings

    load_settings(folder)
    return {"state": "ok"}


def _printer(folder: Path) -> Check:
    from posclient.config import load_settings
    from posclient.devices.printer import is_device

    printer = load_settings(folder).printer
    if printer.kind == "none":
        return {"state": "absent", "kind": "none"}
    if printer.kind == "file":
        place = Path(printer.path) if printer.path else folder / "receipts"
        usable = place.exists() or (not is_device(place) and place.parent.is_dir())
        missing = _failed("no_device" if is_device(place) else "no_folder")
        return {**({"state": "ok"} if usable else missing), "kind": "file", "path": str(place)}
    where = {"kind": "network", "address": f"{printer.host}:{printer.port}"}
    try:
        socket.create_connection((printer.host, printer.port), PRINTER_SECONDS).close()
    except (OSError, UnicodeError) as error:  # an address that cannot be one is a UnicodeError
        return {**_failed("printer_unreachable"), "detail": str(error), **where}
    return {"state": "ok", **where}


def _camera() -> Check:
    if platform.system() == "Linux":
        found = sorted(str(path) for path in Path("/dev").glob("video*"))
        return {"state": "ok", "devices": found} if found else {"state": "absent"}
    import cv2

    camera = cv2.VideoCapture(0)
    opened = camera.isOpened()
    camera.release()
    return {"state": "ok", "devices": ["0"]} if opened else {"state": "absent"}
