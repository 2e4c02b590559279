"""HQ's tables over the years: what is declared, what the revisions make, and databases that are here already."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from posclient.errors import DataError
from sync.hq import schema
from sync.hq.database import Database, connect_database, open_database
from sync.hq.migrating import FOLDER, migrate, upgrade
from sync.hq.service import Hq
from sync.hq.statistics import count_all
from sync.hq.tables import METADATA
from ui.cli import main

OLD = sorted((Path(__file__).parent / "old").glob("hq-*.db"))


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    url = f"sqlite:///{tmp_path}/hq.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    database = connect_database(url)
    yield database
    database.close()


def differences(database: Database) -> list[Any]:
    """What alembic would change in ``database`` to have what is declared."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with database.read() as session:
        return list(compare_metadata(MigrationContext.configure(session.connection()), METADATA))


def test_the_revisions_make_the_tables_that_are_declared(empty: Database) -> None:
    """A table or column without a revision would miss in every chain that updates; this fails for it."""
    assert differences(empty) != []
    with empty.write() as session:
        upgrade(session.connection())
        assert schema.read_form(session.connection(), set(METADATA.tables)) == schema.HEAD
    assert differences(empty) == []


def test_a_new_database_is_made_in_the_last_form(empty: Database) -> None:
    empty.prepare(make=True)
    assert differences(empty) == []
    with empty.write() as session:
        upgrade(session.connection())  # nothing to do, and alembic knows it


def test_the_head_is_the_last_revision_and_the_numbers_have_no_gap() -> None:
    from alembic.script import ScriptDirectory

    revisions = list(ScriptDirectory(str(FOLDER)).walk_revisions())
    assert [one.revision for one in revisions] == [f"{number:04}" for number in range(int(schema.HEAD), 0, -1)]


