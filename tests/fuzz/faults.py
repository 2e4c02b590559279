"""Faults that somebody might build into what reads bytes from outside, put in at run time: the fuzz has to find each.

Each is a few words of the product's own source, replaced by others: a fault that does not fit any more says so. (What
``mutants.py`` spoils is the data.)
"""

from __future__ import annotations

import inspect
import sys
import textwrap
from dataclasses import dataclass
from typing import Any

import pytest

from posclient.db import bulk_parse, chunks
from posclient.db.cache_tables import Table
from sync import replies
from sync.hq import asking, bodies
from sync.hq.imports.reading import CsvFile


@dataclass(frozen=True, slots=True)
class Fault:
    """``before`` becomes ``after`` in the function ``name`` of ``owner``; ``found``: how the run's failure begins."""

    owner: Any
    name: str
    before: str
    after: str
    found: str

    def build_in(self, patch: pytest.MonkeyPatch) -> None:
        """Until ``patch`` is undone. The function must have been the product's until now."""
        function = getattr(self.owner, self.name)
        source = textwrap.dedent(inspect.getsource(function))
        assert self.before in source, f"{self.name} has changed: say the fault anew"
        made: dict[str, Any] = {}
        source = "from __future__ import annotations\n" + source.replace(self.before, self.after)
        exec(source, sys.modules[function.__module__].__dict__, made)
        patch.setattr(self.owner, self.name, made[self.name])


#: None of these catches anything: nobody raises it.
_NOTHING = "except ZeroDivisionError"

REPLIES = {
    "nesting has no bound": Fault(replies, "parsed", "(ValueError, RecursionError)", "ValueError", "RecursionError"),
    "no json is a traceback": Fault(
        replies, "parsed", "(ValueError, RecursionError)", "RecursionError", "JSONDecodeError|UnicodeDecodeError"
    ),
    "types are not judged": Fault(replies, "_checked", "except ValidationError", _NOTHING, "ValidationError"),
    "packing is believed": Fault(replies, "unpacked", "(zstandard.ZstdError, MemoryError)", "MemoryError", "ZstdError"),
    "unpacking has no bound": Fault(
        replies, "unpacked", "most + 1)\n", "1 << 23)\n        most = len(plain)\n", "AssertionError: a bomb"
    ),
    "any answer shuts a till": Fault(
        replies, "_said", 'LinkError("revoked_unproved")', 'LinkError("revoked")', "AssertionError: no answer by itself"
    ),
    "patience is a number": Fault(replies, "_patience_asked", "if asked.isascii()", "if True or ''", "ValueError"),
    "a parse that hangs": Fault(
        replies, "_once", "found = dict(pairs)", "found = dict(pairs)\n    while found.get('from'): pass",
        "AssertionError: it hangs",
    ),
    "a parse that is slow": Fault(
        replies, "_once", "found = dict(pairs)", "found = dict(pairs)\n    sum(range(len(pairs) * 2_000_000))",
        "AssertionError: [0-9.]+ s",
    ),
    "each answer is kept": Fault(
        replies, "_once", "found = dict(pairs)",
        "found = dict(pairs)\n    _once.__dict__.setdefault('kept', []).append(b'x' * 15_000)",
        "AssertionError: grown by",
    ),
}  # fmt: skip
PUSHES = {
    "a bad body is a 500": Fault(asking, "read_message", "except ValidationError", _NOTHING, "ValidationError"),
    "bad packing is a 500": Fault(
        asking, "plain_body", "(zstandard.ZstdError, MemoryError)", "MemoryError", "ZstdError"
    ),
    "a push has no bound": Fault(
        asking, "plain_body", "    if len(plain) > MOST_BYTES:", "    if False:", "AssertionError: a bomb"
    ),
}
FACTS = {
    "an odd fact stops the queue": Fault(bodies, "read_body", "except ValidationError", _NOTHING, "ValidationError"),
    "nul goes into texts": Fault(bodies, "read_body", "if _NUL in body", "if False", "AssertionError: PostgreSQL"),
}
CHUNKS = {
    "rows of a chunk are believed": Fault(
        bulk_parse, "_pieces", "(KeyError, TypeError, ValueError)", "ZeroDivisionError", "KeyError|TypeError|ValueError"
    ),
    "lines of a chunk are believed": Fault(
        bulk_parse,
        "read_rows",
        "(OSError, ValueError, RecursionError, MemoryError)",
        "OSError",
        "ValueError|JSONDecodeError|UnicodeDecodeError|RecursionError",
    ),
    "types of a row are not judged": Fault(
        Table, "all_values", "raise TypeError", "pass", "AssertionError: SQLite would not"
    ),
    "keys and versions of rows are not judged": Fault(
        bulk_parse, "_piece", "raise TypeError", "str", "AssertionError: SQLite would not"
    ),
    "a cut chunk is a traceback": Fault(chunks, "_read", "except failure", _NOTHING, "ZstdError"),
}
IMPORTS = {
    "a bad cell is a traceback": Fault(CsvFile, "_values", "except BadCellError", _NOTHING, "BadCellError"),
    "a broken line is a traceback": Fault(CsvFile, "_read", "except csv.Error", _NOTHING, "Error"),
    "cells are not counted": Fault(CsvFile, "_read", "len(row) != width", "False", "IndexError"),
    "another coding is a traceback": Fault(CsvFile, "_rows", 'errors="surrogateescape", ', "", "UnicodeDecodeError"),
}
