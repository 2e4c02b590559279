"""First load: a whole feed in immutable chunks that a till can resume one by one (protocol.md, pull)."""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import zstandard
from sqlalchemy import delete
from sqlmodel import Session, col, select

from posclient.domain.feeds import unsigned
from posclient.domain.ids import Clock
from posclient.errors import LinkError
from sync.hq.clock import milliseconds
from sync.hq.database import Database
from sync.hq.feeds import leads_on
from sync.hq.metrics import Metrics
from sync.hq.tables import Chain, Feed, FeedRow, Snapshot, SnapshotChunk, Terminal
from sync.protocol import CHUNK_BYTES, ChunkInfo, Manifest

#: A snapshot serves until the feed is this far ahead of it: what is missing comes as pages. A till that has begun it
#: goes on with it however far.
MOST_BEHIND_ROWS = 2_000
#: A chunk is closed here; what zstd still holds then is at most two of its blocks.
_FULL = CHUNK_BYTES - 288 * 1024
#: Plain bytes of one chunk, so that a till can bound its memory.
MOST_PLAIN = 16 * 1024 * 1024
#: Lines go to zstd in pieces of this size.
_PIECE = 64 * 1024
#: Snapshots that nobody can be loading any more are dropped.
KEEP_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Chunk:
    """Packed lines of ``rows`` rows."""

    rows: int
    packed: bytes


class Snapshots:
    """Makes and serves snapshots; kept in the database, so that a restart of HQ does not break a first load."""

    def __init__(self, database: Database, clock: Clock, metrics: Metrics) -> None:
        self._database = database
        self._clock = clock
        self._metrics = metrics
        self._making: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def manifest(self, feed: str, terminal: str, begun: str = "") -> Manifest:
        """A snapshot of ``feed`` as ``terminal`` is to read it: the one that it has ``begun``, while that is here and
        pages lead on from it, else a recent one. One thread makes it, the others wait for it.

        A terminal's own is made each time: an older one says what it may spend, and not what it spent since under an
        earlier enrolment (S-18).
        """
        with self._making[feed]:
            with self._database.read() as session:
                found = None if feed == f"terminal:{terminal}" else _usable(session, feed, begun)
                incarnation = session.get_one(Terminal, terminal).incarnation
            snapshot = found or self._make(feed)
        applied = json.loads(snapshot.applied).get(f"{terminal}/{incarnation}", 0)
        return Manifest(**json.loads(snapshot.manifest), applied_seq=applied)

    def chunk(self, snapshot: str, n: int, feeds: Iterable[str]) -> bytes:
        """One chunk of a snapshot of one of ``feeds``; ``LinkError("snapshot_required")`` if it is gone."""
        with self._database.read() as session:
            found = session.get(Snapshot, snapshot)
            chunk = session.get(SnapshotChunk, (snapshot, n))
            if found is None or chunk is None:
                raise LinkError("snapshot_required", snapshot=snapshot[:64])
            if found.feed not in feeds:
                raise LinkError("unauthorized", feed=found.feed)
            return chunk.packed

    def _make(self, feed: str) -> Snapshot:
        while True:
            snapshot, chunks = self._read(feed)
            if self._keep(snapshot, chunks):
                return snapshot

    def _read(self, feed: str) -> tuple[Snapshot, Sequence[Chunk]]:
        with self._metrics.building_snapshot(), self._database.read() as session:
            head = session.get_one(Feed, feed)
            applied = _applied(session, feed)
            chunks = list(packed_chunks(_lines(session, feed)))
        return _snapshot(head, chunks, applied, milliseconds(self._clock)), chunks

    def _keep(self, snapshot: Snapshot, chunks: Sequence[Chunk]) -> bool:
        """False where a member left the feed meanwhile: who was forgotten has taken the snapshots of that moment along,
        and must not come back by this one. ``shared``, as ``erasing`` is, so that none of the two overlooks the other.
        """
        with self._database.write(shared=True) as session:
            if _has_lost_members(session, snapshot):
                return False
            _forget(session, milliseconds(self._clock) - KEEP_MS)
            session.add(snapshot)
            for n, chunk in enumerate(chunks):
                session.add(SnapshotChunk(snapshot=snapshot.id, n=n, packed=chunk.packed))
        return True


