"""First loads and snapshots: a new cache file beside the live one, then it takes over.

    path = build(folder, stores, now, own)   # in a child process: a busy Python thread would delay a scan by 5 to 16 ms
    swap(folder, path)

What is in none of the snapshots is copied from the live cache as it is at that moment. Pages that the live cache
takes meanwhile are simply pulled again: rows and cursors are copied together. A build that dies leaves a ``.part``
file, which the next one removes; chunks stay, so that nothing is fetched twice.

As a program (standard library, zstandard and PyNaCl alone). On its standard input come 32 bytes, the till's own key;
it ends when that input does, that is, with its parent:
    python -m posclient.db.loading FOLDER NOW_MS SNAPSHOT... [--gone=FEED]...    prints {"path": ...} or {"error": ...}
"""

from __future__ import annotations

import gc
import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from posclient.db import bulk_parse, room
from posclient.db.at_rest import AtRest, OwnKey
from posclient.db.bulk_load import PARSE, child_command, child_environment, hand_key, load_feed
from posclient.db.cache_rows import barcodes
from posclient.db.cache_schema import columns_of, create_indexes, create_tables
from posclient.db.cache_tables import TABLES
from posclient.db.chunks import ChunkStore
from posclient.db.connection import Connection, connect
from posclient.db.inbox import Cursor, write_cursor
from posclient.db.instants import to_ms
from posclient.db.live_cache import live_path, next_path, point_at, sweep
from posclient.db.name_text import spaced
from posclient.errors import DataError

#: Page cache of a build in KiB.
_CACHE_KIB = 96 * 1024
#: Before the name of a feed that is left out; no snapshot's name has such a sign.
_GONE = "--gone="


def build(
    folder: Path, stores: Iterable[ChunkStore], now: datetime, own: OwnKey, gone: Sequence[str] = ()
) -> Path:  # fmt: skip
    """A whole new cache file, made by a child process; not live yet. ``own`` opens the chunks and seals the rows;
    feeds that are ``gone`` are left out.

    Errors, ``DataError``: ``bad_chunk``, ``bad_row``, ``bad_snapshot`` (count or checksum is not the manifest's, or a
    key is there twice), ``disk_full`` and the others of ``connection``, ``load_failed`` (the child died),
    ``no_own_key``.
    """
    own.needed()
    names = [store.snapshot.snapshot for store in stores]
    with subprocess.Popen(
        child_command(str(folder), str(to_ms(now)), *names, *(f"{_GONE}{feed}" for feed in gone)),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=child_environment(),
    ) as child:  # fmt: skip
        assert child.stdout  # noqa: S101 - it is a pipe
        hand_key(child, own.key or b"")
        said = child.stdout.read()
    try:
        answer = json.loads(said)
    except ValueError as error:
        raise DataError("load_failed", status=child.returncode) from error
    if "error" in answer:
        raise DataError(answer.pop("error"), **answer)
    return Path(answer["path"])


def swap(folder: Path, path: Path) -> None:
    """Make a built file the live cache; the old one goes when its last reader has let go (``live_cache.sweep``)."""
    point_at(folder, path)
    sweep(folder)


def make(
    folder: Path, stores: Sequence[ChunkStore], now_ms: int, own_key: bytes, gone: Sequence[str] = ()
) -> Path:  # fmt: skip
    """What the child does: build, check, and give the file its name."""
    for left in folder.glob("cache-*.part"):
        left.unlink(missing_ok=True)
    path = next_path(folder)
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        _fill(part, folder, stores, now_ms, own_key, gone)
    except BaseException:
        part.unlink(missing_ok=True)  # it may have taken the room that the next sale needs
        raise
    part.replace(path)
    connect(path, synchronous="NORMAL").close()  # into WAL mode
    return path


def _fill(
    part: Path, folder: Path, stores: Sequence[ChunkStore], now_ms: int, own_key: bytes, gone: Sequence[str]
) -> None:  # fmt: skip
    with closing(_open(part)) as con:
        copied = _attach_live(con, folder)
        create_tables(con)
        con.execute("BEGIN")
        for store in stores:
            load_feed(con, store.snapshot, store.paths(), own_key)
            write_cursor(con, _cursor(store, now_ms))
        if copied:
            _copy_others(con, [*gone, *(store.snapshot.feed for store in stores)])
        con.execute("COMMIT")
        _index(con)
    with part.open("rb+") as file:
        os.fsync(file.fileno())


