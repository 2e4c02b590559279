"""Faults put into the readers of whatever comes in; the fuzz has to find each (``test_faults.py``)."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import zstandard

from posclient.db import bulk_parse, chunks
from posclient.db.at_rest import AtRest
from posclient.db.cache_rows import table_of
from posclient.errors import LinkError
from sync import replies
from sync.hq import asking, bodies
from sync.hq.imports.reading import CsvFile
from tests.fuzz import test_hq_replies, test_imports, test_pushes

Fault = Callable[[pytest.MonkeyPatch], None]


def unbounded(_coding: str, body: bytes, _most: int = 0) -> bytes:
    with zstandard.ZstdDecompressor().stream_reader(body) as reader:
        return bytes(reader.read())


def a_wrong_shape_of_a_reply_is_a_crash(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(replies, "_checked", lambda kind, body: kind.model_validate(replies.parsed(body)))


def lists_ten_thousand_deep_are_a_crash(patch: pytest.MonkeyPatch) -> None:
    """A reader that thinks of broken JSON alone."""

    def parsed(body: bytes) -> Any:
        try:
            return json.loads(body.decode())
        except ValueError as error:
            raise LinkError("not_hq", why="json") from error

    patch.setattr(replies, "parsed", parsed)


def a_wait_that_is_no_number_is_a_crash(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(replies, "_patience_asked", int)


def any_answer_shuts_a_till(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(replies, "REVOKED", "")
    patch.setattr(replies, "CODES", replies.CODES | {"revoked"})


def a_packed_reply_may_be_of_any_size(patch: pytest.MonkeyPatch) -> None:
    packed = replies.unpacked

    def unpacked(coding: str, body: bytes, most: int) -> bytes:
        plain = packed(coding, body, 1 << 30)
        return plain if coding == "zstd" else packed(coding, body, most)

    patch.setattr(replies, "unpacked", unpacked)


def nonsense_in_a_chunk_is_a_crash(patch: pytest.MonkeyPatch) -> None:
    def rows(path: Path, at_rest: AtRest) -> Iterator[list[dict[str, Any]]]:
        yield from chunks._rows(chunks.read_packed(path, at_rest))

    patch.setattr(bulk_parse, "read_rows", rows)


def a_row_that_lacks_something_is_a_crash(patch: pytest.MonkeyPatch) -> None:
    def pieces(feed: str, rows: Sequence[dict[str, Any]], first: int, at_rest: AtRest) -> list[bulk_parse.Piece]:
        return [bulk_parse._piece(table_of(feed, row["t"]), feed, at_rest, [first], [row]) for row in rows]

    patch.setattr(bulk_parse, "_pieces", pieces)


def a_push_of_a_wrong_shape_is_a_crash(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(asking, "read_message", lambda kind, body: kind.model_validate_json(body))


def a_push_that_is_badly_packed_is_a_crash(patch: pytest.MonkeyPatch) -> None:
    plain = asking.plain_body
    patch.setattr(asking, "plain_body", lambda coding, body: (unbounded if coding == "zstd" else plain)(coding, body))


def a_packed_push_may_be_of_any_size(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(asking, "MOST_BYTES", 1 << 30)


def a_fact_of_a_wrong_shape_is_a_crash(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(bodies, "read_body", lambda kind, _version, body: bodies.READERS[kind, 1].model_validate_json(body))


def texts_with_nul_are_read(patch: pytest.MonkeyPatch) -> None:
    """PostgreSQL would refuse the whole batch."""
    patch.setattr(bodies, "_has_nul", lambda _value: False)


def a_broken_quote_in_a_file_is_a_crash(patch: pytest.MonkeyPatch) -> None:
    class Other(Exception):
        """What the reader does not raise."""

    patch.setattr(csv, "Error", Other)


def a_cell_that_is_no_number_is_a_crash(patch: pytest.MonkeyPatch) -> None:
    def values(self: CsvFile, _line: int, row: Sequence[str], places: dict[str, int]) -> dict[str, Any]:
        return {one.name: one.read(row[places[one.name]]) for one in self._columns if one.name in places}

    patch.setattr(CsvFile, "_values", values)


#: What has to find them.
FOUND_BY: dict[Callable[..., None], tuple[Fault, ...]] = {
    test_hq_replies.test_any_reply_is_a_message_or_a_link_error: (
        a_wrong_shape_of_a_reply_is_a_crash, lists_ten_thousand_deep_are_a_crash, a_wait_that_is_no_number_is_a_crash,
        any_answer_shuts_a_till, a_packed_reply_may_be_of_any_size,
    ),
    test_hq_replies.test_any_chunk_is_rows_or_a_data_error: (
        nonsense_in_a_chunk_is_a_crash, a_row_that_lacks_something_is_a_crash,
    ),
    test_pushes.test_any_body_is_a_message_or_a_problem: (
        a_push_of_a_wrong_shape_is_a_crash, a_push_that_is_badly_packed_is_a_crash, a_packed_push_may_be_of_any_size,
    ),
    test_pushes.test_any_body_of_a_fact_is_read_or_unreadable: (
        a_fact_of_a_wrong_shape_is_a_crash, texts_with_nul_are_read,
    ),
    test_imports.test_any_file_is_rows_and_faults: (
        a_broken_quote_in_a_file_is_a_crash, a_cell_that_is_no_number_is_a_crash,
    ),
}  # fmt: skip
