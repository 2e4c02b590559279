"""Reading one CSV file row by row, in bounded memory, whatever is in it (S-9)."""

from __future__ import annotations

import csv
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from posclient.domain.pricing.unknown_keys import is_own
from sync.hq.imports.cells import BadCellError, has_value
from sync.hq.imports.nearest import has_near, named

#: Characters of one line of a file; a longer one is skipped, never held.
MOST_LINE = 1024 * 1024
MOST_COLUMNS = 500
#: What is told and makes no row bad: ``no_line_end``, ``shared_code``.
NOTES = frozenset(("no_line_end", "shared_code"))
#: What is left of another coding (GBK, UTF-16, a workbook under the name of a table) in a first line.
_NO_TEXT = re.compile(r"[\0\ud800-\udfff]")
#: What others write between cells.
_SEPARATORS = re.compile(r"[;\t，；]")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong where. ``line`` counts from 1 (the header); ``column`` is empty for a whole line."""

    file: str
    line: int
    column: str
    code: str


@dataclass(frozen=True, slots=True)
class Column:
    """``needed``: a row without it is bad; else an empty cell, or a file without the column, gives ``default``."""

    name: str
    read: Callable[[str], Any]
    needed: bool = False
    default: Any = None


@dataclass(frozen=True, slots=True)
class Row:
    """A good row: its line and its values by column. Columns that the file does not have are not in ``present``."""

    line: int
    values: dict[str, Any]
    present: frozenset[str]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def over(self, name: str, known: Any) -> Any:
        """The value; what is ``known`` already where the file says nothing of this column."""
        return self.values[name] if name in self.present else known


class CsvFile:
    """The rows of one file; ``fault`` is called for each that cannot be read."""

    def __init__(self, path: Path, columns: Sequence[Column], fault: Callable[[Fault], None]) -> None:
        self._path = path
        self._columns = columns
        self._fault = fault
        self._cut = False
        self._ended = True

    def rows(self) -> Iterator[Row]:
        """Good rows in their order; a file without its needed columns has none."""
        try:
            yield from self._rows()
        except OSError:  # another user's file, or a disk that gives up
            self._say(0, "", "not_readable")

    def _rows(self) -> Iterator[Row]:
        if not stat.S_ISREG(self._path.stat().st_mode):
            self._say(0, "", "not_a_file")
            return
        # bytes that are no UTF-8 come as lone surrogates, so that each cell can be judged by itself
        with self._path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            cells = csv.reader(self._lines(file), strict=True)
            places = self._header(cells)
            if places is not None:
                yield from self._read(cells, places)

    def _read(self, cells: Any, places: dict[str, int]) -> Iterator[Row]:
        present, width = frozenset(places), self._width
        while True:
            line = cells.line_num + 1
            try:
                row = next(cells)
            except StopIteration:
                if not self._ended:  # such files are ordinary, and so are those that broke off: 259 of 25900
                    self._say(line - 1, "", "no_line_end")
                return
            except csv.Error:
                self._say(line, "", "bad_csv")
                continue
            if self._cut:
                self._cut = False
                self._say(line, "", "too_long")
            elif not any(map(str.strip, row)):
                continue  # a spreadsheet writes commas for a row that was emptied
            elif len(row) != width:
                self._say(line, "", "cells")
            else:
                values = self._values(line, row, places)
                if values is not None:
                    yield Row(line, values, present)

    def _values(self, line: int, row: Sequence[str], places: dict[str, int]) -> dict[str, Any] | None:
        values: dict[str, Any] = {}
        good = True
        for column in self._columns:
            cell = row[places[column.name]].strip() if column.name in places else ""
            try:
                if cell:
                    values[column.name] = column.read(has_value(cell))
                elif column.needed:
                    raise BadCellError("missing")
                else:
                    values[column.name] = column.default
            except BadCellError as error:
                self._say(line, column.name, error.code)
                good = False
        return values if good else None

    def _header(self, cells: Any) -> dict[str, int] | None:
        try:
            names = [name.strip() for name in next(cells, [])]
        except csv.Error:
            self._say(1, "", "bad_csv")
            return None
        if self._cut or len(names) > MOST_COLUMNS:
            self._say(1, "", "too_long")
            return None
        self._width = len(names)
        places = {name: place for place, name in enumerate(names)}
        if any(names.count(column.name) > 1 for column in self._columns):
            self._say(1, "", "doubled_column")
            return None
        needed = [column.name for column in self._columns if column.needed]
        missing = [name for name in needed if name not in places]
        if missing == needed and (why := _no_csv(",".join(names))):
            self._say(1, "", why)
            return None
        for name in missing:
            self._say(1, name, "no_column")
        if self._has_unknown(names, headless=bool(missing)) or missing:
            return None
        return {column.name: places[column.name] for column in self._columns if column.name in places}

    def _has_unknown(self, names: Sequence[str], headless: bool) -> bool:
        """Says so of each column that nobody would read. Where needed ones are missing the line may be a row like any
        other, somebody's phone in it: then only what is nearly a name of ours is told.
        """
        known = [column.name for column in self._columns]
        unknown = [name for name in names if name and name not in known and not is_own(name)]
        told = [name for name in unknown if not headless or has_near(name, known)]
        if not headless and any(map(_NO_TEXT.search, told)):
            self._say(1, "", "encoding")
            return True
        for name in told:
            self._say(1, named(name, known), "unknown_column")
        return bool(told)

    def _lines(self, file: TextIO) -> Iterator[str]:
        """Lines of bounded length; of a longer one an empty line is left, and ``_cut`` is set."""
        while line := file.readline(MOST_LINE):
            if len(line) == MOST_LINE and not line.endswith("\n"):
                while (rest := file.readline(MOST_LINE)) and not rest.endswith("\n"):
                    pass
                self._cut = True
                yield "\n"
            else:
                self._ended = line.endswith(("\n", "\r"))
                yield line

    def _say(self, line: int, column: str, code: str) -> None:
        self._fault(Fault(self._path.name, line, column, code))


def _no_csv(header: str) -> str | None:
    """Why none of the columns is found in a file that may well have them; None: it has others."""
    if _NO_TEXT.search(header):
        return "encoding"
    return "separator" if _SEPARATORS.search(header) else None
