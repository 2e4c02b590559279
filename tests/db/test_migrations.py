import json
import shutil
import sqlite3
from dataclasses import asdict
from pathlib import Path

import pytest

from posclient.db import migrations, sales
from posclient.db import till_member_tables as members
from posclient.db import till_sale_tables as sale_tables
from posclient.db.connection import TILL_FILE, connect
from posclient.db.journal import verify_chain
from posclient.db.migrations import STEPS, backup, migrate
from posclient.db.till_file import open_till
from posclient.db.till_tables import TillTable
from posclient.errors import DataError
from tests.db.shop import commit, enrolled, sale

OLD = Path(__file__).parent / "old"
NEXT = "CREATE TABLE parked (id TEXT PRIMARY KEY) STRICT;\nALTER TABLE sale ADD COLUMN note TEXT NOT NULL DEFAULT '';"


def test_the_steps_make_the_tables_that_are_declared(tmp_path: Path) -> None:
    con = open_till(tmp_path)
    assert {members.LocalMemberRow, sale_tables.SaleRow} <= set(TillTable.__subclasses__())
    made = {name for (name,) in con.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert made == set(TillTable.metadata.tables)
    for name, table in TillTable.metadata.tables.items():
        found = {row[1]: (bool(row[3]), bool(row[5])) for row in con.execute(f"PRAGMA table_info({name})")}
        keys = {column.name for column in table.columns if column.primary_key}
        # SQLite does not call the rowid NOT NULL
        declared = {
            column.name: (not column.nullable and found[column.name] != (False, True), column.name in keys)
            for column in table.columns
        }
        assert found == declared, name
        references = {(row[3], row[2]) for row in con.execute(f"PRAGMA foreign_key_list({name})")}
        assert references == {(key.parent.name, key.column.table.name) for key in table.foreign_keys}, name


@pytest.mark.parametrize("path", sorted(OLD.glob("till-v*.db")), ids=lambda path: path.stem)
def test_every_released_file_still_opens(path: Path, tmp_path: Path) -> None:
    """A file of each version that was ever released, with a sale, a fact and an open outbox in it."""
    shutil.copy(path, tmp_path / TILL_FILE)
    con = open_till(tmp_path)
    assert verify_chain(con) is None
    kept = sales.by_id(con, "sale-1")
    assert kept is not None
    assert json.loads(json.dumps(asdict(kept), default=str)) == json.loads(path.with_suffix(".json").read_text("utf-8"))
    commit(con, sale("sale-2", 8))
    assert con.execute("SELECT count(*) FROM outbox WHERE acked_ms IS NULL").fetchone() == (2,)


def test_the_last_contact_of_an_older_file_is_when_hq_took_a_fact(tmp_path: Path) -> None:
    """S-21: a till that was stolen before the update counts from then on, not from the update."""
    shutil.copy(OLD / "till-v3.db", tmp_path / TILL_FILE)
    with sqlite3.connect(tmp_path / TILL_FILE) as old:
        old.execute("UPDATE outbox SET acked_ms = 5000")
        old.execute("UPDATE terminal SET offset_ms = -300")
    old.close()
    con = open_till(tmp_path)
    found = con.execute("SELECT contact_wall_ms, contact_ms, sealed_ms FROM terminal").fetchall()
    assert found == [(5000, 4700, None)]


def test_there_is_a_stored_file_of_the_present_version() -> None:
    assert (OLD / f"till-v{len(STEPS)}.db").exists()


def test_an_older_file_is_copied_and_then_migrated(tmp_path: Path) -> None:
    con = enrolled(tmp_path)
    commit(con, sale())
    assert migrate(con, tmp_path / "backup", [*STEPS, NEXT])
    assert con.execute("SELECT note FROM sale").fetchall() == [("",)]
    assert not migrate(con, tmp_path / "backup", [*STEPS, NEXT])
    (copy,) = (tmp_path / "backup").iterdir()
    with sqlite3.connect(copy) as old:
        assert old.execute("PRAGMA user_version").fetchone() == (len(STEPS),)
        assert old.execute("SELECT id FROM sale").fetchall() == [("sale-1",)]
    old.close()


def test_half_a_migration_is_none(tmp_path: Path) -> None:
    con = enrolled(tmp_path)
    with pytest.raises(sqlite3.OperationalError):
        migrate(con, tmp_path / "backup", [*STEPS, NEXT, "CREATE TABLE sale (id TEXT);"])
    assert con.execute("PRAGMA user_version").fetchone() == (len(STEPS),)
    assert con.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'parked'").fetchone() == (0,)
    commit(con, sale())


def test_without_room_for_the_copy_nothing_is_migrated(tmp_path: Path) -> None:
    con = enrolled(tmp_path)
    (tmp_path / "backup").write_text("a file where the folder should be")
    with pytest.raises(DataError, match="cannot_write"):
        migrate(con, tmp_path / "backup", [*STEPS, NEXT])
    assert con.execute("PRAGMA user_version").fetchone() == (len(STEPS),)


def test_copies_never_overwrite_one_another(tmp_path: Path) -> None:
    con = enrolled(tmp_path)
    names = [backup(con, tmp_path / "backup", "till-v1").name for _ in range(3)]
    assert names == ["till-v1.db", "till-v1-2.db", "till-v1-3.db"]


def test_a_newer_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    con = open_till(tmp_path)
    con.execute("PRAGMA user_version = 99")
    con.close()
    before = (tmp_path / TILL_FILE).read_bytes()
    for read_only in (False, True):
        with pytest.raises(DataError) as caught:
            open_till(tmp_path, read_only=read_only)
        assert (caught.value.code, caught.value.params) == ("newer_file", {"found": 99, "known": len(STEPS)})
    assert (tmp_path / TILL_FILE).read_bytes() == before


def test_somebody_elses_database_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / TILL_FILE) as other:
        other.execute("CREATE TABLE notes (text)")
    other.close()
    with pytest.raises(DataError, match="not_ours"):
        open_till(tmp_path)


def test_a_reader_does_not_migrate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_till(tmp_path).close()
    monkeypatch.setattr("posclient.db.till_file.STEPS", (*STEPS, NEXT))
    monkeypatch.setattr(
        "posclient.db.till_file.check_version", lambda con: migrations.check_version(con, len(STEPS) + 1)
    )
    with pytest.raises(DataError, match="old_file"):
        open_till(tmp_path, read_only=True)


def test_a_script_is_cut_into_whole_statements() -> None:
    script = "CREATE TABLE a (x TEXT DEFAULT ';');\nCREATE TRIGGER t AFTER INSERT ON a BEGIN\nSELECT 1;\nEND;\n"
    assert [one.split()[1] for one in migrations.statements(script)] == ["TABLE", "TRIGGER"]


def test_two_programs_migrate_once(tmp_path: Path) -> None:
    first, second = connect(tmp_path / TILL_FILE), connect(tmp_path / TILL_FILE)
    assert migrate(first, tmp_path / "backup")
    assert not migrate(second, tmp_path / "backup")
