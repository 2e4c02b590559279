"""Are the databases of a data folder whole? For ``doctor``, and once a day; reads alone, beside a running till."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from posclient.db.connection import Connection, connect
from posclient.db.journal import verify_chain
from posclient.db.live_cache import live_path
from posclient.db.till_file import open_till
from posclient.errors import DataError

#: SQLite names at most so many faults of a file.
_MOST_FAULTS = 10


def check(folder: Path) -> dict[str, Mapping[str, Any]]:
    """By database, ``{"ok": bool, ...}``: ``error`` is a code, ``faults`` what SQLite found, ``broken_fact`` a seq."""
    return {"till": _checked(_check_till, folder), "cache": _checked(_check_cache, folder)}


def is_cache_whole(folder: Path, look: str = "quick_check") -> bool:
    """Can every page of the live cache be read? ``DataError`` where that cannot be told now. ``look``: the pragma."""
    try:
        with closing(connect(live_path(folder), read_only=True)) as con:
            return bool(con.execute(f"PRAGMA {look}(1)").fetchone()[0] == "ok")
    except DataError as error:
        if error.code in {"corrupt", "not_database"}:
            return False
        raise


def damaged_tables(con: Connection) -> list[str]:
    """The tables that cannot be read as a whole, or an index of theirs, so that people know what may be missing."""
    sql = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"
    return [name for (name,) in con.execute(sql).fetchall() if not _is_whole(con, name)]


def _is_whole(con: Connection, table: str) -> bool:
    try:
        return bool(con.execute(f'PRAGMA quick_check("{table}")').fetchone()[0] == "ok")
    except DataError:
        return False


def _checked(look: Callable[[Path], Mapping[str, Any]], folder: Path) -> Mapping[str, Any]:
    try:
        return look(folder)
    except DataError as error:
        return {"ok": False, "error": error.code}


def _check_till(folder: Path) -> Mapping[str, Any]:
    with closing(open_till(folder, read_only=True)) as con:
        faults = _faults(con)
        if faults:
            return {"ok": False, "error": "corrupt", "faults": faults}
        broken = verify_chain(con)
        count = con.execute("SELECT count(*) FROM fact").fetchone()[0]
        if broken:
            return {"ok": False, "error": "broken_chain", "broken_fact": broken.seq, "why": broken.why, "facts": count}
        return {"ok": True, "facts": count}


def _check_cache(folder: Path) -> Mapping[str, Any]:
    with closing(connect(live_path(folder), read_only=True)) as con:
        faults = _faults(con)
        return {"ok": False, "error": "corrupt", "faults": faults} if faults else {"ok": True}


def _faults(con: Connection) -> list[str]:
    found = [str(row[0]) for row in con.execute(f"PRAGMA quick_check({_MOST_FAULTS})").fetchall()]
    orphans = con.execute("PRAGMA foreign_key_check").fetchmany(_MOST_FAULTS)
    return [one for one in found if one != "ok"] + [f"{row[0]} {row[1]}: no {row[2]}" for row in orphans]
