"""First load by chunks that can be resumed."""

from __future__ import annotations

import hashlib
import json
import random
from datetime import datetime

import pytest
import zstandard
from sqlmodel import select

from posclient.errors import LinkError
from sync.hq.chain_tables import MemberRow
from sync.hq.erasing import erase
from sync.hq.feeds import Change, canonical, publish
from sync.hq.placing import member_changes, stores
from sync.hq.snapshots import KEEP_MS, MOST_BEHIND_ROWS, MOST_PLAIN, Snapshots, packed_chunks
from sync.hq.tables import Feed, Snapshot, SnapshotChunk
from sync.protocol import CHUNK_BYTES, Row
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill
from tests.sync.hq.till_at_hq import make_task
from tests.sync.tills import HandClock


def tiers(start: int, end: int) -> list[Change]:
    return [Change("global", "tier", f"{number:06}", {"id": f"{number:06}"}) for number in range(start, end)]


def unpacked(chunk: bytes) -> list[bytes]:
    return zstandard.ZstdDecompressor().decompressobj().decompress(chunk).splitlines()


def test_a_snapshot_holds_what_the_pages_hold(new_till: NewTill, hq_server: HqServer) -> None:
    till = new_till()
    hq_server.publish(*tiers(0, 1200), Change("global", "tier", "000007", None))
    by_pages, last = till.pull("global")
    manifest = till.api.manifest("global")
    rows = []
    for info in manifest.chunks:
        chunk = till.api.chunk(manifest.snapshot, info.n)
        assert (len(chunk), hashlib.sha256(chunk).hexdigest()) == (info.bytes, info.sha256)
        assert till.api.chunk(manifest.snapshot, info.n) == chunk
        rows += [Row.model_validate_json(line) for line in unpacked(chunk)]
    assert {(row.t, row.k): row for row in rows} == by_pages
    assert (manifest.version, manifest.count, manifest.checksum) == (last.head, last.count, last.checksum)
    assert (manifest.feed, manifest.epoch, len(rows)) == ("global", last.epoch, last.count)


def test_a_snapshot_serves_until_the_feed_is_far_ahead(new_till: NewTill, hq_server: HqServer) -> None:
    till = new_till()
    first = till.api.manifest("global")
    hq_server.publish(*tiers(0, 10))
    assert till.api.manifest("global") == first
    hq_server.publish(*tiers(10, 11 + MOST_BEHIND_ROWS))
    second = till.api.manifest("global")
    assert second.snapshot != first.snapshot
    assert second.version == first.version + MOST_BEHIND_ROWS + 11
    assert [till.api.chunk(first.snapshot, one.n) for one in first.chunks]


def test_a_snapshot_that_was_begun_is_given_again_however_far_the_feed_has_moved(
    new_till: NewTill, hq_server: HqServer
) -> None:
    """Over HTTP; who has begun none gets the newer one, and so does an older till, which names none."""
    till, other = new_till(), new_till()
    begun = till.api.manifest("global")
    hq_server.publish(*tiers(0, 1 + MOST_BEHIND_ROWS))
    newer = other.api.manifest("global")
    assert newer.version > begun.version
    assert till.api.manifest("global", begun.snapshot) == begun
    assert till.api.manifest("global") == newer
    assert till.api.manifest("global", "not-here") == newer
    other.push(other.sale())
    assert other.api.manifest("global", begun.snapshot).applied_seq == 0, "it is of before that sale"


def test_a_snapshot_of_an_earlier_epoch_or_of_another_feed_is_not_gone_on_with(
    new_till: NewTill, hq_server: HqServer
) -> None:
    """HQ was restored, without its snapshots being dropped; and what a till names is no key to another feed."""
    till = new_till()
    begun, stores = till.api.manifest("global"), till.api.manifest("store:S001")
    assert till.api.manifest("store:S001", begun.snapshot) == stores
    with hq_server.database.write() as session:
        session.get_one(Feed, "global").epoch = "restored"
    assert till.api.manifest("global", begun.snapshot).epoch == "restored"


def test_a_snapshot_of_a_tills_own_feed_is_never_an_old_one(new_till: NewTill, hq_server: HqServer) -> None:
    """S-18: enrolled anew, it would believe leases of stored value as they were before its earlier sales."""
    till = new_till()
    feed = f"terminal:{till.me.terminal}"
    before = till.api.manifest(feed)
    lease = {"id": "V1", "member": "M1", "amount": 100, "not_after": "2026-12-01T00:00:00+08:00"}
    hq_server.publish(Change(feed, "value_lease", "V1", lease))
    for again in (till.api.manifest(feed), till.api.manifest(feed, before.snapshot)):
        assert (again.count, again.version) == (before.count + 1, before.version + 1)


