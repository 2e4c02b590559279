"""A tier or guide of a member that nobody knows is a fault of the row, as a store is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlmodel import select

from sync.hq.chain_tables import MemberRow
from sync.hq.database import Database
from tests.sync.hq.test_import_folder import FILES, rows, run, write
from tests.sync.hq.test_told_amiss import told

FOLDER = {name: FILES[name] for name in ("stores", "tiers", "staff")} | {
    "settings": 'store,name,value\nS001,default_tier,"""new"""\n',
}  # fmt: skip
TIERS = "code,phone,tier\nC1,13912345671,{}\n"
GUIDES = "code,phone,own_guide,tier\nC1,13912345671,{},\n"


def brought(database: Database, folder: Path, **files: str) -> list[tuple[str, int, str, str]]:
    return run(database, write(folder, **files))[1]


def member(database: Database) -> tuple[str, str | None] | None:
    with database.read() as session:
        row = session.exec(select(MemberRow)).first()
    data = json.loads(row.data) if row else {}
    return (data["tier"], data["own_guide"]) if row else None


@pytest.mark.parametrize("tier", ["gold", "new", "basic", ""])
def test_a_tier_that_somebody_names(hq_database: Database, tmp_path: Path, tier: str) -> None:
    assert brought(hq_database, tmp_path / "in", **FOLDER, members=TIERS.format(tier)) == []
    assert member(hq_database) == (tier or "basic", None)


def test_a_tier_that_nobody_names(hq_database: Database, tmp_path: Path) -> None:
    """They would pay the full price, and nobody would know why."""
    fault = [("members.csv", 2, "tier glod (gold?)", "unknown_tier")]
    assert brought(hq_database, tmp_path / "in", **FOLDER, members=TIERS.format("glod")) == fault
    assert member(hq_database) is None
    assert brought(hq_database, tmp_path / "in", members=TIERS.format("gold")) == []
    assert brought(hq_database, tmp_path / "later", members=TIERS.format("glod")) == fault
    assert member(hq_database) == ("gold", None)


def test_tiers_of_a_chain_that_has_told_none(hq_database: Database, tmp_path: Path) -> None:
    """They are words of prices and promotions; and once it tells some, who has another is not turned down for it."""
    assert brought(hq_database, tmp_path / "in", members=TIERS.format("silver")) == []
    assert brought(hq_database, tmp_path / "in", tiers=FILES["tiers"]) == []
    assert member(hq_database) == ("silver", None)
    more = TIERS.format("silver") + "C2,13912345672,silver\n"
    assert brought(hq_database, tmp_path / "in", members=more) == [("members.csv", 3, "tier", "unknown_tier")]


def test_a_tier_that_is_near_none_is_not_repeated(hq_database: Database, tmp_path: Path) -> None:
    """There may be names where tiers should be, and faults are kept and shown."""
    folder = FOLDER | {"members": TIERS.format("Wang Xiaoming")}
    assert brought(hq_database, tmp_path / "in", **folder) == [("members.csv", 2, "tier", "unknown_tier")]


PRICES = "sku,name,price,member_prices\n"
ROW = '{},x,900,"{{""{}"":800}}"\n'


def prices(database: Database) -> dict[str, tuple[int, dict[str, int]]]:
    return {
        key: (one["price"], one["member_prices"])
        for (table, key), one in rows(database, "zone:east").items()
        if table == "price"
    }


def test_a_price_for_a_tier_that_nobody_has(hq_database: Database, tmp_path: Path) -> None:
    """Misspelt, it was nobody's: members of the tier that was meant paid the full price."""
    odd = ROW.format("D", "glod") + ROW.format("E", "vip") + '"F",x,900,"{""gold"":1,"""":2}"\n'
    good = ROW.format("A", "gold") + ROW.format("B", "new") + ROW.format("C", "basic")
    assert brought(hq_database, tmp_path / "in", **FOLDER, products=PRICES + good + odd) == [
        ("products.csv", 5, "member_prices glod (gold?)", "unknown_tier"),
        ("products.csv", 6, "member_prices vip", "unknown_tier"),
        ("products.csv", 7, "member_prices ", "unknown_tier"),
    ]
    assert prices(hq_database) == {"A": (900, {"gold": 800}), "B": (900, {"new": 800}), "C": (900, {"basic": 800})}
    assert set(rows(hq_database, "global")) >= {("product", "A")}
    assert ("product", "D") not in rows(hq_database, "global")
    assert brought(hq_database, tmp_path / "in", products=PRICES + 'G,x,1,\nH,x,2,"{}"\n') == []


def test_a_price_of_before_there_were_tiers(hq_database: Database, tmp_path: Path) -> None:
    """A chain's price list must not stand still as it lists its tiers; what is new is judged."""
    stores = FILES["stores"]
    assert brought(hq_database, tmp_path / "in", stores=stores, products=PRICES + ROW.format("A", "silver")) == []
    later = PRICES + ROW.format("A", "silver").replace("900", "850") + ROW.format("B", "silver")
    faults = brought(hq_database, tmp_path / "in", tiers=FILES["tiers"], products=later)
    assert faults == [("products.csv", 3, "member_prices silver", "unknown_tier")]
    assert prices(hq_database) == {"A": (850, {"silver": 800})}
    more = PRICES + 'A,x,700,"{""silver"":1,""sliver"":2}"\n'
    faults = brought(hq_database, tmp_path / "in", products=more)
    assert faults == [("products.csv", 2, "member_prices sliver", "unknown_tier")]
    assert prices(hq_database) == {"A": (850, {"silver": 800})}


def test_what_to_do_is_said(hq_database: Database, tmp_path: Path) -> None:
    (line,) = told(hq_database, tmp_path / "in", **FOLDER, products=PRICES + ROW.format("A", "glod"))
    assert line.startswith("products.csv:2:member_prices glod (gold?): ")
    assert "tiers.csv" in line


@pytest.mark.parametrize("strict", [False, True])
def test_a_guide_of_the_same_folder(hq_database: Database, tmp_path: Path, strict: bool) -> None:
    folder = write(tmp_path / "in", **FOLDER, members=GUIDES.format("G1") + "C2,13912345672,G9,\n")
    assert run(hq_database, folder, strict)[1] == [("members.csv", 3, "own_guide", "unknown_staff")]
    assert member(hq_database) == (None if strict else ("basic", "G1"))


def test_a_guide_who_has_left(hq_database: Database, tmp_path: Path) -> None:
    """Guides who leave stay in HQ as such; one whom HQ never knew, and yet has, changes nothing of the row."""
    assert brought(hq_database, tmp_path / "in", **FOLDER, members=GUIDES.format("G1")) == []
    staff = "id,store,name,roles,pin,active\nG1,S001,x,guide,1234,false\n"
    assert brought(hq_database, tmp_path / "in", staff=staff, members=GUIDES.format("G1")) == []
    with hq_database.write() as session:
        row = session.get_one(MemberRow, "C1")
        row.data = row.data.replace('"G1"', '"G0"')
    assert brought(hq_database, tmp_path / "in", members=GUIDES.format("G0")) == []
    assert member(hq_database) == ("basic", "G0")
