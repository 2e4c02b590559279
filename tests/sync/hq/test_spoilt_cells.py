"""Cells that went in as codes and are none: a spreadsheet's errors, lists that are parted by other signs, numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.hq.database import Database
from sync.hq.imports import cells
from tests.sync.hq.test_import_folder import FILES, rows, run, write

CODE = "6901234567892"


@pytest.mark.parametrize("cell", ["#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "########", "Err:502"])
def test_what_a_spreadsheet_says_in_place_of_a_value(hq_database: Database, tmp_path: Path, cell: str) -> None:
    """It was a barcode, a SKU, a name and a member; in a number's place it was told as no number."""
    products = f"sku,gtin,name,price\nA,{cell},x,1\n{cell},,x,1\nC,{CODE} {cell},x,1\nD,,{cell},1\nE,,x,{cell}\n"
    members = f"code,phone,id\n{cell},13900000000,\nC,13900000001,{cell}\n"
    _, faults = run(hq_database, write(tmp_path / "in", stores=FILES["stores"], products=products, members=members))
    assert faults == [
        ("products.csv", 2, "gtin", "no_value"), ("products.csv", 3, "sku", "no_value"),
        ("products.csv", 4, "gtin", "no_value"), ("products.csv", 5, "name", "no_value"),
        ("products.csv", 6, "price", "no_value"), ("members.csv", 2, "code", "no_value"),
        ("members.csv", 3, "id", "no_value"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["#1", "N/A", "##", "E5", "#N/A-110", "Err:5"])
def test_names_that_look_a_little_like_it(hq_database: Database, tmp_path: Path, name: str) -> None:
    _, faults = run(hq_database, write(tmp_path / "in", products=f"sku,gtin,name,price\n{name},{name},{name},1\n"))
    assert faults == []


@pytest.mark.parametrize("sign", [",", ";", "|", "，", "；", "、", ", "])
def test_a_list_that_is_parted_by_another_sign(hq_database: Database, tmp_path: Path, sign: str) -> None:
    """Two barcodes were one in-house code, which is on no label; a coupon was good for no article."""
    products = f'sku,gtin,name,price,tags\nA,"{CODE}{sign}{CODE}",x,1,\nB,,x,1,"new{sign}warm"\n'
    coupons = f'id,member,kind,amount,skus\nK,C1,amount_off,1,"A{sign}B"\n'
    files = {name: FILES[name] for name in ("stores", "staff", "members")} | {"products": products, "coupons": coupons}
    assert run(hq_database, write(tmp_path / "in", **files))[1] == [
        ("products.csv", 2, "gtin", "parting"),
        ("products.csv", 3, "tags", "parting"),
        ("coupons.csv", 2, "skus", "parting"),
    ]
    assert [key for key in rows(hq_database, "store:S001") if key[0] == "coupon"] == []


@pytest.mark.parametrize("cell", ["1.39E+10", "1.00E+07", "6,90123E+12", "6.90E+012"])
def test_a_number_in_the_form_for_large_ones(cell: str) -> None:
    """Whatever its length: there are columns that have this form on purpose."""
    for read in (cells.identifier, cells.scanned):
        with pytest.raises(cells.BadCellError, match="rounded"):
            read(cell)


def test_such_a_number_among_the_articles_of_a_coupon() -> None:
    with pytest.raises(cells.BadCellError, match="rounded"):
        cells.identifiers("A 6.90123E+12")
