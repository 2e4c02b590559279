"""Codes in the wrapping by which programs keep a spreadsheet from taking them for numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.hq.database import Database
from tests.sync.hq.test_import_folder import FILES, rows, run, write

CODE = "6901234567892"


@pytest.mark.parametrize("cell", [f'="{CODE}"', f'"=""{CODE}"""', f"'{CODE}"])
def test_a_wrapped_code_is_on_no_label(hq_database: Database, tmp_path: Path, cell: str) -> None:
    """The whole file went in without a word, and no scanner found any of its articles or members."""
    products = f"sku,gtin,name,price\nA,{cell},Coat,100\n{cell},,Hat,100\nC,{CODE},Cap,100\n"
    members = f"code,phone\n{cell},13912345678\nM2,{cell}\n"
    _, faults = run(hq_database, write(tmp_path / "in", stores=FILES["stores"], products=products, members=members))
    assert faults == [
        ("products.csv", 2, "gtin", "wrapped"), ("products.csv", 3, "sku", "wrapped"),
        ("members.csv", 2, "code", "wrapped"), ("members.csv", 3, "phone", "wrapped"),
    ]  # fmt: skip
    assert [key for key in rows(hq_database, "global") if key[0] == "product"] == [("product", "C")]
