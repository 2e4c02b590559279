"""HQ signs who works in a store; the tills of the store go by it, and by none that is older (S-23)."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from posclient.db import chain as chain_rows
from posclient.db import terminal
from posclient.db.live_cache import LiveCache
from posclient.domain import staff_list
from posclient.domain.staff_list import SETTING, StaffList, Trust
from sync.credentials import Secrets, entry, secrets_of, vault
from sync.hq.backups import restored
from sync.hq.clock import UtcClock, milliseconds
from sync.hq.database import Database, open_database
from sync.hq.feeds import Change, store_feed
from sync.hq.imports.importing import import_folder
from sync.hq.service import Hq
from sync.hq.tables import Feed, FeedRow, Identity
from sync.signing import new_seed, public_key
from tests.sync.conftest import HqServer
from tests.sync.tills import Chain, TillFolder

STORES = "id,name\nS001,一店\nS002,二店\n"
HEAD = "id,store,name,badge,roles,pin,active\n"
LI, WANG, MANAGER = (
    "G1,S001,林,,guide,1234,1\n",
    "G2,S002,王,,guide,2345,1\n",
    "B1,S001,店长,B,manager cashier,9999,1\n",
)


def imported(database: Database, folder: Path, **files: str) -> dict[str, int]:
    """Only these files; how many rows were published, by feed."""
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    report = import_folder(database, folder, False, lambda fault: pytest.fail(str(fault)))
    return {feed: count for feed, count in report.published.items() if count}


def row_of(database: Database, store: str) -> FeedRow | None:
    with database.read() as session:
        return session.get(FeedRow, (store_feed(store), "setting", f"{store}/{SETTING}"))


def listed(database: Database, store: str = "S001") -> StaffList:
    """What HQ has signed of a store last."""
    row = row_of(database, store)
    assert row is not None
    with database.read() as session:
        seed = session.exec(select(Identity.sign_seed)).one()
    found = staff_list.read(json.loads(row.data or "")["value"], public_key(base64.b64decode(seed)), store)
    assert found is not None
    return found


def rows(database: Database, store: str) -> dict[str, dict[str, Any]]:
    """Everybody's row in a store's feed."""
    live = FeedRow.feed == store_feed(store), FeedRow.table_name == "staff", col(FeedRow.data).is_not(None)
    with database.read() as session:
        return {
            key: json.loads(data or "") for key, data in session.exec(select(FeedRow.key, FeedRow.data).where(*live))
        }


def is_right(database: Database, store: str) -> bool:
    """Does the list say of everybody what their row says?"""
    wanted = {
        key: staff_list.digest(key, one["name"], one["badge"], one["roles"], one["pin_hash"])
        for key, one in rows(database, store).items()
        if one["active"]
    }
    return listed(database, store).digests == wanted


def test_an_import_signs_those_whom_it_changes(hq_server: HqServer, tmp_path: Path) -> None:
    database, folder = hq_server.database, tmp_path / "in"
    imported(database, folder, stores=STORES, staff=HEAD + LI + WANG + MANAGER)
    first = listed(database)
    assert is_right(database, "S001")
    assert is_right(database, "S002")
    assert (set(first.digests), set(listed(database, "S002").digests)) == ({"G1", "B1"}, {"G2"})
    assert abs(first.serial - milliseconds(UtcClock())) < 60_000

    assert imported(database, folder, staff=HEAD + LI + WANG + MANAGER) == {}, "a second import changes nothing"

    published = imported(database, folder, staff=HEAD + MANAGER.replace("9999", "8888"))
    assert published == {"store:S001": 2}
    assert is_right(database, "S001")
    assert listed(database).serial > first.serial

    imported(database, folder, staff=HEAD + LI.replace("S001", "S002") + MANAGER.replace(",1\n", ",0\n"))
    assert is_right(database, "S001")
    assert is_right(database, "S002")
    assert (set(listed(database).digests), set(listed(database, "S002").digests)) == (set(), {"G1", "G2"})


@pytest.mark.parametrize("url", ["sqlite", "postgres"], indirect=True)
def test_tills_that_come_at_once_find_one_list(url: str, tmp_path: Path) -> None:
    """Each of eight finds it due after HQ was restored, and one signs it."""
    with closing(open_database(url)) as database:
        hq = Hq(database)
        imported(database, tmp_path / "in", stores=STORES, staff=HEAD + LI + WANG + MANAGER)
        terminal_id, _ = hq.enrolment_code("S001")
        first = listed(database)
        with database.write() as session:
            restored(session, UtcClock())
        with ThreadPoolExecutor(8) as pool:
            heads = {reply.feeds[2].head for reply in pool.map(hq.feeds, [terminal_id] * 8)}
        assert len(heads) == 1
        assert listed(database).serial > first.serial
        assert is_right(database, "S001")
        assert listed(database, "S002").epoch != epoch_of(database, "S002"), "a store at a time"


def epoch_of(database: Database, store: str) -> str:
    """Of the store's feed now."""
    with database.read() as session:
        return session.get_one(Feed, store_feed(store)).epoch


