"""PostgreSQL: rows become visible in the order of their versions, whoever else writes, aborts or is killed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping

import pytest
from sqlalchemy import select, text
from sqlmodel import Session, col

from sync.hq import feeds
from sync.hq.bulk import insert_rows
from sync.hq.database import Database, open_database
from sync.hq.tables import Feed, FeedRow
from tests.sync.hq.feed_race import FEED, DifferError, Race

#: Rows of one ``make test``; and for each N of ``make soak`` and ``make feed-race``: a million for N=1000.
FEW, A_KILL = 1500, 1000
#: Rows of one race: what each reader saw is kept to the end, which would be gigabytes for ten million.
ONE_RACE = 250_000


@pytest.fixture
def on_postgres(postgres_url: str) -> Iterator[Database]:
    database = open_database(postgres_url)
    yield database
    database.close()


@pytest.mark.slow
def test_no_reader_misses_or_doubles_a_row(on_postgres: Database, postgres_url: str, seed: int) -> None:
    """protocol.md, pull: dense versions, also beside aborts and connections that die."""
    print(f"SEED={seed}")
    left = int(os.environ.get("POSCLIENT_N") or 0) * A_KILL or FEW
    while left > 0:
        rows = min(left, ONE_RACE)
        print(f"{left} to go:", Race(on_postgres, rows, seed, postgres_url).run(), flush=True)
        left, seed = left - rows, seed + 1
        with on_postgres.write() as session:
            session.execute(text(f"TRUNCATE {FeedRow.__tablename__}, {Feed.__tablename__} CASCADE"))


@pytest.mark.slow
def test_races_follow_one_another(
    on_postgres: Database, postgres_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run of millions is one of many races, each from an empty feed."""
    monkeypatch.setattr("tests.sync.hq.test_feed_race.ONE_RACE", 600)
    monkeypatch.setenv("POSCLIENT_N", "1")
    test_no_reader_misses_or_doubles_a_row(on_postgres, postgres_url, 1)
    assert capsys.readouterr().out.count("readers missed 0 and doubled 0") == 2


def test_a_plain_serial_cursor_would_be_found(
    on_postgres: Database, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A number is drawn before its transaction commits: a reader that is past it never sees the row."""
    with on_postgres.write() as session:
        session.execute(text("CREATE SEQUENCE serial"))

    def drawn(session: Session, name: str, wanted: Mapping[tuple[str, str], str | None], _over: object) -> int:
        feeds.make_feed(session, name)
        numbers = session.execute(text(f"SELECT nextval('serial') FROM generate_series(1, {len(wanted)})")).scalars()
        stamped = [
            {"feed": name, "table_name": table, "key": key, "version": number, "data": wanted[table, key]}
            for (table, key), number in zip(wanted, numbers.all(), strict=True)
        ]
        insert_rows(session, FeedRow, stamped)
        time.sleep(0.001)
        return len(stamped)

    def page(session: Session, after: int, limit: int) -> tuple[list[tuple[int, str]], int]:
        sql = select(col(FeedRow.version), col(FeedRow.key)).where(col(FeedRow.feed) == FEED)
        rows = session.execute(sql.where(col(FeedRow.version) > after).order_by(col(FeedRow.version)).limit(limit))
        found = [(version, key) for version, key in rows]
        return found, found[-1][0] if found else after

    monkeypatch.setattr(feeds, "_publish_feed", drawn)
    with pytest.raises(DifferError, match="missed"):
        Race(on_postgres, FEW, 1, None, page).run()