def packed_chunks(lines: Iterable[bytes]) -> Iterator[Chunk]:
    """Lines in chunks of at most ``CHUNK_BYTES`` packed and ``MOST_PLAIN`` (plus a piece) plain."""
    packer, done, rows, plain = zstandard.ZstdCompressor().compressobj(), bytearray(), 0, 0
    piece = bytearray()
    for line in lines:
        piece += line
        rows += 1
        if len(piece) < _PIECE:
            continue
        done += packer.compress(bytes(piece))
        plain += len(piece)
        piece.clear()
        if len(done) >= _FULL or plain >= MOST_PLAIN:
            yield Chunk(rows, bytes(done + packer.flush()))
            packer, done, rows, plain = zstandard.ZstdCompressor().compressobj(), bytearray(), 0, 0
    if rows:
        done += packer.compress(bytes(piece))
        yield Chunk(rows, bytes(done + packer.flush()))


def _lines(session: Session, feed: str) -> Iterator[bytes]:
    """The live rows as NDJSON of ``Row``. ``data`` is JSON already: it is not parsed again."""
    found = (
        session.connection()
        .execution_options(yield_per=2000)
        .execute(
            select(FeedRow.table_name, FeedRow.key, FeedRow.version, FeedRow.data).where(
                FeedRow.feed == feed, col(FeedRow.data).is_not(None)
            )
        )
    )
    heads: dict[str, str] = {}
    for table, key, version, data in found:
        head = heads.get(table) or heads.setdefault(table, f'{{"t":{json.dumps(table)},"k":')
        yield f'{head}{json.dumps(key)},"v":{version},"d":{data}}}\n'.encode()


def _usable(session: Session, feed: str, begun: str) -> Snapshot | None:
    """Rows since the one that was ``begun`` come as pages, however many: they are not fetched a second time."""
    head = session.get_one(Feed, feed)
    found = session.get(Snapshot, begun)
    if found is not None and found.feed == feed and leads_on(head, found.epoch, found.version):
        return found
    return _recent(session, head)


def _recent(session: Session, head: Feed) -> Snapshot | None:
    found = session.exec(
        select(Snapshot)
        .where(Snapshot.feed == head.name, Snapshot.epoch == head.epoch)
        .order_by(col(Snapshot.version).desc())
        .limit(1)
    ).first()
    if found is None or head.head - found.version > MOST_BEHIND_ROWS or not leads_on(head, found.epoch, found.version):
        return None
    return found


def _snapshot(head: Feed, chunks: Sequence[Chunk], applied: dict[str, int], now_ms: int) -> Snapshot:
    infos = [
        ChunkInfo(n=n, rows=chunk.rows, bytes=len(chunk.packed), sha256=hashlib.sha256(chunk.packed).hexdigest())
        for n, chunk in enumerate(chunks)
    ]
    made = {
        "snapshot": secrets.token_hex(12), "feed": head.name, "epoch": head.epoch, "version": head.head,
        "count": head.count, "checksum": unsigned(head.checksum), "chunks": [info.model_dump() for info in infos],
    }  # fmt: skip
    return Snapshot(
        id=str(made["snapshot"]), feed=head.name, epoch=head.epoch, version=head.head, made_ms=now_ms,
        manifest=json.dumps(made), applied=json.dumps(applied),
    )  # fmt: skip


def _applied(session: Session, feed: str) -> dict[str, int]:
    """Received seq by terminal and present incarnation of whoever may follow the feed: the snapshot includes their
    effects. A chain has thousands, and a feed for each store.
    """
    same = (col(Chain.terminal) == col(Terminal.id)) & (col(Chain.incarnation) == col(Terminal.incarnation))
    wanted = select(Terminal.id, Chain.incarnation, Chain.received_seq).join(Chain, same)
    kind, _, place = feed.partition(":")
    if kind == "store":
        wanted = wanted.where(Terminal.store == place)
    elif kind == "terminal":
        wanted = wanted.where(Terminal.id == place)
    return {f"{terminal}/{incarnation}": seq for terminal, incarnation, seq in session.exec(wanted)}


def _has_lost_members(session: Session, snapshot: Snapshot) -> bool:
    """Since its version; rows behind it come as pages."""
    gone = select(FeedRow.key).where(
        FeedRow.feed == snapshot.feed, FeedRow.version > snapshot.version, FeedRow.table_name == "member",
        col(FeedRow.data).is_(None),
    )  # fmt: skip
    return session.exec(gone.limit(1)).first() is not None


def _forget(session: Session, before_ms: int) -> None:
    """Of all feeds: of a till that is gone nobody will ask for another one."""
    old = select(Snapshot.id).where(Snapshot.made_ms < before_ms)
    session.execute(delete(SnapshotChunk).where(col(SnapshotChunk.snapshot).in_(old)))
    session.execute(delete(Snapshot).where(col(Snapshot.made_ms) < before_ms))