def cached_list(till: TillFolder) -> StaffList | None:
    with closing(LiveCache(till.folder)) as cache:
        said = chain_rows.settings(cache, till.me.store).get(SETTING)
    return staff_list.read(said, till.me.hq_key, till.me.store)


def staff_change(till: TillFolder, staff: str, roles: list[str], *, active: bool = True) -> Change:
    """A row as an HQ of before published it: with no list."""
    data = {"id": staff, "name": staff, "badge": "", "roles": roles, "active": active, "pin_hash": "x"}
    return Change(store_feed(till.me.store), "staff", staff, data)


def test_an_hq_that_has_signed_nobody_yet_does_at_a_contact(till: TillFolder, chain: Chain) -> None:
    """An upgrade: the rows are there already. A store at a time, so no chain is signed in one transaction."""
    till.cycle()
    assert (cached_list(till), till.keeper.own.trust) == (None, Trust(till.me.hq_key, 0, till.me.store))
    chain.publish(staff_change(till, "B1", ["manager"]))
    assert till.cycle().error is None
    now = cached_list(till)
    assert now is not None
    assert set(now.digests) == {"B1"}
    assert till.keeper.own.trust == Trust(till.me.hq_key, now.serial, till.me.store)
    assert secrets_of(till.folder, till.me).staff == now.serial

    calls = len(till.line.calls)
    till.cycle()
    assert cached_list(till) == now
    assert "page" not in till.line.calls[calls:], "and once is enough"


def test_a_row_that_changes_without_its_list_is_signed_at_the_next_contact(till: TillFolder, chain: Chain) -> None:
    chain.publish(staff_change(till, "B1", ["manager"]))
    till.cycle()
    chain.publish(Change(store_feed(till.me.store), "staff", "B1", None), staff_change(till, "B2", ["manager"]))
    till.cycle()
    now = cached_list(till)
    assert now is not None
    assert set(now.digests) == {"B2"}


def test_a_row_that_no_till_can_read_stops_nobodys_contact(till: TillFolder, chain: Chain) -> None:
    feed = store_feed(till.me.store)
    no_roles = {**(staff_change(till, "X2", []).data or {}), "roles": None}
    chain.publish(
        staff_change(till, "B1", ["manager"]),
        Change(feed, "staff", "X1", {"id": "X1"}),
        Change(feed, "staff", "X2", no_roles),
    )
    assert [one.feed for one in till.cycle().held] == [feed]
    assert set(listed(chain.database, till.me.store).digests) == {"B1"}


def test_an_imported_setting_of_that_name_is_nothing(till: TillFolder, chain: Chain) -> None:
    name = f"{till.me.store}/{SETTING}"
    chain.publish(
        staff_change(till, "B1", ["manager"]),
        Change(store_feed(till.me.store), "setting", name, {"name": SETTING, "value": {"document": "{}"}}),
        Change(store_feed(till.me.store), "setting", "S/staff_list", {"name": SETTING, "value": 1}),
    )
    till.cycle()
    now = cached_list(till)
    assert now is not None
    assert set(now.digests) == {"B1"}


