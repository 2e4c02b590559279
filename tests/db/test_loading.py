import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import zstandard

from posclient.db import bulk_load, catalog, chain, chunks, inbox, loading, members, product_search
from posclient.db.at_rest import AtRest, OwnKey
from posclient.db.cache_tables import TABLES
from posclient.db.chunks import ChunkStore, begun, drop_earlier, drop_old
from posclient.db.connection import Connection
from posclient.db.live_cache import live_path
from posclient.errors import DataError
from sync.protocol import Row
from tests.db.shop import NOW, OWN, OWN_KEY, caches, enrolled, fill, member, price, product, rows
from tests.db.snapshots import line, packed, repacked, stored

PRODUCTS = rows("product", [product(f"A-{n}", gtins=[f"69012345678{n:02}"]) for n in range(10)], "sku")
PRICES = rows("price", [price(f"A-{n}") for n in range(10)])


def test_a_first_load_takes_over_while_readers_sell_on(tmp_path: Path) -> None:
    cache, reader = caches(tmp_path)
    fill(cache, "store:S001", *rows("member", [member("M1")]))
    assert catalog.by_code(reader, "A-1", NOW) is None
    path = loading.build(
        tmp_path, [stored(tmp_path, packed("global", PRODUCTS)), stored(tmp_path, packed("zone:z1", PRICES))], NOW, OWN
    )
    assert catalog.by_code(reader, "A-1", NOW) is None  # not yet
    cache.close()
    loading.swap(tmp_path, path)
    found = catalog.by_code(reader, "A-1", NOW)
    assert found is not None
    assert found.gtin == "6901234567801"
    assert len(product_search.search(reader, "羽绒", NOW).products) == 10
    cursors = inbox.cursors(reader)
    assert {feed: cursor.version for feed, cursor in cursors.items()} == {"global": 10, "store:S001": 1, "zone:z1": 10}
    assert (cursors["global"].applied_seq, cursors["global"].count) == (3, 10)
    assert reader.con.execute("SELECT key FROM member").fetchall() == [("M1",)]


def test_a_loaded_cache_is_the_same_as_a_pulled_one(tmp_path: Path) -> None:
    pulled, loaded = tmp_path / "pulled", tmp_path / "loaded"
    for folder in (pulled, loaded):
        folder.mkdir()
    writer, _ = caches(pulled)
    fill(writer, "global", *PRODUCTS, *rows("tier", [{"id": "gold", "name": "金", "rank": 1}], after=10))
    caches(loaded)
    everything = [*PRODUCTS, *rows("tier", [{"id": "gold", "name": "金", "rank": 1}], after=10)]
    loading.swap(loaded, loading.build(loaded, [stored(loaded, packed("global", everything, 4))], NOW, OWN))
    _, reader = caches(loaded)
    for name in [*TABLES, "barcode"]:
        mine, theirs = (_without_numbers(con, name) for con in (reader.con, writer.con))
        assert mine == theirs, name


def _without_numbers(con: Connection, table: str) -> list[Any]:
    if table == "barcode":
        return con.execute("SELECT code, key FROM barcode JOIN product ON product = n ORDER BY 1").fetchall()
    return [row[1:] for row in con.execute(f"SELECT * FROM {table} ORDER BY key").fetchall()]


def test_pages_go_on_from_a_loaded_cache(tmp_path: Path) -> None:
    caches(tmp_path)
    loading.swap(tmp_path, loading.build(tmp_path, [stored(tmp_path, packed("global", PRODUCTS))], NOW, OWN))
    cache, _ = caches(tmp_path)
    fill(cache, "global", *rows("product", [product("A-1", "裤子"), product("B-1")], "sku"))
    fill(cache, "global", Row(t="product", k="A-2", v=1, d=None))
    assert inbox.cursors(cache)["global"].count == 10
    cache.con.execute("INSERT INTO product_text (product_text) VALUES ('integrity-check')")
    assert cache.con.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_feeds_that_are_not_loaded_anew_are_copied_with_all_that_was_derived(tmp_path: Path) -> None:
    cache, reader = caches(tmp_path)
    fill(cache, "global", *PRODUCTS, *rows("tier", [{"id": "gold", "name": "金", "rank": 1}]))
    loading.swap(tmp_path, loading.build(tmp_path, [stored(tmp_path, packed("zone:z1", PRICES))], NOW, OWN))
    assert len(product_search.search(reader, "羽绒", NOW).products) == 10
    assert catalog.by_code(reader, "06901234567809", NOW) is not None
    assert list(chain.tiers(reader)) == ["gold"]
    assert inbox.cursors(reader)["global"].count == 11


