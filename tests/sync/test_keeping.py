"""The own key in its vault: dropped when HQ is silent for too long or says no, opened again by a good contact."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from posclient.db import contact, members, terminal
from posclient.db.at_rest import OwnKey
from posclient.db.live_cache import LiveCache
from posclient.db.till_file import open_till
from posclient.domain.offline_limits import LOCKED, in_force
from posclient.errors import DataError, LinkError
from sync.credentials import FILE_NAME, Secrets, entry, secrets_of, vault
from sync.hq.feeds import Change
from sync.keeping import Keeper
from tests.sync.tills import Chain, Line, TillFolder, unreachable

PHONE, NAME = "13912345678", "欧阳震华"
MEMBER: dict[str, Any] = {
    "id": "M1", "code": "C1", "name": NAME, "phone": PHONE, "birthday": None, "tier": "gold", "points": 1,
    "stored_value": 0, "own_guide": None, "home_store": "S001", "tags": [],
}  # fmt: skip


@pytest.fixture
def sealing(till: TillFolder, chain: Chain) -> TillFolder:
    """The till with a member in its cache, after a contact."""
    chain.publish(Change("store:S001", "member", "M1", MEMBER))
    assert (till.cycle().error, till.cycle().held) == (None, ())
    return till


def held(till: TillFolder) -> Secrets:
    return secrets_of(till.folder, till.me)


def shown(till: TillFolder, own: OwnKey) -> str:
    with closing(LiveCache(till.folder, own=own)) as cache:
        (found,) = members.by_last4(cache, till.con, "5678")
        return found.name or found.masked_phone


def silent(till: TillFolder) -> None:
    till.line.meddle = lambda _call, _go: (_ for _ in ()).throw(unreachable())


def answers(till: TillFolder) -> None:
    till.line.meddle = lambda _call, go: go()


def test_silence_seals_and_a_contact_opens_without_a_download(sealing: TillFolder) -> None:
    """S-20: 72 hours without HQ, and neither memory nor vault has the key; the next answer brings it back."""
    own, key = sealing.keeper.own, held(sealing).key
    silent(sealing)
    sealing.chain.clock.forward(hours=71)
    sealing.cycle()
    assert (shown(sealing, own), held(sealing).key) == (NAME, key)
    sealing.chain.clock.forward(hours=2)
    sealing.cycle()
    assert (own.key, held(sealing).key, shown(sealing, own)) == (None, b"", "****5678")
    assert key not in (sealing.folder / FILE_NAME).read_bytes()
    assert terminal.read(sealing.con).sealed_ms is not None
    answers(sealing)
    sealing.line.calls.clear()
    assert sealing.cycle().error is None
    assert "manifest" not in sealing.line.calls
    assert (own.key, held(sealing).key, shown(sealing, own)) == (key, key, NAME)
    assert terminal.read(sealing.con).sealed_ms is None


def test_a_program_begins_with_the_key_that_it_may_use(sealing: TillFolder) -> None:
    """Also where HQ does not answer, and the store's hub does."""
    key, now = held(sealing).key, sealing.chain.clock.now()
    fresh = Keeper(sealing.folder)
    fresh.begin(sealing.con, now)
    fresh.begin(sealing.con, now)
    assert fresh.own.key == key
    late = Keeper(sealing.folder)
    late.begin(sealing.con, now + timedelta(hours=73))
    assert late.own.key is None
    silent(sealing)
    sealing.chain.clock.forward(hours=73)
    sealing.cycle()
    late.begin(sealing.con, now)
    assert late.own.key is None


def test_a_clock_set_back_opens_nothing(sealing: TillFolder) -> None:
    """S-16: neither after it was sealed, nor where the floor says how late it is."""
    silent(sealing)
    sealing.chain.clock.forward(hours=80)
    sealing.cycle()
    sealing.chain.clock.forward(hours=-79)
    sealing.cycle()
    again = Keeper(sealing.folder)
    assert (again.own.key, again.held(sealing.me).key) == (None, b"")
    assert terminal.read(sealing.con).sealed_ms is not None


