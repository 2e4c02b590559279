"""T-5: a load on a disk that is nearly full takes no room that the next sale needs."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from posclient.db import loading, room
from posclient.db.at_rest import AtRest
from posclient.db.chunks import KEEP_S, drop_old
from posclient.db.live_cache import live_path
from posclient.errors import DataError
from tests.db.shop import OWN_KEY, caches, price, rows
from tests.db.snapshots import packed, stored
from tests.sync.test_engine_pull import count, refuse
from tests.sync.test_first_load import chain, till
from tests.sync.tills import TillFolder, unreachable

__all__ = ["chain", "till"]

MIB = 1024 * 1024


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Says how much is free."""
    usage = type(shutil.disk_usage("/"))

    def say(free: int) -> None:
        monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(10**9, 10**9 - free, free))

    return say


def chunks_of(till: TillFolder) -> list[Path]:
    return list((till.folder / "incoming").rglob("*.sealed"))


def code(till: TillFolder) -> tuple[str, object]:
    error = till.cycle().error
    return (error.code, error.params.get("why")) if error else ("", None)


def test_nothing_is_fetched_that_has_no_place(till: TillFolder, disk: Callable[[int], None]) -> None:
    """Not with each cycle anew either. Once there is room it goes on by itself."""
    disk(room.LEFT_BYTES + 100)
    assert [code(till) for _cycle in range(3)] == [("disk_full", "load")] * 3
    assert (till.line.calls.count("chunk"), chunks_of(till)) == (0, [])
    disk(room.LEFT_BYTES + 10 * MIB)
    assert code(till) == ("", None)
    assert count(till) == 600


def test_what_has_come_goes_where_the_rest_has_no_room(till: TillFolder, disk: Callable[[int], None]) -> None:
    """Others fill the disk while a line fails: what lay here for the load is what the next sale may need."""
    till.line.meddle = refuse("chunk", unreachable(), after=3)
    assert code(till)[0] == "unreachable"
    assert len(chunks_of(till)) == 3
    till.line.meddle = lambda _call, go: go()
    disk(room.NEEDED_BYTES - 1)
    before = till.line.calls.count("chunk")
    assert code(till) == ("disk_full", "load")
    assert (till.line.calls.count("chunk"), chunks_of(till)) == (before, [])


def test_a_build_leaves_what_a_sale_needs(tmp_path: Path, disk: Callable[[int], None]) -> None:
    """The child writes until the file is as long as it may be, and leaves none of it."""
    caches(tmp_path)
    stores = [stored(tmp_path, packed("zone:z1", rows("price", [price(f"A-{n}") for n in range(3000)]), 1000))]
    for free, fits in ((room.LEFT_BYTES - 1, False), (room.LEFT_BYTES + 200_000, False), (room.LEFT_BYTES + MIB, True)):
        disk(free)
        if fits:
            assert loading.make(tmp_path, stores, 0, OWN_KEY).stat().st_size < MIB
            continue
        with pytest.raises(DataError, match="disk_full"):
            loading.make(tmp_path, stores, 0, OWN_KEY)
        assert list(tmp_path.glob("*.part*")) == []


@pytest.mark.parametrize("full", [True, False])
def test_chunks_outlive_a_build_where_a_sale_has_its_room(
    till: TillFolder, disk: Callable[[int], None], monkeypatch: pytest.MonkeyPatch, full: bool
) -> None:
    """They need not come again then: only what is built is too long."""
    before = live_path(till.folder)

    def build(*_what: Any) -> Path:
        disk(room.LEFT_BYTES - 1 if full else room.LEFT_BYTES + MIB)
        raise DataError("disk_full")

    with monkeypatch.context() as small:
        small.setattr(loading, "build", build)
        assert code(till) == ("disk_full", "load")
    assert (live_path(till.folder), bool(chunks_of(till))) == (before, not full)


def test_a_folder_that_cannot_be_asked_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot_open"):
        room.for_load(tmp_path / "away")


def test_chunks_get_old_though_each_attempt_writes_the_manifest(tmp_path: Path) -> None:
    """So a load that never ends keeps them for a day, as HQ does."""
    made = packed("zone:z1", rows("price", [price(f"A-{n}") for n in range(3)]))
    store = stored(tmp_path, made)
    then = time.time() - KEEP_S - 60
    for path in store.paths():
        os.utime(path, (then, then))
    type(store)(tmp_path, made[0], AtRest(OWN_KEY))
    drop_old(tmp_path)
    assert not any((tmp_path / "incoming").iterdir())
