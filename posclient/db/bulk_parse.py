"""The half of a first load that is Python's work: unpack, check, derive. Done in processes of their own.

A worker writes pieces to its standard output, each a length and a marshalled ``Piece``; the pipe lets it be one piece
ahead and no more, so memory stays bounded, and it ends with whoever reads it.
"""

from __future__ import annotations

import marshal
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import repeat
from operator import itemgetter
from pathlib import Path
from typing import IO, Any

from posclient.db.at_rest import KEY_BYTES, AtRest
from posclient.db.cache_rows import barcodes, table_of
from posclient.db.cache_tables import TABLES, Table
from posclient.db.chunks import read_rows
from posclient.db.name_text import spaced
from posclient.domain.feeds import rows_checksum
from posclient.errors import DataError

#: Rows of one piece at most; row numbers of pieces are this far apart.
MOST_ROWS = 1 << 17
_LENGTH_BYTES = 8
_PRODUCT = TABLES["product"]
_COLUMNS = [name for name, _ in _PRODUCT.columns]
#: Where a product's name and codes are in its values.
_NAME_AT, _GTINS_AT = _COLUMNS.index("name"), _COLUMNS.index("gtins")
_TABLE, _KEY, _VERSION, _DATA = map(itemgetter, "tkvd")

#: Table, its rows (n, key, feed, version, values), full-text rows, barcode rows, sum of row checksums.
Piece = tuple[str, list[tuple[Any, ...]], list[tuple[int, str]], list[tuple[str, int]], int]


def pieces(
    feed: str, paths: Sequence[Path], at_rest: AtRest, worker: int = 0, workers: int = 1
) -> Iterator[list[Piece]]:
    """What worker ``worker`` of ``workers`` makes of every so-manieth chunk. Errors: ``bad_chunk``, ``bad_row``.

    Piece j of worker w has the row numbers of block j * workers + w: read in turn, they only rise.
    """
    block = worker
    for path in paths[worker::workers]:
        for rows in read_rows(path, at_rest):
            yield _pieces(feed, rows, block * MOST_ROWS + 1, at_rest)
            block += workers


def send(made: Iterator[list[Piece]], out: IO[bytes]) -> None:
    """Write pieces, then an empty one; in place of a piece that cannot be made, the error's code and parameters."""
    try:
        for piece in made:
            _write(out, piece)
        _write(out, [])
    except DataError as error:
        _write(out, (error.code, {name: str(value) for name, value in error.params.items()}))


def receive(source: IO[bytes]) -> Iterator[list[Piece]]:
    """What ``send`` wrote. Error: its error, or ``load_failed`` if the worker died."""
    while True:
        length = int.from_bytes(source.read(_LENGTH_BYTES), "big")
        data = source.read(length)
        if not length or len(data) != length:
            raise DataError("load_failed", why="a worker died")
        made = marshal.loads(data)  # noqa: S302 - from a child of ours
        if not made:
            return
        if isinstance(made, tuple):
            code, params = made
            raise DataError(code, **params)
        yield made


def main(arguments: Sequence[str]) -> int:
    """Feed, number of this worker, number of workers, paths; the till's own key comes on standard input."""
    feed, worker, workers, *paths = arguments
    key = read_key()
    if len(key) < KEY_BYTES:
        return 1  # whoever started us is gone
    try:
        made = pieces(feed, [Path(path) for path in paths], AtRest(key), int(worker), int(workers))
        send(made, sys.stdout.buffer)
    except BrokenPipeError:
        return 1  # nobody wants it any more
    return 0


def read_key() -> bytes:
    """The till's own key, which a parent wrote to our standard input: arguments and environments are seen by others."""
    key = b""
    while len(key) < KEY_BYTES and (more := os.read(0, KEY_BYTES - len(key))):
        key += more
    return key


def _write(out: IO[bytes], made: list[Piece] | tuple[str, dict[str, str]]) -> None:
    data = marshal.dumps(made)
    out.write(len(data).to_bytes(_LENGTH_BYTES, "big") + data)
    out.flush()


def _pieces(feed: str, rows: list[dict[str, Any]], first: int, at_rest: AtRest) -> list[Piece]:
    if len(rows) > MOST_ROWS:
        raise DataError("bad_chunk", why="rows without content")
    try:
        tables = set(map(_TABLE, rows))
        if len(tables) == 1:
            return [_piece(table_of(feed, tables.pop()), feed, at_rest, range(first, first + len(rows)), rows)]
        by_table: dict[str, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
        for n, row in enumerate(rows, first):
            by_table[row["t"]].append((n, row))
        return [
            _piece(table_of(feed, name), feed, at_rest, *zip(*found, strict=True)) for name, found in by_table.items()
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise DataError("bad_row", table="", key="", why=f"{type(error).__name__}: {error}") from error


def _piece(table: Table, feed: str, at_rest: AtRest, numbers: Sequence[int], rows: Sequence[dict[str, Any]]) -> Piece:
    keys, versions = list(map(_KEY, rows)), list(map(_VERSION, rows))
    if not ({str}.issuperset(map(type, keys)) and {int}.issuperset(map(type, versions))):
        raise TypeError("key or version")  # nothing else looks: SQLite would end the load without saying at which row
    columns = table.all_values(keys, list(map(_DATA, rows)), at_rest)
    made = list(zip(numbers, keys, repeat(feed), versions, *columns, strict=False))
    checksum = rows_checksum(table.name, keys, versions)
    if table is not _PRODUCT:
        return table.name, made, [], [], checksum
    texts = list(zip(numbers, map(spaced, columns[_NAME_AT]), strict=True))
    codes = [(code, n) for n, gtins in zip(numbers, columns[_GTINS_AT], strict=True) for code in barcodes(gtins)]
    return table.name, made, texts, codes, checksum