@pytest.mark.parametrize("path", OLD, ids=lambda path: path.stem)
def test_every_older_file_migrates_and_goes_on(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """S-27: its facts, members and keys are kept; before that every command says in one sentence what to do."""
    shutil.copy(path, tmp_path / "hq.db")
    url = f"sqlite:///{tmp_path}/hq.db"
    for words in (["stats"], ["enrol", "--store", "S001"], ["import", str(tmp_path)], ["serve", "--port", "0"]):
        assert main(["hq", words[0], "--db", url, *words[1:]]) == 1
        said = capsys.readouterr()
        assert (said.out, len(said.err.splitlines())) == ("", 1)
        assert "posclient hq migrate" in said.err
    assert main(["hq", "migrate", "--db", url]) == 0
    database = open_database(url)
    assert differences(database) == []
    figures = count_all(database)
    assert (figures["sales"], figures["coupons_used"], figures["quarantined"], figures["terminals"]) == (2, 1, 1, 1)
    with sqlite3.connect(path) as old:
        assert Hq(database).id == old.execute("SELECT id FROM hq").fetchone()[0]
    old.close()
    database.close()


def test_a_file_is_copied_before_it_is_changed(tmp_path: Path) -> None:
    shutil.copy(OLD[0], tmp_path / "hq.db")
    done = migrate(f"sqlite:///{tmp_path}/hq.db")
    assert (done.before, done.after) == ("0001", schema.HEAD)
    assert done.backup == tmp_path / "hq-form-0001.db"
    if sys.platform != "win32":
        assert done.backup.stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(done.backup) as copy:
        assert copy.execute("SELECT schema_version FROM hq").fetchall() == [(1,)]
        assert copy.execute("SELECT count(*) FROM sale").fetchall() == [(2,)]
    copy.close()
    again = migrate(f"sqlite:///{tmp_path}/hq.db")
    assert (again.before, again.backup) == (schema.HEAD, None)


def test_without_a_copy_nothing_is_changed(tmp_path: Path) -> None:
    shutil.copy(OLD[0], tmp_path / "hq.db")
    (tmp_path / "hq-form-0001.part").mkdir()  # the place of the copy cannot be written
    with pytest.raises(DataError, match="cannot_write"):
        migrate(f"sqlite:///{tmp_path}/hq.db")
    with sqlite3.connect(tmp_path / "hq.db") as file:
        assert file.execute("SELECT schema_version FROM hq").fetchall() == [(1,)]
    file.close()


def test_a_revision_that_fails_leaves_the_old_form(tmp_path: Path) -> None:
    """Power cut or full disk in the middle: all revisions are one transaction, also SQLite's changes of tables."""
    shutil.copy(OLD[0], tmp_path / "hq.db")
    with sqlite3.connect(tmp_path / "hq.db") as file:  # batch mode copies through a table of this name
        file.execute("CREATE TABLE _alembic_tmp_hq (id TEXT)")
    file.close()
    with pytest.raises(DataError, match="database_unusable"):
        migrate(f"sqlite:///{tmp_path}/hq.db")
    database = connect_database(f"sqlite:///{tmp_path}/hq.db")
    with database.read() as session:
        assert schema.read_form(session.connection(), set(METADATA.tables)) == "0001"
    database.close()


def test_members_with_stored_value_get_an_account_of_it(tmp_path: Path) -> None:
    """Nothing of anybody's money waits for the next import: free = balance = what HQ's members already had."""
    shutil.copy(OLD[0], tmp_path / "hq.db")
    with sqlite3.connect(tmp_path / "hq.db") as file:
        for name, value in (("RICH", 12_345), ("POOR", 0)):
            file.execute(
                "INSERT INTO member (id, code, phone_index, points, data) VALUES (?, ?, 'x', 0, ?)",
                (name, name, f'{{"stored_value":{value}}}'),
            )
    file.close()
    migrate(f"sqlite:///{tmp_path}/hq.db")
    with sqlite3.connect(tmp_path / "hq.db") as file:
        assert file.execute("SELECT * FROM value_account WHERE member IN ('RICH', 'POOR')").fetchall() == [
            ("RICH", "value", 12_345, 12_345)
        ]
        books = "SELECT debit, credit, amount FROM value_entry WHERE member = 'RICH'"
        assert file.execute(books).fetchall() == [("opening", "free", 12_345)]
    file.close()


def test_an_older_database_on_a_server_migrates(postgres_url: str) -> None:
    database = connect_database(postgres_url)
    with database.write() as session:
        upgrade(session.connection(), "0001")
        session.execute(text("DROP TABLE alembic_version"))  # as it was before forms had numbers
        session.execute(text("INSERT INTO hq VALUES ('hq-1', 1, 'a', 'b', 'c', 0)"))
    with pytest.raises(DataError, match="older_database"):
        open_database(postgres_url)
    done = migrate(postgres_url)
    assert (done.before, done.after, done.backup) == ("0001", schema.HEAD, None)
    open_database(postgres_url).close()
    assert differences(database) == []
    with database.read() as session:
        assert session.execute(text("SELECT id, made_ms FROM hq")).all() == [("hq-1", 0)]
    database.close()


@pytest.mark.parametrize("form", ["9999", "3f2a9c"])
def test_what_this_program_does_not_know_is_left_alone(tmp_path: Path, form: str) -> None:
    """S-27: an old program on a new database; a database whose revisions are another program's."""
    url = f"sqlite:///{tmp_path}/hq.db"
    database = open_database(url)
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :form"), {"form": form})
    database.close()
    code = "newer_database" if form.isdigit() else "not_hq_database"
    for touch in (open_database, migrate):
        with pytest.raises(DataError, match=code):
            touch(url)


def test_opening_hq_does_not_load_alembic(tmp_path: Path) -> None:
    """It costs every start of HQ and every ``hq`` command what only a migration needs."""
    script = (
        "import sys; from sync.hq.server import Server; from sync.hq.service import Hq\n"
        "from sync.hq.database import open_database\n"
        f"Hq(open_database('sqlite:///{tmp_path}/hq.db')); print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_migrate_makes_a_new_database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert main(["hq", "migrate", "--db", f"sqlite:///{tmp_path}/hq.db"]) == 0
        assert schema.HEAD in capsys.readouterr().out
