"""An HQ that still runs where a later program has changed the form of the tables (hq.md, after an update)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from posclient.errors import DataError
from sync.hq import schema
from sync.hq.database import Database, connect_database, open_database
from sync.hq.fact_tables import Quarantine, SaleRow
from sync.hq.migrating import migrate, upgrade
from tests.sync.tills import Chain, TillFolder, stored

#: What a later program might do: a column that the older one does not fill.
LATER = (
    "ALTER TABLE sale ADD COLUMN channel VARCHAR",
    "CREATE UNIQUE INDEX sale_channel ON sale (coalesce(channel, store))",
    "UPDATE alembic_version SET version_num = '9999'",
)


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a database that is not made yet."""
    return f"sqlite:///{tmp_path}/hq.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    """In the present form, and open."""
    opened = open_database(address)
    yield opened
    opened.close()


def later(address: str) -> None:
    """Another process, of a later program, migrates."""
    other = connect_database(address)
    with other.write(shared=True) as session:
        for sql in LATER:
            session.execute(text(sql))
    other.close()


def test_it_writes_nothing_more_and_puts_no_sale_aside(address: str, database: Database, tmp_path: Path) -> None:
    chain = Chain(database)
    till = TillFolder(chain, tmp_path / "till", chain.code())
    till.sale()
    assert till.cycle().error is None
    later(address)
    till.sale()
    error = till.cycle().error
    assert isinstance(error, DataError)
    assert (error.code, error.params) == ("newer_database", {"version": "9999"})
    assert (till.unsent(), len(stored(chain, SaleRow)), stored(chain, Quarantine)) == (1, 1, [])
    till.close()


def test_a_migration_waits_for_what_is_being_written(postgres_url: str) -> None:
    """PostgreSQL alone: not all that HQ writes stands in one line there. Each write looks at the form first."""
    database = connect_database(postgres_url)
    with database.write() as session:
        upgrade(session.connection(), "0012")
    migrating = threading.Thread(target=migrate, args=(postgres_url,))
    with database.write() as session:
        with pytest.raises(DataError, match="older_database"):
            schema.check_kept(session.connection())
        migrating.start()
        migrating.join(1)
        assert migrating.is_alive()
    migrating.join(30)
    assert not migrating.is_alive()
    with database.write() as session:
        schema.check_kept(session.connection())
    database.close()


@pytest.mark.parametrize("old", [True, False])
def test_of_two_that_migrate_at_once_the_second_finds_it_done(address: str, old: bool) -> None:
    if old:
        database = connect_database(address)
        with database.write() as session:
            upgrade(session.connection(), "0012")
        database.close()
    found: list[str | None] = []
    both = [threading.Thread(target=lambda: found.append(migrate(address).before)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(60)
    assert sorted(map(str, found)) == sorted(["0012" if old else "None", schema.HEAD])
    open_database(address).close()