def test_sales_made_meanwhile_tell_the_time(sealing: TillFolder) -> None:
    silent(sealing)
    sealing.chain.clock.forward(hours=80)
    terminal.raise_floor(sealing.con, sealing.chain.clock.now())
    sealing.chain.clock.forward(hours=-79)
    sealing.cycle()
    assert sealing.keeper.own.key is None


def test_hq_sets_how_long(sealing: TillFolder, chain: Chain) -> None:
    chain.publish(Change("global", "setting", "seal_after_hours", {"name": "seal_after_hours", "value": 2}))
    sealing.cycle()
    silent(sealing)
    chain.clock.forward(hours=3)
    sealing.cycle()
    assert sealing.keeper.own.key is None


def test_a_revoked_till_is_sealed_at_once_and_for_good(sealing: TillFolder, chain: Chain) -> None:
    """S-21: no pull, personal data sealed, its facts taken aside; whatever it asks afterwards."""
    sealing.note()
    chain.hq.revoke("S001-1")
    report = sealing.cycle()
    assert (report.error and report.error.code, report.trouble, report.outcomes) == (
        "revoked",
        "revoked",
        {"quarantined": 1},
    )
    assert (sealing.keeper.own.key, held(sealing).key) == (None, b"")
    later = TillFolder(chain, sealing.folder)  # the program starts again
    later.line = Line(chain.hq, later.line.signer)
    assert later.cycle().trouble == "revoked"
    assert (later.keeper.own.key, held(later).key, later.line.unseal()) == (None, b"", None)
    assert shown(later, later.keeper.own) == "****5678"
    later.close()


def test_revoked_while_it_was_away_for_a_month(sealing: TillFolder, chain: Chain) -> None:
    """S-21: what it sold is taken aside at HQ, and nothing opens: neither members nor the till."""
    silent(sealing)
    chain.clock.forward(days=31)
    sealing.note()
    sealing.cycle()
    chain.hq.revoke("S001-1")
    answers(sealing)
    report = sealing.cycle()
    assert (report.outcomes, report.unsent, report.trouble) == ({"quarantined": 1}, 0, "revoked")
    assert (sealing.keeper.own.key, held(sealing).key) == (None, b"")
    with closing(LiveCache(sealing.folder)) as cache:
        found = contact.limits_of(terminal.read(sealing.con), cache, chain.clock.now())
    assert in_force(found, LOCKED)


def test_a_key_that_nobody_can_open_is_made_anew_and_the_members_come_again(sealing: TillFolder) -> None:
    """The vault's wrapped key is not HQ's any more: that costs a download, and no fact."""
    lost = held(sealing)
    vault("file", sealing.folder).save(entry(sealing.me.hq, sealing.me.terminal), Secrets(lost.seed, b"", b"spoiled"))
    sealing.keeper = Keeper(sealing.folder)
    report = sealing.cycle()
    assert (report.error, report.snapshots) == (None, ("store:S001",))
    assert held(sealing).key not in {b"", lost.key}
    assert shown(sealing, sealing.keeper.own) == NAME
    assert len(terminal.index_key(terminal.read(sealing.con), sealing.keeper.own)) == 32  # it came again too
    assert sealing.cycle().snapshots == ()


