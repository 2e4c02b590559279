"""Reading an import file: good rows, and every way in which a row can be bad (S-9)."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sync.hq.imports import cells
from sync.hq.imports.initials import initials
from sync.hq.imports.reading import MOST_LINE, Column, CsvFile, Fault

COLUMNS = (
    Column("sku", cells.identifier, needed=True),
    Column("price", cells.money, needed=True),
    Column("name", cells.text, default="-"),
)


def read(path: Path) -> tuple[list[tuple[Any, ...]], list[tuple[int, str, str]]]:
    faults: list[Fault] = []
    rows = [(row["sku"], row["price"], row["name"]) for row in CsvFile(path, COLUMNS, faults.append).rows()]
    return rows, [(fault.line, fault.column, fault.code) for fault in faults]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "products.csv"


def test_columns_are_found_by_name(file: Path) -> None:
    file.write_bytes("\ufeffprice,x-other,sku\r\n5,x,A\r\n\r\n 7 ,y, B \r\n".encode())
    assert read(file) == ([("A", 5, "-"), ("B", 7, "-")], [])


def test_a_bad_row_is_named_by_line_and_column_and_the_others_are_read(file: Path) -> None:
    file.write_text(
        'sku,price,name\nA,1,a\nB,x,b\n"C",2,"two\nlines"\n,,x\nD,3,d\nE,-1,e\nF,4\nG,5,g\n', encoding="utf-8"
    )
    rows, faults = read(file)
    assert [row[0] for row in rows] == ["A", "D", "G"]
    assert faults == [
        (3, "price", "not_whole"), (4, "name", "control_character"), (6, "sku", "missing"), (6, "price", "missing"),
        (8, "price", "out_of_range"), (9, "", "cells"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (b"", [(1, "sku", "no_column"), (1, "price", "no_column")]),
        (b"\n", [(1, "sku", "no_column"), (1, "price", "no_column")]),
        (b"name\nx\n", [(1, "sku", "no_column"), (1, "price", "no_column")]),
        (b"sku,sku,price\n", [(1, "", "doubled_column")]),
        ("sku,price\n".encode("utf-16"), [(1, "", "encoding")]),
        (b'"sku,price\nA,1\n', [(1, "", "bad_csv")]),
        (b"," * 1000 + b"\n", [(1, "", "too_long")]),
        (b"c," * 1_000_000 + b"\n", [(1, "", "too_long")]),
    ],
)
def test_a_header_that_will_not_do(file: Path, text: bytes, faults: list[tuple[int, str, str]]) -> None:
    """S-9: wrong encoding, one million columns."""
    file.write_bytes(text)
    assert read(file) == ([], faults)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("羽绒服".encode("gbk") + b",5,x", ("sku", "encoding")),
        (b"A\0,5,x", ("sku", "control_character")),
        (b"A,5,\x1b[31m", ("name", "control_character")),
        (b"A,5," + b"x" * 501, ("name", "too_long")),
        (b"A,5,x,y", ("", "cells")),
        (b"A,5," + b"x" * (MOST_LINE + 10), ("", "too_long")),
        (b"A,5," + b"x" * 140_000, ("", "bad_csv")),
        (b'A,5,"x"y', ("", "bad_csv")),
        (b"A," + "５".encode() + b",x", ("price", "not_whole")),
        (b"A,1e309,x", ("price", "not_whole")),
        (b"A,NaN,x", ("price", "not_whole")),
        (b"A,5.0,x", ("price", "not_whole")),
        (b"A,1000000000000000000,x", ("price", "not_whole")),
        (b"A,999999999999999,x", ("price", "out_of_range")),
        (b"A," + b"9" * 5000 + b",x", ("price", "not_whole")),
    ],
)
def test_one_bad_row_between_two_good_ones(file: Path, row: bytes, fault: tuple[str, str]) -> None:
    """S-5, S-9: NUL, control signs, huge cells and lines, other digits: the row is named, the rest goes on."""
    file.write_bytes(b"sku,price,name\nOK1,1,x\n" + row + b"\nOK2,2,x\n")
    rows, faults = read(file)
    assert faults == [(3, *fault)]
    assert [found[0] for found in rows] == ["OK1", "OK2"]


def test_a_file_without_an_end_of_line_or_of_quotes(file: Path) -> None:
    file.write_bytes(b"sku,price\nA,1\nB,2")
    assert read(file) == ([("A", 1, "-"), ("B", 2, "-")], [(3, "", "no_line_end")])
    file.write_bytes(b'sku,price\nA,1\n"B,2\nC,3\n')
    assert read(file)[1] == [(3, "", "bad_csv")]


def test_what_is_no_file_is_not_opened(file: Path) -> None:
    """S-9: a pipe would never end."""
    os.mkfifo(file)
    assert read(file) == ([], [(0, "", "not_a_file")])


GOOD_CELLS: list[tuple[Callable[[str], Any], str, Any]] = [
    (cells.flag, "TRUE", True),
    (cells.flag, "0", False),
    (cells.day, "2020-02-29", "2020-02-29"),
    (cells.month, "2026-11", "2026-11"),
    (cells.words, " a  b ", ["a", "b"]),
    (cells.phone, "+86 139-0011-0866", "13900110866"),
    (cells.codes, "2000008189804 J26", ["2000008189804", "J26"]),
    (cells.prices, '{"gold": 5}', {"gold": 5}),
    (cells.instant, "2026-11-21T09:00:00+08:00", "2026-11-21T09:00:00+08:00"),
    (cells.document, "[1]", [1]),
    (cells.document, '"new\\\\u0000"', "new\\u0000"),
    (cells.several("a", "b"), "b a b", ["a", "b"]),
    (cells.choice("a"), "a", "a"),
    (cells.long_text, "a\nb", "a\nb"),
]
BAD_CELLS: list[tuple[Callable[[str], Any], str, str]] = [
    (cells.flag, "ja", "not_a_flag"),
    (cells.day, "2021-02-29", "not_a_day"),
    (cells.month, "2026-13", "not_a_month"),
    (cells.phone, "abc", "not_a_phone"),
    (cells.phone, "12", "not_a_phone"),
    (cells.codes, "2000008189805", "check_digit"),
    (cells.codes, "é", "not_a_barcode"),
    (cells.codes, "x" * 81, "not_a_barcode"),
    (cells.prices, '{"g": 1.5}', "not_whole"),
    (cells.prices, '{"g": true}', "not_whole"),
    (cells.prices, "[]", "not_an_object"),
    (cells.instant, "2026-11-21T09:00:00", "not_a_time"),
    (cells.instant, "tomorrow", "not_a_time"),
    (cells.document, "{", "not_json"),
    (cells.document, '{"a":1,"a":2}', "not_json"),
    (cells.document, "NaN", "not_json"),
    (cells.document, '{"a":[-1e999]}', "not_json"),
    (cells.document, "[" * 50_000, "not_json"),
    (cells.document, '"\\ud800"', "encoding"),
    (cells.document, '"a\\u0000"', "control_character"),
    (cells.document, '"a\\\\\\u0000"', "control_character"),
    (cells.several("a"), "a c", "unknown_word"),
    (cells.choice("a"), "b", "unknown_word"),
    (cells.store_id, "../etc", "bad_store"),
    (cells.identifier, "x" * 81, "too_long"),
    (cells.long_text, "a\x00", "control_character"),
    (cells.text, "a\nb", "control_character"),
]


@pytest.mark.parametrize(("reader", "good", "value"), GOOD_CELLS)
def test_a_good_cell(reader: Callable[[str], Any], good: str, value: Any) -> None:
    assert reader(good) == value


@pytest.mark.parametrize(("reader", "bad", "code"), BAD_CELLS)
def test_a_bad_cell(reader: Callable[[str], Any], bad: str, code: str) -> None:
    with pytest.raises(cells.BadCellError) as caught:
        reader(bad)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("儿童羽绒服", "etyrf"),
        ("POLO衫", "polos"),
        ("T恤 男", "txn"),
        ("PREPARED BEANS - BAKED", "pbb"),
        ("", ""),
        ("★", ""),
    ],
)
def test_initials_for_the_search(name: str, expected: str) -> None:
    assert initials(name) == expected
