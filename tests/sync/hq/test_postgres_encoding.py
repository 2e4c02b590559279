"""A chain's names have characters of all kinds, whatever a server or its machine was set up with."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

import psycopg
import pytest
from sqlalchemy.engine import make_url

from posclient.errors import InputError
from sync.hq.chain_tables import StoreRow
from sync.hq.database import open_database
from sync.hq.migrating import migrate

#: The last one is outside of what two bytes of older encodings hold.
NAME = "羽绒服𠮷"


@pytest.fixture
def made(postgres: str) -> Iterator[Callable[[str], str]]:
    """The URL of a new database in this encoding."""
    name = f"hq_{secrets.token_hex(6)}"

    def make(encoding: str) -> str:
        with psycopg.connect(postgres, autocommit=True) as con:
            con.execute(f"CREATE DATABASE \"{name}\" ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
        return make_url(postgres).set(database=name).render_as_string(hide_password=False)

    yield make
    with psycopg.connect(postgres, autocommit=True) as con:
        con.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1", "EUC_CN"])
@pytest.mark.parametrize("use", [open_database, migrate])
def test_a_new_one_that_cannot_hold_every_name(
    made: Callable[[str], str], encoding: str, use: Callable[[str], object]
) -> None:
    """T-18: each sale with another name would be put aside. What a server whose locale is C makes is SQL_ASCII."""
    url = made(encoding)
    with pytest.raises(InputError, match="encoding"):
        use(url)
    with psycopg.connect(url) as con:
        assert con.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def test_the_machine_says_another_encoding(made: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    database = open_database(made("UTF8"))
    with database.write(shared=True) as session:
        session.add(StoreRow(id="S001", name=NAME, zone="z1"))
    with database.read() as session:
        assert session.get_one(StoreRow, "S001").name == NAME
    database.close()
