"""A column that a list does not know is told, and one that a file of products leaves out changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sync.hq.database import Database, open_database
from tests.sync.hq.test_import_folder import FILES, PRODUCTS, A, rows, run, write
from tests.sync.hq.test_told_amiss import told


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A new one of each kind, with two zones and an article that has all that an article may have."""
    sqlite = request.param == "sqlite"
    opened = open_database(f"sqlite:///{tmp_path}/hq.db" if sqlite else request.getfixturevalue("postgres_url"))
    assert run(opened, write(tmp_path / "chain", stores=FILES["stores"], products=PRODUCTS + A))[1] == []
    yield opened
    opened.close()


def article(database: Database) -> tuple[dict[str, Any], list[dict[str, int]]]:
    """The article, and its prices for members by zone."""
    prices = [rows(database, f"zone:{zone}")["price", "A"] for zone in ("east", "west")]
    assert {one["price"] for one in prices} <= {25900, 19900}
    return rows(database, "global")["product", "A"], [one["member_prices"] for one in prices]


def test_a_shorter_file_of_products_changes_what_it_says(database: Database, tmp_path: Path) -> None:
    """A file of prices alone took barcodes, brand, tags and members' prices away without a word."""
    before = article(database)
    report, faults = run(database, write(tmp_path / "in", products="sku,name,price\nA,儿童羽绒服,19900\n"))
    assert (faults, dict(report.published)) == ([], {"global": 0, "zone:east": 1, "zone:west": 1})
    assert article(database) == before
    assert rows(database, "zone:west")["price", "A"]["price"] == 19900


def test_what_a_shorter_file_says_goes_with_what_hq_has(database: Database, tmp_path: Path) -> None:
    """Tags are made of some columns, the name makes the initials."""
    columns = "sku,name,price,brand,department,member_prices,gtin"
    run(database, write(tmp_path / "in", products=f'{columns}\nA,男童羽绒服,25900,KIDO,,"{{}}",\n'))
    found, prices = article(database)
    assert found["tags"] == ["brand:KIDO", "category:coat", "new", "style:J26", "warm"]
    assert (found["initials"], found["gtins"], found["tax_bp"], prices) == ("ntyrf", [], 1300, [{}, {}])
    run(database, write(tmp_path / "in", products="sku,name,price,tags,style\nA,男童羽绒服,25900,old,\n"))
    assert article(database)[0]["tags"] == ["brand:KIDO", "category:coat", "old", "style:A"]


def test_initials_that_somebody_gave_outlive_another_name(database: Database, tmp_path: Path) -> None:
    run(database, write(tmp_path / "in", products="sku,name,price,initials\nA,儿童羽绒服,25900,warmcoat\n"))
    run(database, write(tmp_path / "in", products="sku,name,price\nA,男童羽绒服,25900\n"))
    assert article(database)[0]["initials"] == "warmcoat"


NEW = "sku,name,{},price\nNEW,x,{},1\n"
COUPONS = "id,kind,amount,single_use,expires\nK,amount_off,1,false,2026-12-31T00:00:00+08:00\n"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("coupons", COUPONS, ["expires"]),
        ("products", NEW.format("Member Prices", ""), ["Member Prices (member_prices?)"]),
        ("products", NEW.format("GTIN,brnad", ","), ["GTIN (gtin?)", "brnad (brand?)"]),
        ("products", NEW.format("\x1b[31m", ""), ["?[31m"]),
        ("products", NEW.format("z" * 999, ""), ["z" * 40]),
    ],
)
def test_a_column_that_the_list_does_not_know(
    hq_database: Database, tmp_path: Path, name: str, text: str, said: list[str]
) -> None:
    """``expires`` for ``until`` made coupons without an end. None of the file goes in."""
    _, faults = run(hq_database, write(tmp_path / "in", **{name: text}))
    assert faults == [(f"{name}.csv", 1, one, "unknown_column") for one in said]
    assert rows(hq_database, "global") == {}


def test_which_columns_there_are_is_said_in_words(hq_database: Database, tmp_path: Path) -> None:
    (line,) = told(hq_database, tmp_path / "in", coupons=COUPONS)
    assert line.startswith("coupons.csv:1:expires: ")
    assert "single_use" in line
    assert "until" in line
    assert "x-" in line


def test_columns_of_the_chains_own(hq_database: Database, tmp_path: Path) -> None:
    """And those of a spreadsheet that have no name."""
    text = "sku,x-buyer,name,X-Row,price,,\nNEW,Li,x,7,1,,\n"
    assert run(hq_database, write(tmp_path / "in", products=text))[1] == []
    assert ("product", "NEW") in rows(hq_database, "global")


def test_a_column_that_is_needed_and_is_misspelt(hq_database: Database, tmp_path: Path) -> None:
    """What may be a row under no header is not repeated: there may be a phone in it."""
    _, faults = run(hq_database, write(tmp_path / "in", members="code,phnoe,13900000000\nC1,13900110866,x\n"))
    assert [fault[2:] for fault in faults] == [("phone", "no_column"), ("phnoe (phone?)", "unknown_column")]
    _, faults = run(hq_database, write(tmp_path / "in", members="C1,13900110866,王小明\n"))
    assert [fault[2:] for fault in faults] == [("code", "no_column"), ("phone", "no_column")]


def test_a_column_whose_name_is_in_another_coding(hq_database: Database, tmp_path: Path) -> None:
    folder = write(tmp_path / "in")
    (folder / "products.csv").write_bytes("sku,name,price,颜色\nA,x,1,y\n".encode("gbk"))
    assert run(hq_database, folder)[1] == [("products.csv", 1, "", "encoding")]
