"""HQ's database by URL: SQLite by default, PostgreSQL for a chain; the same code on both.

Readers see one consistent state for the whole of their transaction (a page's rows, head and ``applied_seq`` belong
together): a WAL snapshot on SQLite, REPEATABLE READ on PostgreSQL. Writers on SQLite begin IMMEDIATE.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.exc import DataError as BadValueError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlmodel import Session

from posclient.errors import DataError, InputError
from sync.hq import chain_tables, console_tables, fact_tables, lease_tables  # noqa: F401  (their tables belong to METADATA)
from sync.hq.keyed_session import KeyedSession
from sync.hq.schema import HEAD, check_form, read_form, stamp_form
from sync.hq.tables import METADATA

#: Another process (an import beside the server) may hold the write lock for a batch.
BUSY_S = 60
#: One key for all of HQ; see ``Database.write``.
_ADVISORY_KEY = 0x504F5348


class Database:
    """Transactions on one database. A transaction commits when its block ends well, else it leaves no trace."""

    def __init__(self, url: URL) -> None:
        self._sqlite = url.get_backend_name() == "sqlite"
        #: SQLite's file; None on a server.
        self.file = Path(url.database) if self._sqlite and url.database else None
        self._engine = _engine(url, self._sqlite)
        options: dict[str, Any] = {"hq_reader": True}
        if not self._sqlite:
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._reader = self._engine.execution_options(**options)
        # SQLite's own queue for its write lock is a sleep and a guess; on PostgreSQL whoever waits would hold a
        # connection and wake up ten times a second. Threads of one process stand in line here
        self._turn = threading.Lock()

    @property
    def reader(self) -> Engine:
        """For a library that makes its own sessions: it can read, and nothing else."""
        return self._reader

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One consistent state; nothing can be written."""
        with (
            _our_errors(),
            KeyedSession(self._reader, autoflush=False, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def write(self, shared: bool = False) -> Iterator[Session]:
        """A write transaction. ``shared``: it changes what tills share (coupons, points, stock).

        Those transactions stand in one line on PostgreSQL as they do on SQLite, so that "who was received first" has an
        answer and rows touched in different orders cannot deadlock.
        """
        turn = self._turn if shared or self._sqlite else nullcontext()
        with _our_errors(), turn, KeyedSession(self._engine, expire_on_commit=False) as session, session.begin():
            if shared and not self._sqlite:
                session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_KEY})
            yield session

    def prepare(self, make: bool) -> None:
        """See that the tables have the present form; ``make`` them in a new database. ``DataError`` if they have not.

        Nothing is migrated here: an older program may be running on this database, which a person has to stop first.
        """
        with self.write(shared=True) as session:
            con = session.connection()
            form = read_form(con, set(METADATA.tables))
            if form is not None:
                check_form(form)
            elif make:
                self.make_tables(con)
            else:
                raise DataError("not_hq_database")

    def make_tables(self, con: Connection) -> None:
        """All tables in the present form, in a database that has none; a test holds it against the migrations."""
        METADATA.create_all(con)
        stamp_form(con, HEAD)

    def close(self) -> None:
        self._engine.dispose()


def open_database(url: str, make: bool = True) -> Database:
    """Open HQ's database; ``make`` it where it is new.

    Raises:
        InputError: ``bad_database_url``, ``reason`` says why: ``syntax``, ``driver`` (another kind of database),
            ``memory`` (SQLite without a file), ``folder`` (there is none), ``missing`` (not to be made, not there).
        DataError: ``database_unusable`` (``reason``: the driver's words), ``not_hq_database``, ``older_database``
            (``posclient hq migrate`` is wanted), ``newer_database``.
    """
    database = connect_database(url, make)
    try:
        database.prepare(make)
    except DataError:
        database.close()
        raise
    return database


def connect_database(url: str, make: bool = True) -> Database:
    """A database whose tables nobody has looked at yet; errors as ``open_database``."""
    parsed = _read_url(url, make)
    _make_private(parsed)
    return Database(parsed)


def _make_private(url: URL) -> None:
    """A new SQLite file holds keys and phones: nobody else may read it. Its WAL takes over these rights."""
    if url.get_backend_name() == "sqlite" and url.database:
        try:
            Path(url.database).touch(mode=0o600, exist_ok=True)
        except OSError as error:
            raise DataError("database_unusable", reason=error.strerror) from None


@contextmanager
def _our_errors() -> Iterator[None]:
    """A database that is locked, full, broken, away or out of connections is ``DataError``; bad values stay."""
    try:
        yield
    except (IntegrityError, BadValueError):
        raise
    except DBAPIError as error:
        raise DataError("database_unusable", reason=_first_line(error)) from error
    except PoolTimeoutError as error:
        raise DataError("database_unusable", reason="no connection is free") from error


def _read_url(url: str, make: bool) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise InputError("bad_database_url", reason="syntax") from None
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername == "postgresql+psycopg":
        return parsed
    if parsed.drivername not in ("sqlite", "sqlite+pysqlite"):
        raise InputError("bad_database_url", reason="driver")
    if not parsed.database or parsed.database == ":memory:":
        raise InputError("bad_database_url", reason="memory")
    if not Path(parsed.database).absolute().parent.is_dir():
        raise InputError("bad_database_url", reason="folder")
    if not make and not Path(parsed.database).exists():
        raise InputError("bad_database_url", reason="missing")
    return parsed


def _engine(url: URL, sqlite: bool) -> Engine:
    """Errors do not name the values: a phone must not come into a log (S-26)."""
    options: dict[str, Any] = {"pool_size": 20, "max_overflow": 30, "hide_parameters": True}
    if not sqlite:
        # said, since a server may have another default: who waited for their turn sees what was done before it
        return create_engine(url, pool_pre_ping=True, isolation_level="READ COMMITTED", **options)
    engine = create_engine(url, connect_args={"timeout": BUSY_S}, **options)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(raw: Any, _record: Any) -> None:
    """FULL: what HQ has acknowledged it must have after a power cut. The driver must not begin by itself."""
    raw.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
        raw.execute(f"PRAGMA {pragma}")


def _begin_sqlite(con: Connection) -> None:
    con.exec_driver_sql("BEGIN" if con.get_execution_options().get("hq_reader") else "BEGIN IMMEDIATE")


def _first_line(error: DBAPIError) -> str:
    """The driver's words, one line, without the statement and its values."""
    return str(error.orig).strip().splitlines()[0][:200] if str(error.orig).strip() else type(error.orig).__name__
