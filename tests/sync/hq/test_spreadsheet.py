"""What a spreadsheet makes of long numbers before a person exports its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.hq.database import Database
from tests.sync.hq.test_import_folder import FILES, PRODUCTS, rows, run, write

STORES = FILES["stores"]


@pytest.mark.parametrize("code", ["6.90123E+12", "2.00001E+12", "6.9e+12", "7E+12"])
def test_a_barcode_that_a_spreadsheet_has_rounded_is_none(hq_database: Database, tmp_path: Path, code: str) -> None:
    """All products would have this one, and no scanner would ever find any of them."""
    products = f"{PRODUCTS}A,{code},Coat,,,,,100,,,,,0\nB,{code} X-1,Hat,,,,,100,,,,,0\nC,X-2,Cap,,,,,100,,,,,0\n"
    _, faults = run(hq_database, write(tmp_path / "in", stores=STORES, products=products))
    assert faults == [("products.csv", 2, "gtin", "rounded"), ("products.csv", 3, "gtin", "rounded")]
    assert [key for key in rows(hq_database, "global") if key[0] == "product"] == [("product", "C")]


def test_a_members_code_that_a_spreadsheet_has_rounded_is_none(hq_database: Database, tmp_path: Path) -> None:
    """The first of them would be everybody; the others are called doubled, which says nothing of the reason."""
    members = "code,phone\n8.80001E+15,13912345678\n8.80001E+15,13912345679\nVIP8E7,13912345670\n1E3,13912345671\n"
    _, faults = run(hq_database, write(tmp_path / "in", stores=STORES, members=members))
    assert faults == [("members.csv", 2, "code", "rounded"), ("members.csv", 3, "code", "rounded")]


def test_a_code_that_a_program_took_for_a_number_is_none(hq_database: Database, tmp_path: Path) -> None:
    """A table with a gap in such a column is written with fractions: a phone would have twelve digits."""
    products = (
        f"{PRODUCTS}A,2000008189804.0,Coat,,,,,100,,,,,0\n4006381333931.0,,Hat,,,,,100,,,,,0\n1.0,,x,,,,,1,,,,,0\n"
    )
    members = "code,phone\nC1,13912345678.0\nC2,139.1234.5679\nC3,(021) 5555.1234\n"
    _, faults = run(hq_database, write(tmp_path / "in", stores=STORES, products=products, members=members))
    assert faults == [
        ("products.csv", 2, "gtin", "rounded"),
        ("products.csv", 3, "sku", "rounded"),
        ("members.csv", 2, "phone", "rounded"),
    ]


def test_a_sku_that_is_no_rounded_number(hq_database: Database, tmp_path: Path) -> None:
    """What no spreadsheet writes of a long number is a name like any other."""
    products = PRODUCTS + "".join(f"{sku},,x,,,,,100,,,,,0\n" for sku in ("1E3", "J26E10", "6E-2", "E+12", "1.5E+3"))
    _, faults = run(hq_database, write(tmp_path / "in", stores=STORES, products=products))
    assert faults == []


@pytest.mark.parametrize("strict", [False, True])
def test_rows_that_were_emptied_are_no_rows(hq_database: Database, tmp_path: Path, strict: bool) -> None:
    """A spreadsheet writes commas alone for rows whose cells somebody has cleared."""
    products = f"{PRODUCTS}A,,Coat,,,,,100,,,,,0\n{',' * 12}\n ,{',' * 11}\nB,,Hat,,,,,100,,,,,0\n{',' * 12}\n"
    report, faults = run(hq_database, write(tmp_path / "in", stores=STORES, products=products), strict)
    assert (faults, report.bad, report.files["products.csv"].good) == ([], 0, 2)