def test_an_hq_that_was_restored_signs_anew(till: TillFolder, chain: Chain) -> None:
    """Or its older list would be none for the tills that had seen a later one, and nobody could approve."""
    chain.publish(staff_change(till, "B1", ["manager"]))
    till.cycle()
    before = cached_list(till)
    chain.clock.forward(hours=1)
    with chain.database.write() as session:
        restored(session, chain.clock)
    assert till.cycle().held, "another epoch: a manager is asked"
    assert cached_list(till) == before, "whose word counts, by the list of before"
    till.cycle(accept=True)
    now = cached_list(till)
    assert before is not None
    assert now is not None
    assert now.serial > before.serial
    assert now.epoch != before.epoch
    assert till.keeper.own.trust == Trust(till.me.hq_key, now.serial, till.me.store)


def test_an_hq_that_was_restored_where_the_clock_is_hours_behind(till: TillFolder, chain: Chain) -> None:
    """What it signed last is lost, and no till went by an older serial: until the next change nobody could approve."""
    place = store_feed(till.me.store), "setting", f"{till.me.store}/{SETTING}"
    chain.publish(staff_change(till, "B1", ["manager"]))
    till.cycle()
    with chain.database.read() as session:
        backup = session.get_one(FeedRow, place).data
    chain.clock.forward(hours=8)
    chain.publish(staff_change(till, "B2", ["manager"]))
    till.cycle()
    seen = cached_list(till)
    chain.clock.forward(hours=-8)
    with chain.database.write() as session:
        session.get_one(FeedRow, place).data = backup
        restored(session, chain.clock)
    till.cycle()
    till.cycle(accept=True)
    now = cached_list(till)
    assert seen is not None
    assert now is not None
    assert now.serial > seen.serial


def test_an_hq_whose_clock_was_put_back_still_counts_up(till: TillFolder, chain: Chain) -> None:
    chain.publish(staff_change(till, "B1", ["manager"]))
    till.cycle()
    before = cached_list(till)
    chain.clock.forward(hours=-2)
    chain.publish(staff_change(till, "B2", ["manager"]))
    till.cycle()
    now = cached_list(till)
    assert before is not None
    assert now is not None
    assert now.serial == before.serial + 1


def test_the_vault_keeps_hqs_key_and_puts_it_back(till: TillFolder) -> None:
    """Somebody writes another one into the file, to sign with it: the next cycle has the enrolment's again."""
    till.cycle()
    assert secrets_of(till.folder, till.me).hq_key == till.me.hq_key
    till.con.execute("UPDATE terminal SET hq_key = ?", (public_key(new_seed()),))
    till.keeper.begin(till.con, till.chain.clock.now())
    assert terminal.read(till.con).hq_key == till.me.hq_key
    assert till.cycle().error is None


def test_a_vault_of_before_learns_hqs_key_from_an_answer(till: TillFolder, chain: Chain) -> None:
    name, place = entry(till.me.hq, till.me.terminal), vault("file", till.folder)
    held = secrets_of(till.folder, till.me)
    place.save(name, Secrets(held.seed, held.key, held.wrapped))
    assert secrets_of(till.folder, till.me).trust(till.me) == Trust(till.me.hq_key, 0, till.me.store)
    till.restart()
    till.cycle()
    held = secrets_of(till.folder, till.me)
    assert (held.hq_key, held.store) == (till.me.hq_key, till.me.store)


def test_a_vault_of_another_enrolment_confirms_nobody(till: TillFolder) -> None:
    """S-13: a keyring is not put back with a disk, nor a disk with a keyring."""
    till.con.execute("UPDATE terminal SET incarnation = 'earlier'")
    till.restart()
    till.keeper.begin(till.con, till.chain.clock.now())
    assert till.keeper.own.trust is None