def test_old_snapshots_are_dropped(hq_server: HqServer, new_till: NewTill) -> None:
    """Whoever was loading one a day ago starts again; the disk does not fill, not with those of tills gone either."""
    till = new_till()
    first = till.api.manifest("global")
    with hq_server.database.write() as session:
        session.get_one(Snapshot, first.snapshot).made_ms -= KEEP_MS + 60_000
    till.api.manifest("store:S001")
    with pytest.raises(LinkError) as caught:
        till.api.chunk(first.snapshot, 0)
    assert caught.value.code == "snapshot_required"
    with hq_server.database.read() as session:
        assert session.get(SnapshotChunk, (first.snapshot, 0)) is None


def test_who_is_forgotten_while_a_snapshot_is_made_is_not_in_it(new_till: NewTill, hq_server: HqServer) -> None:
    """The snapshots of that moment go with the member; the one that is being made must not come behind them."""
    database = hq_server.database
    till = new_till()
    member = MemberRow(id="M1", code="M1", phone_index="", home_store="S001", data=canonical({"name": "王小明"}))
    with database.write(shared=True) as session:
        session.add(member)
        publish(session, member_changes([member], stores(session)))

    class Interrupted(HandClock):
        """Between the look at the rows and the write."""

        def now(self) -> datetime:
            with database.read() as session:
                known = session.get(MemberRow, "M1")
            if known:
                erase(database, HandClock(), "zhao", "M1")
            return super().now()

    made = Snapshots(database, Interrupted(), hq_server.hq.metrics).manifest("store:S001", till.me.terminal)
    with database.read() as session:
        assert session.get(MemberRow, "M1") is None
        kept = session.exec(select(SnapshotChunk.packed)).all()
    assert (made.count, kept) == (0, [])


def test_an_empty_feed_has_no_chunks(new_till: NewTill) -> None:
    till = new_till()
    manifest = till.api.manifest(f"terminal:{till.me.terminal}")
    assert (manifest.count, manifest.checksum, manifest.chunks) == (0, 0, [])


def test_the_manifest_says_which_facts_it_includes(new_till: NewTill) -> None:
    till = new_till()
    till.push(till.sale(), till.sale())
    assert till.api.manifest("store:S001").applied_seq == 2
    assert new_till().api.manifest("store:S001").applied_seq == 0


def test_a_stores_snapshot_names_its_own_tills_alone(new_till: NewTill, hq_server: HqServer) -> None:
    """4,000 stores, each with a list of all tills of the chain, would be two gigabytes after an outage."""
    here, away = new_till("S001"), new_till("S002")
    for till in (here, away):
        till.push(till.sale())
    for till in (here, away):
        for feed in ("global", "store:" + till.me.store, "terminal:" + till.me.terminal):
            assert till.api.manifest(feed).applied_seq == 1
    with hq_server.database.read() as session:
        told = {one.feed: len(json.loads(one.applied)) for one in session.exec(select(Snapshot))}
    assert told == {"global": 2, "store:S001": 1, "terminal:S001-1": 1, "store:S002": 1, "terminal:S002-1": 1}


def test_a_manifest_counts_no_facts_of_an_earlier_enrolment(new_till: NewTill) -> None:
    """The till would take its first sales after it for included, and show stock and points without them."""
    old = new_till()
    old.push(old.sale(), old.sale())
    assert old.api.manifest("store:S001").applied_seq == 2
    anew = new_till(slot=1)
    assert anew.api.manifest("store:S001").applied_seq == 0


def test_a_chunk_of_another_store_is_refused(new_till: NewTill) -> None:
    """S-14: a chunk's address is no key to it."""
    till, other = new_till("S001"), new_till("S002")
    snapshot = other.api.manifest("global").snapshot
    assert till.api.chunk(snapshot, 0)
    other.push(other.sale(tasks=(make_task("s", "M1"),)))
    snapshot = other.api.manifest("store:S002").snapshot
    assert other.api.chunk(snapshot, 0)
    for name, n, code in (
        (snapshot, 0, "unauthorized"),
        (snapshot, 9, "snapshot_required"),
        ("nope", 0, "snapshot_required"),
    ):
        with pytest.raises(LinkError) as caught:
            till.api.chunk(name, n)
        assert caught.value.code == code


def test_chunks_keep_their_bounds_whatever_is_in_them() -> None:
    """protocol.md, pull: at most 2 MiB packed, also for what cannot be packed."""
    chance = random.Random(1)
    noise = [chance.randbytes(1500).hex().encode() + b"\n" for _ in range(2000)]
    even = [b"x" * 4000 + b"\n"] * 9000
    for lines in (noise, even):
        chunks = list(packed_chunks(lines))
        assert len(chunks) > 1
        assert max(len(chunk.packed) for chunk in chunks) <= CHUNK_BYTES
        plain = [unpacked(chunk.packed) for chunk in chunks]
        assert max(sum(map(len, part)) for part in plain) <= MOST_PLAIN + 128 * 1024
        assert [line + b"\n" for part in plain for line in part] == lines
        assert [chunk.rows for chunk in chunks] == [len(part) for part in plain]
