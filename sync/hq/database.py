"""HQ's database by URL: SQLite by default, PostgreSQL for a chain; the same code on both.

Readers see one consistent state for the whole of their transaction (a page's rows, head and ``applied_seq`` belong
together): a WAL snapshot on SQLite, REPEATABLE READ on PostgreSQL. Writers on SQLite begin IMMEDIATE.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
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
from sync.hq.schema import HEAD, check_form, check_kept, read_form, stamp_form
from sync.hq.tables import METADATA

#: Another process (an import beside the server) may hold the write lock for a batch: seconds that a command waits.
BUSY_S = 60.0
#: What HQ waits for a lock while a till waits for HQ. A write may wait three times (its turn, the line of all
#: processes, a row), and a till hangs up after 15 s of silence: so it still hears that it may come again, and when.
ANSWER_S = 4.0
#: The same while the last one waited in vain: thousands of tills must not take all threads for their waiting.
HELD_UP_S = 0.1
#: A transaction of ours that does nothing for so long is one whose HQ is gone (ms): the server ends it and its locks.
_IDLE_MS = 60_000
#: A network that is cut is noticed within half a minute, not two hours (libpq's own words; the URL may say otherwise).
#: And whatever PGCLIENTENCODING says, a name may have any character.
_LINE = {
    "client_encoding": "utf8", "connect_timeout": "10", "keepalives_idle": "10", "keepalives_interval": "5",
    "keepalives_count": "3", "tcp_user_timeout": "25000",
}  # fmt: skip
#: One key for all of HQ; see ``Database.write``.
_ADVISORY_KEY = 0x504F5348


class Database:
    """Transactions on one database. A transaction commits when its block ends well, else it leaves no trace.

    ``wait_s``: seconds that one waits for a lock that another process, or a person in ``psql``, holds.
    """

    def __init__(self, url: URL, wait_s: float = BUSY_S) -> None:
        self._sqlite = url.get_backend_name() == "sqlite"
        #: SQLite's file; None on a server.
        self.file = Path(url.database) if self._sqlite and url.database else None
        self._wait_s = wait_s
        self._engine = _engine(url, self._sqlite, wait_s)
        self._patient = self._engine.execution_options(hq_patient=True)
        options: dict[str, Any] = {"hq_reader": True}
        if not self._sqlite:
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._reader = self._engine.execution_options(**options)
        # SQLite's own queue for its write lock is a sleep and a guess; on PostgreSQL whoever waits would hold a
        # connection and wake up ten times a second. Threads of one process stand in line here
        self._turn = threading.Lock()
        self._held_up = False
        self._prepared = False

    @property
    def reader(self) -> Engine:
        """For a library that makes its own sessions: it can read, and nothing else."""
        return self._reader

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One consistent state; nothing can be written."""
        with (
            our_errors(),
            KeyedSession(self._reader, autoflush=False, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def write(self, shared: bool = False, patient: bool = False) -> Iterator[Session]:
        """A write transaction. ``shared``: it changes what tills share (coupons, points, stock). ``patient``: nobody
        waits for its answer, so it waits longer for a lock.

        Those transactions stand in one line on PostgreSQL as they do on SQLite, so that "who was received first" has an
        answer and rows touched in different orders cannot deadlock. ``DataError`` as of ``prepare`` where a later
        program has changed the form meanwhile: what this one wrote would miss what that one needs, or be refused, and
        facts would be put aside for it.
        """
        engine = self._patient if patient else self._engine
        turn = self._own_turn(patient) if shared or self._sqlite else nullcontext()
        try:
            with our_errors(), turn, KeyedSession(engine, expire_on_commit=False) as session, session.begin():
                if shared and not self._sqlite:
                    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_KEY})
                if self._prepared:
                    check_kept(session.connection())
                yield session
        except DataError:
            self._held_up = True
            raise
        self._held_up = False

    @contextmanager
    def _own_turn(self, patient: bool) -> Iterator[None]:
        """Whoever has it may be waiting for a lock itself: it is not waited for without end either. Where somebody has
        waited in vain, one tries on; others hear of it at once and do not stand in the way of those who only read.
        """
        wait_s = max(self._wait_s, BUSY_S) if patient else min(self._wait_s, HELD_UP_S if self._held_up else BUSY_S)
        if not self._turn.acquire(timeout=wait_s):
            raise DataError("database_unusable", reason="another transaction takes too long")
        try:
            yield
        finally:
            self._turn.release()

    def lone_connection(self) -> Connection:
        """One for a lock that lasts longer than a transaction; whoever closes it has to let go before."""
        with our_errors():
            return self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")

    def prepare(self, make: bool) -> None:
        """See that the tables have the present form; ``make`` them in a new database. ``DataError`` if they have not.

        Nothing is migrated here: an older program may be running on this database, which a person has to stop first.
        """
        with self.write(shared=True, patient=True) as session:
            con = session.connection()
            form = read_form(con, set(METADATA.tables))
            if form is not None:
                check_form(form)
            elif make:
                self.make_tables(con)
            else:
                raise DataError("not_hq_database")
        self._prepared = True

    def make_tables(self, con: Connection) -> None:
        """All tables in the present form, in a database that has none; a test holds it against the migrations.

        ``InputError`` for one that does not take every character: HQ would put aside each fact with another one.
        """
        if not self._sqlite and con.exec_driver_sql("SHOW server_encoding").scalar() != "UTF8":
            raise InputError("bad_database_url", reason="encoding")
        METADATA.create_all(con)
        stamp_form(con, HEAD)

    def close(self) -> None:
        self._engine.dispose()


