"""Opening a data folder as the program does: with the till's own key, unless it is not to be used."""

from __future__ import annotations

import shutil
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from posclient.db import contact, terminal
from posclient.db.at_rest import OwnKey
from posclient.db.connection import TILL_FILE, connect, transaction
from posclient.db.instants import to_ms
from posclient.domain.staff_list import Trust
from sync.credentials import Secrets, entry, vault
from tests.actions.kidswear import OWN_KEY, StandingClock, make_folder
from tests.db.test_migrations import OLD
from ui.opening import SystemClock, open_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An enrolled till whose key is in its file."""
    make_folder(tmp_path, StandingClock())
    keep_key(tmp_path)
    return tmp_path


def keep_key(folder: Path) -> None:
    with closing(connect(folder / TILL_FILE)) as con:
        con.execute("UPDATE terminal SET credentials = 'file'")
        hq, name = con.execute("SELECT hq, terminal FROM terminal").fetchone()
    vault("file", folder).save(entry(hq, name), Secrets(b"", OWN_KEY))


def key_of(folder: Path, own: OwnKey | None = None, *, read_only: bool = False) -> bytes | None:
    with closing(open_folder(folder, own, read_only=read_only)) as till:
        return till.own.key


def test_the_key_comes_from_the_vault_and_is_shared(folder: Path) -> None:
    own = OwnKey()
    assert key_of(folder, own, read_only=True) is None  # a reader waits for the till
    assert key_of(folder, own) == own.key == OWN_KEY
    assert key_of(folder, own, read_only=True) == OWN_KEY
    assert key_of(folder, read_only=True) == OWN_KEY  # a program that reads alone


def test_a_till_that_was_sealed_stays_so_over_a_restart(folder: Path) -> None:
    """S-20, S-21: by what is written down, or by the time that has passed; whatever the vault still has."""
    now = SystemClock().now()
    with closing(connect(folder / TILL_FILE)) as con:
        before = to_ms(now - timedelta(hours=73))
        contact.note(con, before, before)
        assert key_of(folder) is None
        contact.note(con, to_ms(now), to_ms(now))
        assert key_of(folder) == OWN_KEY
        with transaction(con):
            contact.note_sealed(con, now)
    assert key_of(folder) is None


def test_without_a_vault_it_opens_all_the_same(folder: Path) -> None:
    """S-28: a locked keyring costs personal data, never a sale."""
    (folder / "credentials.json").unlink()
    assert key_of(folder) is None


def test_an_older_programs_file_is_migrated_opened_and_its_index_key_sealed(tmp_path: Path) -> None:
    """S-20: the first start after an update; the chain's index key lay open until then."""
    shutil.copy(OLD / "till-v3.db", tmp_path / TILL_FILE)
    keep_key(tmp_path)
    with closing(connect(tmp_path / TILL_FILE)) as con:
        (plain,) = con.execute("SELECT index_key FROM terminal").fetchone()
    own = OwnKey()
    with closing(open_folder(tmp_path, own)) as till:
        assert till.index_key() == plain
        assert terminal.read(till.db).index_key != plain
    for path in tmp_path.glob("till.db*"):
        assert plain not in path.read_bytes()


def trust_of(folder: Path) -> Trust | None:
    with closing(open_folder(folder)) as till:
        return till.own.trust


def test_what_the_vault_knows_of_hq_counts(folder: Path) -> None:
    """S-23: its key and the latest list of staff, whatever somebody has written into the file meanwhile."""
    with closing(connect(folder / TILL_FILE)) as con:
        hq, name, key = con.execute("SELECT hq, terminal, hq_key FROM terminal").fetchone()
        assert trust_of(folder) == Trust(key, 0, "S001"), "a vault of before that was kept there"
        vault("file", folder).save(entry(hq, name), Secrets(b"", OWN_KEY, hq_key=key, staff=7))
        con.execute("UPDATE terminal SET hq_key = x'00'")
        assert trust_of(folder) == Trust(key, 7, "S001")
        assert terminal.read(con).hq_key == key
        vault("file", folder).save(entry(hq, name), Secrets(b"", OWN_KEY, incarnation="another"))
        assert trust_of(folder) is None
        vault("file", folder).forget(entry(hq, name))
        assert trust_of(folder) is None


def test_a_sealed_till_still_knows_its_managers(folder: Path) -> None:
    with closing(connect(folder / TILL_FILE)) as con, transaction(con):
        contact.note_sealed(con, SystemClock().now())
    trust = trust_of(folder)
    assert trust is not None
    assert trust.hq_key
