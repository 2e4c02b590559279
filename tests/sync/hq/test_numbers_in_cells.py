"""Codes and phones that were numbers on their way into the file: with decimals, or as a program prints a large one."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.hq.database import Database
from tests.sync.hq.test_import_folder import FILES, PRODUCTS, rows, run, write

STORES = FILES["stores"]


@pytest.mark.parametrize("end", [".0", ".00", ".000"])
def test_a_number_with_decimals_is_no_phone_and_no_code(hq_database: Database, tmp_path: Path, end: str) -> None:
    """The usual format for numbers of a spreadsheet has two: a phone would have thirteen digits."""
    products = f"{PRODUCTS}10012345{end},,Coat,,,,,100,,,,,0\nB,4006381333931{end},Hat,,,,,100,,,,,0\n"
    members = f"code,phone\nC1,13912345678{end}\n880000000001{end},13912345679\n"
    _, faults = run(hq_database, write(tmp_path / "in", stores=STORES, products=products, members=members))
    assert faults == [
        ("products.csv", 2, "sku", "rounded"),
        ("products.csv", 3, "gtin", "rounded"),
        ("members.csv", 2, "phone", "rounded"),
        ("members.csv", 3, "code", "rounded"),
    ]


def test_a_number_as_a_program_prints_it_is_no_code(hq_database: Database, tmp_path: Path) -> None:
    """Programs in Java write any number from ten million on so: no scanner would ever find the article."""
    products = f"{PRODUCTS}1.0012345E7,,Coat,,,,,100,,,,,0\nB,4.006381333931E12,Hat,,,,,100,,,,,0\n"
    members = "code,phone\nC1,1.3912345678E10\n8.80000000001E11,13912345679\n1.0E7,13912345670\n"
    _, faults = run(hq_database, write(tmp_path / "in", stores=STORES, products=products, members=members))
    assert faults == [
        ("products.csv", 2, "sku", "rounded"),
        ("products.csv", 3, "gtin", "rounded"),
        ("members.csv", 2, "phone", "rounded"),
        ("members.csv", 3, "code", "rounded"),
        ("members.csv", 4, "code", "rounded"),
    ]


def test_names_that_look_a_little_like_it(hq_database: Database, tmp_path: Path) -> None:
    skus = ("1.5E2", "2E11", "10.5E12", "V1.0E7", "1.00", "2024.00", "123456.0")
    products = PRODUCTS + "".join(f"{sku},,x,,,,,100,,,,,0\n" for sku in skus)
    _, faults = run(hq_database, write(tmp_path / "in", stores=STORES, products=products))
    assert faults == []
    assert len([key for key in rows(hq_database, "global") if key[0] == "product"]) == len(skus)