def open_database(url: str, make: bool = True, wait_s: float = BUSY_S) -> Database:
    """Open HQ's database; ``make`` it where it is new. ``wait_s``: see ``Database``.

    Raises:
        InputError: ``bad_database_url``, ``reason`` says why: ``syntax``, ``driver`` (another kind of database),
            ``memory`` (SQLite without a file), ``folder`` (there is none), ``missing`` (not to be made, not there),
            ``encoding`` (a new one on a server that is not UTF8).
        DataError: ``database_unusable`` (``reason``: the driver's words), ``not_hq_database``, ``older_database``
            (``posclient hq migrate`` is wanted), ``newer_database``.
    """
    database = connect_database(url, make, wait_s)
    try:
        database.prepare(make)
    except (DataError, InputError):
        database.close()
        raise
    return database


def connect_database(url: str, make: bool = True, wait_s: float = BUSY_S) -> Database:
    """A database whose tables nobody has looked at yet; errors as ``open_database``."""
    parsed = _read_url(url, make)
    _make_private(parsed)
    return Database(parsed, wait_s)


def _make_private(url: URL) -> None:
    """A new SQLite file holds keys and phones: nobody else may read it. Its WAL takes over these rights."""
    if url.get_backend_name() == "sqlite" and url.database:
        try:
            Path(url.database).touch(mode=0o600, exist_ok=True)
        except OSError as error:
            raise DataError("database_unusable", reason=error.strerror) from None


@contextmanager
def our_errors() -> Iterator[None]:
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


def _engine(url: URL, sqlite: bool, wait_s: float) -> Engine:
    """Errors do not name the values: a phone must not come into a log (S-26)."""
    options: dict[str, Any] = {"pool_size": 20, "max_overflow": 30, "hide_parameters": True}
    if sqlite:
        engine = create_engine(url, connect_args={"timeout": wait_s}, **options)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", partial(_begin_sqlite, wait_s))
        return engine
    line = {name: value for name, value in _LINE.items() if name not in url.query}
    # said, since a server may have another default: who waited for their turn sees what was done before it
    engine = create_engine(url, pool_pre_ping=True, isolation_level="READ COMMITTED", connect_args=line, **options)
    event.listen(engine, "connect", partial(_prepare_postgres, wait_s))
    event.listen(engine, "begin", _begin_postgres)
    return engine


def _prepare_sqlite(raw: Any, _record: Any) -> None:
    """FULL: what HQ has acknowledged it must have after a power cut. The driver must not begin by itself."""
    raw.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
        raw.execute(f"PRAGMA {pragma}")


def _begin_sqlite(wait_s: float, con: Connection) -> None:
    chosen = con.get_execution_options()
    patient = chosen.get("hq_patient") and wait_s < BUSY_S
    if patient:
        con.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_S * 1000:.0f}")
    try:
        con.exec_driver_sql("BEGIN" if chosen.get("hq_reader") else "BEGIN IMMEDIATE")
    finally:
        if patient:
            con.exec_driver_sql(f"PRAGMA busy_timeout={wait_s * 1000:.0f}")


def _prepare_postgres(wait_s: float, raw: Any, _record: Any) -> None:
    """Nothing of ours waits for a lock, or keeps one, without end."""
    raw.execute(f"SET lock_timeout = {wait_s * 1000:.0f}")
    raw.execute(f"SET idle_in_transaction_session_timeout = {_IDLE_MS}")
    raw.commit()


def _begin_postgres(con: Connection) -> None:
    if con.get_execution_options().get("hq_patient"):
        con.exec_driver_sql(f"SET LOCAL lock_timeout = {BUSY_S * 1000:.0f}")


def _first_line(error: DBAPIError) -> str:
    """The driver's words, one line, without the statement and its values."""
    return str(error.orig).strip().splitlines()[0][:200] if str(error.orig).strip() else type(error.orig).__name__
