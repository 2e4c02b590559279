"""One code on two articles is told where people can mend it, and not at each counter alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.hq.database import Database, open_database
from tests.sync.hq.test_import_folder import rows, run, write
from tests.sync.hq.test_told_amiss import told

HEAD = "sku,gtin,name,price\n"
COAT, HAT = "6901234567892", "2000008189804"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A new one of each kind with two articles."""
    sqlite = request.param == "sqlite"
    opened = open_database(f"sqlite:///{tmp_path}/hq.db" if sqlite else request.getfixturevalue("postgres_url"))
    assert run(opened, write(tmp_path / "chain", products=f"{HEAD}A,{COAT},x,1\nB,{HAT} OWN,x,1\n"))[1] == []
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("lines", "where"),
    [
        (f"C,{COAT},x,1\n", f"gtin {COAT} (A, C)"),  # HQ has it already
        (f"C,0{COAT},x,1\n", f"gtin {COAT} (A, C)"),  # the same number with other zeros in front
        ("C,NEW,x,1\nD,NEW,x,1\n", "gtin NEW (C, D)"),  # within the file
        (f"{COAT},,x,1\n", f"gtin {COAT} ({COAT}, A)"),  # an article that is named by it
        ("".join(f"S{n},OWN,x,1\n" for n in range(9)), "gtin OWN (B, S0, S1, S2, S3, ...)"),
    ],
)
@pytest.mark.parametrize("strict", [False, True])
def test_one_code_of_several_articles_is_told(
    database: Database, tmp_path: Path, lines: str, where: str, strict: bool
) -> None:
    """A warning: sizes that share a supplier's barcode have prices too."""
    report, faults = run(database, write(tmp_path / "in", products=HEAD + lines), strict)
    assert faults == [("products.csv", 0, where, "shared_code")]
    assert (report.bad, report.undone) == (0, False)
    assert len([key for key in rows(database, "global") if key[0] == "product"]) == 2 + lines.count("\n")


@pytest.mark.parametrize("lines", [f"C,{COAT},x,1\nA,,x,1\n", f"A,,x,1\nC,{COAT},x,1\n", f"A,{COAT} A,x,1\n"])
def test_a_code_that_moved_or_is_its_own_is_not(database: Database, tmp_path: Path, lines: str) -> None:
    """In whatever order the two rows come."""
    assert run(database, write(tmp_path / "in", products=HEAD + lines))[1] == []


def test_the_first_hundred_are_told(hq_database: Database, tmp_path: Path) -> None:
    lines = "".join(f"A{n},CODE{n},x,1\nB{n},CODE{n},x,1\n" for n in range(101))
    assert len(told(hq_database, tmp_path / "in", products=HEAD + lines)) == 100