def main(arguments: Sequence[str]) -> int:
    """Folder, time in ms and snapshots to load, and feeds to leave out; or a worker's arguments after ``--parse``."""
    gc.disable()  # a million rows and no cycle among them
    if hasattr(os, "nice"):  # not on Windows
        os.nice(10)
    if arguments[0] == PARSE:
        return bulk_parse.main(arguments[1:])
    own_key = bulk_parse.read_key()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    answer = _answer(Path(arguments[0]), int(arguments[1]), arguments[2:], own_key)
    sys.stdout.write(json.dumps(answer) + "\n")
    return "error" in answer


def _answer(folder: Path, now_ms: int, names: Sequence[str], own_key: bytes) -> dict[str, str]:
    try:
        at_rest = AtRest(own_key)
        gone = [name.removeprefix(_GONE) for name in names if name.startswith(_GONE)]
        stores = [ChunkStore.open(folder, name, at_rest) for name in names if not name.startswith(_GONE)]
        return {"path": str(make(folder, stores, now_ms, own_key, gone))}
    except DataError as error:
        return {**{name: str(value) for name, value in error.params.items()}, "error": error.code}
    except OSError as error:
        return {"error": "cannot_write", "detail": str(error)}


def _end_with_parent() -> None:
    os.read(0, 1)  # standard input; unbuffered, or the interpreter could not end before it
    os._exit(1)


def _open(part: Path) -> Connection:
    """A file that only has to be right when it is finished: no journal, no waiting for the disk. And no longer than the
    disk has room for beside the next sale: ``disk_full``.
    """
    con = sqlite3.connect(part.absolute().as_uri(), uri=True, isolation_level=None, factory=Connection)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{_CACHE_KIB}", "temp_store = FILE"):
        con.execute(f"PRAGMA {pragma}").fetchall()
    (page,) = con.execute("PRAGMA page_size").fetchone()
    con.execute(f"PRAGMA max_page_count = {max(1, room.for_load(part.parent) // page)}").fetchall()
    return con


def _cursor(store: ChunkStore, now_ms: int) -> Cursor:
    one = store.snapshot
    return Cursor(one.feed, one.epoch, one.version, one.applied_seq, now_ms, one.version, one.count, one.checksum)


def _attach_live(con: Connection, folder: Path) -> bool:
    """Have the live cache at hand as ``live``; False where there is none."""
    try:
        live = live_path(folder)
    except DataError:
        return False
    if not live.exists():
        return False
    con.execute("ATTACH ? AS live", (f"{live.absolute().as_uri()}?mode=ro",))
    return True


def _copy_others(con: Connection, loaded: Sequence[str]) -> None:
    """Rows and cursors of the feeds that are not loaded anew, of one moment."""
    chosen = json.dumps(loaded)
    others = "feed NOT IN (SELECT value FROM json_each(?))"
    if con.execute(f"SELECT 1 FROM live.feed_cursor WHERE {others}", (chosen,)).fetchone() is None:  # noqa: S608
        return  # none: the old rows, which may not even be readable, are not looked through
    for name, table in TABLES.items():
        names = columns_of(table)
        con.execute(f"INSERT INTO main.{name} ({names}) SELECT {names} FROM live.{name} WHERE {others}", (chosen,))  # noqa: S608
    con.execute(f"INSERT INTO main.feed_cursor SELECT * FROM live.feed_cursor WHERE {others}", (chosen,))  # noqa: S608
    if "global" not in loaded:
        _derive_products(con)


def _derive_products(con: Connection) -> None:
    """Full text and barcodes of products that were copied."""
    rows = con.execute("SELECT n, name, gtins FROM main.product").fetchall()
    con.executemany("INSERT INTO product_text (rowid, name) VALUES (?, ?)", ((n, spaced(name)) for n, name, _ in rows))
    codes = ((code, n) for n, _, gtins in rows for code in barcodes(gtins))
    con.executemany("INSERT INTO barcode (code, product) VALUES (?, ?)", codes)


def _index(con: Connection) -> None:
    try:
        create_indexes(con)
    except sqlite3.IntegrityError as error:
        raise DataError("bad_snapshot", why=str(error)) from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
