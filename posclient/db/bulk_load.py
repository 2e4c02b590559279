"""Whole feeds into a new cache file: rows by the thousand, indexes afterwards."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from posclient.db import bulk_parse
from posclient.db.at_rest import AtRest
from posclient.db.cache_schema import insert_sql
from posclient.db.cache_tables import TABLES
from posclient.db.chunks import Snapshot
from posclient.db.connection import Connection
from posclient.domain.feeds import CHECKSUM_MODULUS
from posclient.errors import DataError

#: In a frozen program (PyInstaller) its command line takes this in place of ``-m posclient.db.loading``.
FROZEN_COMMAND = "load-cache"
#: First argument of a worker.
PARSE = "--parse"
#: Processes that read chunks; a feed that is smaller than this (packed bytes) is not worth starting them.
WORKERS, WORTH_WORKERS = 2, 1_000_000


def child_command(*arguments: str) -> list[str]:
    """How to start ``loading.main`` in a process of its own."""
    start = [FROZEN_COMMAND] if getattr(sys, "frozen", False) else ["-m", "posclient.db.loading"]
    return [sys.executable, *start, *arguments]


def child_environment() -> dict[str, str]:
    """Its environment: it finds this package wherever it is started."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def hand_key(child: subprocess.Popen[bytes], own_key: bytes) -> None:
    """Give a child the till's own key; its end will show in its answer."""
    assert child.stdin  # noqa: S101 - it is a pipe
    with suppress(OSError):
        child.stdin.write(own_key)
        child.stdin.flush()


def load_feed(con: Connection, snapshot: Snapshot, paths: Sequence[Path], own_key: bytes) -> None:
    """Insert a feed's rows. Errors: ``bad_chunk``, ``bad_row``, ``bad_snapshot`` (not what the manifest says)."""
    count = checksum = 0
    with _parsed(snapshot, paths, own_key) as parsed:
        for made in parsed:
            for piece in made:
                _insert(con, piece)
                count, checksum = count + len(piece[1]), checksum + piece[4]
    if (count, checksum % CHECKSUM_MODULUS) != (snapshot.count, snapshot.checksum):
        raise DataError("bad_snapshot", feed=snapshot.feed, count=count, expected=snapshot.count)


def _insert(con: Connection, piece: bulk_parse.Piece) -> None:
    name, rows, texts, codes, _ = piece
    try:
        con.executemany(insert_sql(TABLES[name], "n, "), rows)
        if texts:
            con.executemany("INSERT INTO product_text (rowid, name) VALUES (?, ?)", texts)
            con.executemany("INSERT INTO barcode (code, product) VALUES (?, ?)", codes)
    except (UnicodeEncodeError, OverflowError, TypeError, sqlite3.IntegrityError) as error:
        raise DataError("bad_row", table=name, key="", why=f"{type(error).__name__}: {error}"[:200]) from error


@contextmanager
def _parsed(snapshot: Snapshot, paths: Sequence[Path], own_key: bytes) -> Iterator[Iterator[list[bulk_parse.Piece]]]:
    """Pieces of all chunks with rising row numbers."""
    if sum(chunk.bytes for chunk in snapshot.chunks) < WORTH_WORKERS:
        yield bulk_parse.pieces(snapshot.feed, paths, AtRest(own_key))
        return
    with ExitStack() as workers:
        started = [
            workers.enter_context(_worker(own_key, snapshot.feed, str(number), str(WORKERS), *map(str, paths)))
            for number in range(WORKERS)
        ]
        yield _in_turn(started)


@contextmanager
def _worker(own_key: bytes, *arguments: str) -> Iterator[Iterator[list[bulk_parse.Piece]]]:
    with subprocess.Popen(
        child_command(PARSE, *arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=child_environment()
    ) as worker:
        assert worker.stdout  # noqa: S101 - it is a pipe
        try:
            hand_key(worker, own_key)
            yield bulk_parse.receive(worker.stdout)
        except BaseException:
            worker.kill()  # nobody wants the rest; one that has sent all ends by itself
            raise


def _in_turn(sources: list[Iterator[list[bulk_parse.Piece]]]) -> Iterator[list[bulk_parse.Piece]]:
    """One piece of each source after the other, until all are empty."""
    while sources:
        for source in list(sources):
            piece = next(source, None)
            if piece is None:
                sources.remove(source)
            else:
                yield piece
