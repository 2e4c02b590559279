"""A store closes, and thousands of its members get another home: each takes their own coupons along."""

from __future__ import annotations

from cProfile import Profile
from pathlib import Path
from pstats import Stats
from typing import Any

from sync.hq.database import Database
from tests.sync.hq.test_import_folder import FILES, PRODUCTS, A, run, write

MEMBERS, COUPONS = 300, 3000


def test_a_members_coupons_are_not_looked_for_among_everybodys(hq_database: Database, tmp_path: Path) -> None:
    """Two thousand with ten coupons each took twenty seconds, in one transaction that all sales wait for."""
    people = "code,phone,home_store\n" + "".join(f"C{n},{13900000000 + n},HOME\n" for n in range(MEMBERS))
    coupons = "id,member,kind,amount\n" + "".join(f"K{n},C{n % MEMBERS},amount_off,100\n" for n in range(COUPONS))
    first = people.replace("HOME", "S001")
    run(hq_database, write(tmp_path / "in", stores=FILES["stores"], products=PRODUCTS + A, members=first))
    run(hq_database, write(tmp_path / "coupons", coupons=coupons))
    moved = write(tmp_path / "moved", members=people.replace("HOME", "S002"))
    with Profile() as profile:
        report, _ = run(hq_database, moved)
    assert report.published["store:S001"] == report.published["store:S002"] == MEMBERS + COUPONS
    stats: Any = Stats(profile)
    looks = sum(one[1] for (file, _, name), one in stats.stats.items() if name == "__get__" and "sqlalchemy" in file)
    assert looks < 50 * COUPONS