def test_a_big_feed_goes_through_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_load, "WORTH_WORKERS", 0)
    caches(tmp_path)
    many = rows("product", [product(f"A-{n:04}", gtins=[f"C{n}"]) for n in range(1001)], "sku")
    path = loading.make(tmp_path, [stored(tmp_path, packed("global", many, 100))], 0, OWN_KEY)
    loading.swap(tmp_path, path)
    _, reader = caches(tmp_path)
    assert reader.con.execute("SELECT count(*), count(DISTINCT n), max(key) FROM product").fetchone() == (
        1001,
        1001,
        "A-1000",
    )
    assert reader.con.execute("SELECT count(*) FROM barcode").fetchone() == (1001,)


@pytest.mark.parametrize("workers", [pytest.param(True, marks=pytest.mark.kill), False])  # ours, once nobody wants them
@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([line("product", "A-0", {})], "bad_row"),
        ([line("nothing", "A-0", {})], "bad_row"),
        ([line("product", "A-0", product("A-0", gtins=[1]))], "bad_row"),
        ([line("product", "A-0", product("A-0", name="\ud800"))], "bad_row"),
        ([b'{"t": "product"}\n'], "bad_row"),
        ([b"[]\n"], "bad_row"),
        ([b"1\n"], "bad_row"),
        ([b"{not json\n"], "bad_chunk"),
        ([b"[" * 100_000 + b"\n"], "bad_chunk"),
        ([line("product", "A-0", product("A-0"))[:-1]], "bad_chunk"),  # no newline: cut off
        ([line("product", "A-0", product("A-0"))] * 2, "bad_snapshot"),
        ([line("product", "A-0", product("A-0"), version=7)], "bad_snapshot"),
        ([], "bad_snapshot"),
    ],
)
def test_rows_that_are_not_right_stop_the_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: list[bytes], code: str, workers: bool
) -> None:
    """S-10, S-11: what cannot be read or does not add up never becomes the live cache."""
    if workers:
        monkeypatch.setattr(bulk_load, "WORTH_WORKERS", 0)
    caches(tmp_path)
    store = stored(tmp_path, repacked(packed("global", PRODUCTS[:1]), lines))
    with pytest.raises(DataError) as caught:
        loading.make(tmp_path, [store], 0, OWN_KEY)
    assert caught.value.code == code
    assert live_path(tmp_path).name == "cache-1.db"


def test_a_doubled_key_is_found_even_if_it_adds_up(tmp_path: Path) -> None:
    caches(tmp_path)
    twice = [*PRODUCTS, PRODUCTS[0].model_copy(update={"v": 11})]
    with pytest.raises(DataError, match="bad_snapshot"):
        loading.build(tmp_path, [stored(tmp_path, packed("global", twice))], NOW, OWN)


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """S-10: ten kilobytes that claim to be gigabytes."""
    caches(tmp_path)
    store = stored(tmp_path, repacked(packed("global", PRODUCTS), [b" " * (chunks.MOST_PLAIN + chunks.PIECE)]))
    with pytest.raises(DataError, match="bad_chunk"):
        loading.make(tmp_path, [store], 0, OWN_KEY)


