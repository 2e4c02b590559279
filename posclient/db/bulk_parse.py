"""The half of a first load that is Python's work: unpack, check, derive. Done in processes of their own.

A worker writes pieces to its standard output, each a length and a marshalled ``Piece``; the pipe lets it be one piece
ahead and no more, so memory stays bounded, and it ends with whoever reads it.
"""

from __future__ import annotations

import marshal
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from posclient.db.cache_rows import barcodes, table_of
from posclient.db.cache_tables import TABLES, Table
from posclient.db.chunks import read_rows
from posclient.db.name_text import spaced
from posclient.domain.feeds import row_checksum
from posclient.errors import DataError

#: Rows of one piece at most; row numbers of pieces are this far apart.
MOST_ROWS = 1 << 17
_LENGTH_BYTES = 8
_PRODUCT = TABLES["product"]
_COLUMNS = [name for name, _ in _PRODUCT.columns]
#: Where a product's name and codes are in a row of n, key, feed, version, values.
_NAME_AT, _GTINS_AT = _COLUMNS.index("name") + 4, _COLUMNS.index("gtins") + 4

#: Table, its rows (n, key, feed, version, values), full-text rows, barcode rows, sum of row checksums.
Piece = tuple[str, list[tuple[Any, ...]], list[tuple[int, str]], list[tuple[str, int]], int]


def pieces(feed: str, paths: Sequence[Path], worker: int = 0, workers: int = 1) -> Iterator[list[Piece]]:
    """What worker ``worker`` of ``workers`` makes of every so-manieth chunk. Errors: ``bad_chunk``, ``bad_row``.

    Piece j of worker w has the row numbers of block j * workers + w: read in turn, they only rise.
    """
    block = worker
    for path in paths[worker::workers]:
        for rows in read_rows(path):
            yield _pieces(feed, rows, block * MOST_ROWS + 1)
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
    """Feed, number of this worker, number of workers, paths."""
    feed, worker, workers, *paths = arguments
    try:
        send(pieces(feed, [Path(path) for path in paths], int(worker), int(workers)), sys.stdout.buffer)
    except BrokenPipeError:
        return 1  # nobody wants it any more
    return 0


def _write(out: IO[bytes], made: list[Piece] | tuple[str, dict[str, str]]) -> None:
    data = marshal.dumps(made)
    out.write(len(data).to_bytes(_LENGTH_BYTES, "big") + data)
    out.flush()


def _pieces(feed: str, rows: list[dict[str, Any]], first: int) -> list[Piece]:
    by_table = defaultdict(list)
    if len(rows) > MOST_ROWS:
        raise DataError("bad_chunk", why="rows without content")
    try:
        for n, row in enumerate(rows, first):
            by_table[row["t"]].append((n, row["k"], row["v"], row["d"]))
        return [_piece(feed, table_of(feed, name), found) for name, found in by_table.items()]
    except (KeyError, TypeError, ValueError) as error:
        raise DataError("bad_row", table="", key="", why=f"{type(error).__name__}: {error}") from error


def _piece(feed: str, table: Table, rows: list[tuple[int, str, int, dict[str, Any]]]) -> Piece:
    values, name = table.values, table.name
    made = [(n, key, feed, version, *values(key, data)) for n, key, version, data in rows]
    checksum = sum([row_checksum(name, key, version) for _, key, version, _ in rows])
    if table is not _PRODUCT:
        return name, made, [], [], checksum
    texts = [(row[0], spaced(row[_NAME_AT])) for row in made]
    codes = [(code, row[0]) for row in made for code in barcodes(row[_GTINS_AT])]
    return name, made, texts, codes, checksum
