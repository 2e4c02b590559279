"""Years of sales: the numbers of rows that each sale adds go on beyond 32 bits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from sync.hq.database import Database, connect_database, open_database
from sync.hq.migrating import migrate, upgrade
from sync.hq.server import Server
from sync.hq.service import Hq
from tests.sync.conftest import HqServer
from tests.sync.hq.till_at_hq import TillAtHq

#: Tables that grow with every sale or every contact of a till.
LARGE = ("share", "removal", "value_entry", "coupon_lease")
MOST_32 = 2**31 - 1


def years_later(database: Database) -> None:
    with database.write() as session:
        for table in LARGE:
            session.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'number'), {MOST_32})"))


@pytest.fixture(params=["new", "migrated"])
def on_postgres(request: pytest.FixtureRequest, postgres_url: str) -> Iterator[Database]:
    if request.param == "migrated":
        database = connect_database(postgres_url)
        with database.write() as session:
            upgrade(session.connection(), "0018")
        database.close()
        migrate(postgres_url)
    database = open_database(postgres_url)
    yield database
    database.close()


def test_sales_are_taken_after_two_billion_shares(on_postgres: Database) -> None:
    """4,000 stores with a hundred sales a day are there within some years; every sale would go to quarantine."""
    hq = Hq(on_postgres)
    running = Server(hq)
    running.start()
    till = TillAtHq(running.url, HqServer(running.url, hq, on_postgres, running).code())
    assert till.codes(till.sale()) == [("applied", None)]
    years_later(on_postgres)
    assert till.codes(till.sale(), till.sale()) == [("applied", None)] * 2
    with on_postgres.read() as session:
        assert session.execute(text("SELECT max(number) FROM share")).scalar() == MOST_32 + 2
    till.close()
    running.stop()


@pytest.mark.parametrize("table", LARGE)
def test_numbers_have_64_bits(on_postgres: Database, table: str) -> None:
    years_later(on_postgres)
    with on_postgres.read() as session:
        kind = text("SELECT data_type FROM information_schema.columns WHERE table_name = :t AND column_name = 'number'")
        assert session.execute(kind, {"t": table}).scalar() == "bigint"
        sequence = text("SELECT data_type FROM pg_sequences WHERE sequencename = :s")
        assert str(session.execute(sequence, {"s": f"{table}_number_seq"}).scalar()) == "bigint"
