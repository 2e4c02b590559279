"""Files that a spreadsheet saved as something else than CSV with commas in UTF-8."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.hq.database import Database
from sync.hq.imports.importing import import_folder
from tests.sync.hq.test_import_folder import FILES, write
from ui.commands.hq import fault_line

HEADER = "sku,gtin,name,price\n"
ROW = "A,,儿童羽绒服,12900\n"


def told(database: Database, folder: Path, products: bytes) -> list[str]:
    """What the operator reads."""
    write(folder, stores=FILES["stores"])
    (folder / "products.csv").write_bytes(products)
    lines: list[str] = []
    import_folder(database, folder, False, lambda fault: lines.append(fault_line(fault)))
    return lines


@pytest.mark.parametrize("sign", [";", "\t", "，", "；"])
def test_other_separators_are_told(hq_database: Database, tmp_path: Path, sign: str) -> None:
    """The columns are there for whoever looks, so to miss them says nothing of what to do."""
    lines = told(hq_database, tmp_path / "in", (HEADER + ROW).replace(",", sign).encode())
    assert len(lines) == 1
    assert lines[0].startswith("products.csv:1: ")
    assert "CSV UTF-8" in lines[0]


@pytest.mark.parametrize(
    "products",
    [
        "货号,条码,名称,价格\n".encode("gbk"),
        (HEADER + ROW).encode("utf-16"),
        (HEADER + ROW).replace(",", "\t").encode("utf-16"),
        b"PK\x03\x04\x14\x00\x06\x00\x08\x00",
    ],
    ids=["gbk", "utf-16", "unicode text", "workbook"],
)
def test_another_coding_is_told(hq_database: Database, tmp_path: Path, products: bytes) -> None:
    lines = told(hq_database, tmp_path / "in", products)
    assert len(lines) == 1
    assert lines[0].startswith("products.csv:1: ")
    assert "CSV UTF-8" in lines[0]


def test_a_cell_in_another_coding_says_how_to_save_the_file(hq_database: Database, tmp_path: Path) -> None:
    (line,) = told(hq_database, tmp_path / "in", (HEADER + ROW).encode("gbk"))
    assert line.startswith("products.csv:2:name: ")
    assert "CSV UTF-8" in line


def test_a_title_above_the_names_is_told_as_a_first_line(hq_database: Database, tmp_path: Path) -> None:
    """The names are there, a line below."""
    lines = told(hq_database, tmp_path / "in", f"商品资料表,,,\n{HEADER}{ROW}".encode())
    assert [line.split(" ", 1)[0] for line in lines] == [f"products.csv:1:{name}:" for name in ("sku", "name", "price")]
    assert all("第一行" in line or "first line" in line for line in lines)