def test_chunks_are_kept_and_checked(tmp_path: Path) -> None:
    """A load that was cut goes on with the chunks that miss: at most one chunk is fetched again."""
    manifest, made = packed("global", PRODUCTS)
    store = ChunkStore(tmp_path, manifest, OWN.needed())
    assert store.missing() == [0, 1, 2, 3]
    store.add(0, made[0])
    store.add(2, made[2])
    again = ChunkStore.open(tmp_path, "global", OWN.needed())
    assert again.missing() == [1, 3]
    for n, data in ((1, made[0]), (1, made[1][:-1]), (9, made[1]), (1, made[1] + b"x")):
        with pytest.raises(DataError, match="bad_chunk"):
            again.add(n, data)
    store.paths()[0].write_bytes(made[0][:-1] + bytes([made[0][-1] ^ 1]))  # damaged on the disk
    assert again.missing() == [0, 1, 3]
    again.drop()
    assert ChunkStore(tmp_path, manifest, OWN.needed()).missing() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "change",
    [
        {"snapshot": "../../etc"}, {"snapshot": ""}, {"snapshot": "a/b"}, {"chunks": [{"n": 0}]}, {"chunks": 5},
        {"chunks": [{"n": "../x", "rows": 1, "bytes": 1, "sha256": ""}]},
    ],
)  # fmt: skip
def test_a_manifest_names_no_paths(tmp_path: Path, change: dict[str, object]) -> None:
    """S-9: nothing that HQ sends becomes a path of its choice."""
    manifest, _ = packed("global", PRODUCTS)
    with pytest.raises(DataError, match="bad_manifest"):
        ChunkStore(tmp_path, manifest | change, OWN.needed())
    with pytest.raises(DataError, match="bad_manifest"):
        ChunkStore.open(tmp_path, "nothing", OWN.needed())


def test_snapshots_that_nobody_will_load_are_dropped(tmp_path: Path) -> None:
    """Of the same feed all but that of now, of others what is over a day old."""
    for feed, name in (("global", "old"), ("zone:z1", "other"), ("zone:z2", "forgotten"), ("global", "new")):
        ChunkStore(tmp_path, packed(feed, PRODUCTS, name=name)[0], OWN.needed())
    os.utime(tmp_path / "incoming" / "forgotten" / "manifest.json", (0, 0))
    (tmp_path / "incoming" / "nothing").mkdir()
    drop_earlier(tmp_path, ChunkStore.open(tmp_path, "new", OWN.needed()).snapshot)
    drop_old(tmp_path)
    assert sorted(path.name for path in (tmp_path / "incoming").iterdir()) == ["new", "other"]


def test_a_load_goes_on_with_what_has_chunks_and_was_not_refused(tmp_path: Path) -> None:
    """Without a chunk nothing is lost by a newer snapshot; nor is it where HQ has perhaps mended the rows."""
    ChunkStore(tmp_path, packed("global", PRODUCTS, name="bare")[0], OWN.needed())
    stored(tmp_path, packed("zone:z1", PRODUCTS, name="other"))
    (tmp_path / "incoming" / "nothing").mkdir()
    assert begun(tmp_path, "global") is None
    store = stored(tmp_path, packed("global", PRODUCTS, name="begun"))
    assert begun(tmp_path, "global") == store.snapshot
    store.note_refused()
    assert begun(tmp_path, "global") is None
    assert store.missing() == []


@pytest.mark.kill
def test_a_load_that_is_killed_leaves_the_live_cache_and_its_chunks(tmp_path: Path) -> None:
    cache, reader = caches(tmp_path)
    fill(cache, "global", *rows("tier", [{"id": "gold", "name": "金", "rank": 1}]))
    many = rows("price", [price(f"A-{n}") for n in range(30_000)])
    store = stored(tmp_path, packed("zone:z1", many, 1000))
    with subprocess.Popen(
        bulk_load.child_command(str(tmp_path), "0", "zone-z1"), stdin=subprocess.PIPE, env=bulk_load.child_environment()
    ) as child:
        bulk_load.hand_key(child, OWN_KEY)
        while not (parts := list(tmp_path.glob("*.part"))) or parts[0].stat().st_size < 4096 * 20:
            assert child.poll() is None
            time.sleep(0.005)
        child.kill()
    assert list(chain.tiers(reader)) == ["gold"]
    assert store.missing() == []
    loading.swap(tmp_path, loading.build(tmp_path, [store], NOW, OWN))
    assert reader.con.execute("SELECT count(*) FROM price").fetchone() == (30_000,)
    assert list(tmp_path.glob("*.part")) == []


@pytest.mark.kill
def test_a_load_ends_with_the_till_that_asked_for_it(tmp_path: Path) -> None:
    caches(tmp_path)
    stored(tmp_path, packed("zone:z1", rows("price", [price(f"A-{n}") for n in range(30_000)]), 1000))
    with subprocess.Popen(
        bulk_load.child_command(str(tmp_path), "0", "zone-z1"), stdin=subprocess.PIPE, env=bulk_load.child_environment()
    ) as child:
        assert child.stdin
        bulk_load.hand_key(child, OWN_KEY)
        child.stdin.close()  # as it is when its parent dies
        assert child.wait(20) == 1
    assert live_path(tmp_path).name == "cache-1.db"