def test_an_answer_without_it_leaves_a_sealed_till_sealed(sealing: TillFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """S-20: no key is made in the place of one that HQ can open yet; the index of phones would be lost under it."""
    key = held(sealing).key
    silent(sealing)
    sealing.chain.clock.forward(hours=73)
    sealing.cycle()
    answers(sealing)
    with monkeypatch.context() as patch:
        patch.setattr(Line, "unseal", lambda _self: None)
        sealing.cycle()
    assert (sealing.keeper.own.key, held(sealing).key, terminal.read(sealing.con).sealed_ms is None) == (
        None,
        b"",
        False,
    )
    assert (sealing.cycle().error, held(sealing).key, shown(sealing, sealing.keeper.own)) == (None, key, NAME)
    assert terminal.index_key(terminal.read(sealing.con), sealing.keeper.own)


def test_an_hq_without_it_keeps_the_key_in_the_vault(sealing: TillFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """What HQ could not open again stays; until HQ answers it is not used."""
    key = held(sealing).key
    vault("file", sealing.folder).save(entry(sealing.me.hq, sealing.me.terminal), Secrets(held(sealing).seed, key))
    sealing.keeper = Keeper(sealing.folder)
    monkeypatch.setattr(Line, "unseal", lambda _self: None)
    assert sealing.cycle().error is None
    silent(sealing)
    sealing.chain.clock.forward(hours=73)
    sealing.cycle()
    assert (sealing.keeper.own.key, held(sealing).key) == (None, key)
    answers(sealing)
    sealing.cycle()
    assert sealing.keeper.own.key == key


def test_a_vault_that_does_not_answer_is_asked_once_a_cycle(till: TillFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """S-28: each time takes ten seconds and leaves a thread behind that waits for somebody at a prompt."""
    asked: list[object] = []

    def slow(*question: object) -> None:
        asked.append(question)
        raise LinkError("no_keyring", why="slow")

    monkeypatch.setattr("sync.credentials.FileVault.load", slow)
    with pytest.raises(LinkError, match="no_keyring"):
        Keeper(till.folder).begin(till.con, till.chain.clock.now())
    assert len(asked) == 1


def test_a_vault_that_is_locked_stops_neither_sync_nor_sealing(
    sealing: TillFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> None:
        raise LinkError("no_keyring", why="locked")

    silent(sealing)
    sealing.chain.clock.forward(hours=73)
    monkeypatch.setattr("sync.credentials.FileVault.save", locked)
    sealing.cycle()
    assert (sealing.keeper.own.key, held(sealing).key != b"") == (None, True)
    answers(sealing)
    assert sealing.cycle().error is None
    assert sealing.keeper.own.key is not None


def test_the_index_key_of_an_older_program_is_sealed(tmp_path: Path, sealing: TillFolder) -> None:
    """S-20: until now it lay open in till.db."""
    plain = b"i" * 32
    sealing.con.execute("UPDATE terminal SET index_key = ?", (plain,))
    own = sealing.keeper.own
    terminal.seal_index_key(sealing.con, own.needed())
    terminal.seal_index_key(sealing.con, own.needed())
    assert terminal.index_key(terminal.read(sealing.con), own) == plain
    assert all(plain not in path.read_bytes() for path in sealing.folder.glob("till.db*"))
    with pytest.raises(DataError, match="no_own_key"):
        terminal.index_key(terminal.read(sealing.con), OwnKey())


def test_the_copy_before_a_migration_keeps_no_key_open(tmp_path: Path) -> None:
    """S-20: who has the index key tries all phones that there are against the members registered here."""
    old = Path(__file__).parents[1] / "db" / "old" / "till-v3.db"
    (tmp_path / "till.db").write_bytes(old.read_bytes())
    own = OwnKey(b"k" * 32)
    for _ in range(2):
        with closing(open_till(tmp_path)) as con:
            terminal.seal_index_key(con, own.needed())
            assert terminal.index_key(terminal.read(con), own) == b"i" * 32
    (copy,) = (tmp_path / "backup").iterdir()
    assert [path for path in (tmp_path / "till.db", copy) if b"i" * 32 in path.read_bytes()] == []
    with closing(sqlite3.connect(copy)) as con:
        (sealed,) = con.execute("SELECT index_key FROM terminal").fetchone()
    assert own.needed().open("terminal|1|index_key", sealed) == b"i" * 32


def test_a_till_that_hq_never_answered_has_no_limits(till: TillFolder) -> None:
    till.con.execute("UPDATE terminal SET contact_ms = NULL, contact_wall_ms = NULL")
    with closing(LiveCache(till.folder)) as cache:
        assert contact.limits_of(terminal.read(till.con), cache, till.chain.clock.now()) == ()
