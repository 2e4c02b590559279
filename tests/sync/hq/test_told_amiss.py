"""What an import says of a cell is what its author has to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.hq.database import Database
from sync.hq.imports.importing import import_folder
from sync.hq.imports.people import ROLES
from tests.sync.hq.test_import_folder import FILES, write
from ui.commands.hq import fault_line


def told(database: Database, folder: Path, **files: str) -> list[str]:
    """What the operator reads."""
    lines: list[str] = []
    import_folder(database, write(folder, **files), False, lambda fault: lines.append(fault_line(fault)))
    return lines


@pytest.mark.parametrize("month", ["2026/12", "202612", "2026-1", "2026-12-01"])
def test_a_month_is_asked_for_as_a_month(hq_database: Database, tmp_path: Path, month: str) -> None:
    """It asked for a day, which was refused as well."""
    allowances = f"guide,month,amount\nG1,{month},1000\n"
    (line,) = told(hq_database, tmp_path / "in", stores=FILES["stores"], allowances=allowances)
    assert line.startswith("allowances.csv:2:month: ")
    assert "YYYY-MM" in line
    assert "YYYY-MM-DD" not in line


@pytest.mark.parametrize("price", ["129.00", '"1,299"', "￥129", "１２９"])
def test_a_price_in_yuan_is_told_the_unit(hq_database: Database, tmp_path: Path, price: str) -> None:
    """Who read "no whole number" alone wrote 129, and sold the coat for 1.29."""
    products = f"sku,name,price\nA,Coat,{price}\n"
    (line,) = told(hq_database, tmp_path / "in", stores=FILES["stores"], products=products)
    assert line.startswith("products.csv:2:price: ")
    assert "12900" in line


@pytest.mark.parametrize("roles", ["收银员", '"cashier,guide"', "Cashier"])
def test_a_role_that_is_none_names_those_there_are(hq_database: Database, tmp_path: Path, roles: str) -> None:
    """On the page of imports nobody has the manual open."""
    staff = f"id,store,name,roles,pin\nE1,S001,Zhang,{roles},1234\n"
    (line,) = told(hq_database, tmp_path / "in", stores=FILES["stores"], staff=staff)
    assert line.startswith("staff.csv:2:roles: ")
    assert all(word in line for word in ROLES)