def test_a_child_that_dies_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    caches(tmp_path)
    dies = [sys.executable, "-c", f"import os; os.kill(os.getpid(), {int(signal.SIGKILL)})"]
    monkeypatch.setattr(loading, "child_command", lambda *_: dies)
    with pytest.raises(DataError) as caught:
        loading.build(tmp_path, [stored(tmp_path, packed("global", PRODUCTS))], NOW, OWN)
    assert (caught.value.code, caught.value.params["status"]) == ("load_failed", -signal.SIGKILL)
    monkeypatch.setattr(bulk_load, "child_command", lambda *_: dies)
    monkeypatch.setattr(bulk_load, "WORTH_WORKERS", 0)
    with pytest.raises(DataError, match="load_failed"):
        loading.make(tmp_path, [ChunkStore.open(tmp_path, "global", OWN.needed())], 0, OWN_KEY)


def test_a_worker_stops_when_nobody_reads_it(tmp_path: Path) -> None:
    many = rows("price", [price(f"A-{n}") for n in range(5_000)])
    paths = [str(path) for path in stored(tmp_path, packed("zone:z1", many, 5_000)).paths()]
    with subprocess.Popen(
        bulk_load.child_command(bulk_load.PARSE, "zone:z1", "0", "1", *paths),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=bulk_load.child_environment(),
    ) as worker:  # fmt: skip
        assert worker.stdout
        bulk_load.hand_key(worker, OWN_KEY)
        worker.stdout.close()
        assert worker.wait(20) == 1


def test_a_load_needs_the_standard_library_alone(tmp_path: Path) -> None:
    """Its child starts quickly and stays small: no SQLModel, no pydantic."""
    told = "import sys, posclient.db.loading; print([n for n in ('sqlmodel', 'pydantic', 'nacl') if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", told], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert done.stdout.strip() == "[]"


def test_members_lie_sealed_from_the_chunk_to_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """S-20: no byte of a load, of its chunks or of its file shows a phone, a name or a birthday."""
    monkeypatch.setattr(bulk_load, "WORTH_WORKERS", 0)  # through the pipes of workers too
    _, reader = caches(tmp_path)
    canaries = ("13912345678", "欧阳震华", "1987-06-05")
    one = member("M1", canaries[0], name=canaries[1], birthday=canaries[2])
    store = stored(tmp_path, packed("store:S001", rows("member", [one])))
    loading.swap(tmp_path, loading.build(tmp_path, [store], NOW, OWN))
    con = enrolled(tmp_path)
    (found,) = members.by_phone(reader, con, canaries[0])
    assert (found.name, found.birthday) == (canaries[1], date(1987, 6, 5))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.suffix == ".sealed" for path in files)
    for path in files:
        for canary in canaries:
            assert canary.encode() not in path.read_bytes(), path
        if path.suffix == ".sealed":
            assert zstandard.FRAME_HEADER not in path.read_bytes()[:64]


def test_chunks_of_another_key_are_fetched_again(tmp_path: Path) -> None:
    """The key was lost and made anew: that costs a download, no more."""
    made = packed("global", PRODUCTS)
    stored(tmp_path, made)
    again = ChunkStore(tmp_path, made[0], AtRest(b"o" * 32))
    assert again.missing() == [0, 1, 2, 3]
    with pytest.raises(DataError, match="bad_key"):
        loading.build(tmp_path, [], NOW, OwnKey(b"short"))
    with pytest.raises(DataError, match="no_own_key"):
        loading.build(tmp_path, [], NOW, OwnKey())


def test_the_program_answers_in_json(tmp_path: Path) -> None:
    with subprocess.Popen(
        bulk_load.child_command(str(tmp_path), "0", "nothing"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=bulk_load.child_environment(),
    ) as child:  # fmt: skip
        assert child.stdout
        bulk_load.hand_key(child, OWN_KEY)
        assert json.loads(child.stdout.read())["error"] == "bad_manifest"
    assert child.returncode == 1
