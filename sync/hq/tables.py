"""HQ's tables: identity, terminals, feeds. What tills sent is in ``fact_tables``, the chain's own in ``chain_tables``.

The same on SQLite and PostgreSQL: whole numbers are 64 bits, times Unix milliseconds, documents canonical JSON text.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index, Integer, MetaData, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class HqTable(SQLModel, registry=registry()):
    """Own registry: HQ and till have tables of one name (fact, sale), and tests hold both in one process."""

    __table_args__: ClassVar[Any] = ()


METADATA: MetaData = HqTable.metadata


def whole(**options: Any) -> Any:
    """A 64-bit column; plain ``int`` is 32 bits on PostgreSQL."""
    return Field(sa_type=BigInteger, **options)


#: SQLite numbers rows by itself where a key has its plain type alone, which has 64 bits there.
_NUMBER: Any = BigInteger().with_variant(Integer(), "sqlite")


def long_key() -> Any:
    """A key that the database counts, of a table that sales or contacts of tills add rows to: 32 bits end some day."""
    return Field(default=None, primary_key=True, sa_type=_NUMBER)


class Identity(HqTable, table=True):
    """One row, made at first start: who this HQ is, and its keys, all base64 (``identity.Keys``)."""

    __tablename__ = "hq"
    id: str = Field(primary_key=True)
    seal_private: str
    seal_public: str
    index_key: str
    sign_seed: str = ""
    made_ms: int = whole()


class Terminal(HqTable, table=True):
    """A till's place: a slot of a store. ``key``: its Ed25519 public key (base64), None until the first enrolment."""

    __tablename__ = "terminal"
    __table_args__ = (Index("terminal_place", "store", "slot", unique=True),)
    id: str = Field(primary_key=True)
    store: str
    slot: int
    key: str | None = None
    revoked: bool = False
    incarnation: str | None = None
    version: str = ""
    enrolled_ms: int | None = whole(default=None)
    seen_ms: int | None = whole(default=None)


class TillHealth(HqTable, table=True):
    """What a till last said of itself (``protocol.Health``), as far as it was worth a write: ``hq.healths``.

    ``held``: JSON list; ``oldest_unsent_ms``: when its first unsent fact was made, by HQ's clock; ``seen``: how far its
    manager has seen what HQ decided, "EPOCH/VERSION" of the till's own feed.
    """

    __tablename__ = "till_health"
    terminal: str = Field(primary_key=True)
    at_ms: int = whole()
    unsent: int = whole()
    oldest_unsent_ms: int | None = whole(default=None)
    program: str
    python: str
    system: str
    protocol: int = whole()
    offset_ms: int | None = whole(default=None)
    clock_suspect: bool
    trouble: str
    held: str
    printer: str
    unprinted: int = whole()
    seen: str = ""


class ThroughHub(HqTable, table=True):
    """When ``hub``, another till of its store, last brought a batch that this terminal had signed."""

    __tablename__ = "through_hub"
    terminal: str = Field(primary_key=True)
    hub: str
    at_ms: int = whole()


class TillSession(HqTable, table=True):
    """An open session. ``challenge``: SHA-256 (hex) of the one that opened it; ``token_hash``: of its token."""

    __tablename__ = "till_session"
    challenge: str = Field(primary_key=True)
    terminal: str = Field(index=True)
    token_hash: str = Field(index=True)
    until_ms: int = whole()


class Chain(HqTable, table=True):
    """How far one incarnation of a terminal has been received: all facts up to ``received_seq`` are stored.

    ``head``: the hash (hex) that the next fact follows; empty: not known (none received yet, or facts are lost).
    ``durable_seq``: how far the last declared backup has it; see ``backups.durable_seq``.
    ``earlier``: the incarnation that the same machine had before this one, as it says itself; empty: none.
    """

    __tablename__ = "chain"
    terminal: str = Field(primary_key=True)
    incarnation: str = Field(primary_key=True)
    received_seq: int = whole(default=0)
    head: str = ""
    durable_seq: int = whole(default=0)
    earlier: str = ""


class EnrolmentCode(HqTable, table=True):
    """A one-time code. ``selector``: its start, which finds it; ``secret``: scrypt of its rest."""

    __tablename__ = "enrolment_code"
    selector: str = Field(primary_key=True)
    salt: str
    secret: str
    terminal: str
    until_ms: int = whole()
    tries_left: int
    used: bool = False


class AdminToken(HqTable, table=True):
    """The one token of the chain's own machines, as SHA-256 (hex)."""

    __tablename__ = "admin_token"
    hash: str = Field(primary_key=True)
    made_ms: int = whole()


class Feed(HqTable, table=True):
    """A feed's head row (protocol.md, pull): whoever publishes locks it. ``checksum`` is kept as a signed number.

    ``pruned``: the highest version of a tombstone that was ever dropped. Pages from below it would leave one out.
    """

    __tablename__ = "feed"
    name: str = Field(primary_key=True)
    epoch: str
    head: int = whole(default=0)
    count: int = whole(default=0)
    checksum: int = whole(default=0)
    pruned: int = whole(default=0)


IS_TOMBSTONE = text("data IS NULL")


class FeedRow(HqTable, table=True):
    """The published state of one key. ``data`` is canonical JSON; None marks a tombstone."""

    __tablename__ = "feed_row"
    __table_args__ = (
        Index("feed_row_version", "feed", "version", unique=True),
        Index("feed_row_gone", "feed", "version", sqlite_where=IS_TOMBSTONE, postgresql_where=IS_TOMBSTONE),
    )
    feed: str = Field(primary_key=True)
    table_name: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    version: int = whole()
    data: str | None = None


class TombstoneMark(HqTable, table=True):
    """At ``at_ms`` the tombstones of ``feed`` reached up to ``version``: those are at least as old (``hq.pruning``)."""

    __tablename__ = "tombstone_mark"
    number: int | None = Field(default=None, primary_key=True)
    feed: str
    version: int = whole()
    at_ms: int = whole()


class RowMark(HqTable, table=True):
    """At ``at_ms`` the head of ``feed`` was at ``version``: rows up to it are unchanged since then at least.

    ``looked_ms``: when rows that are over were last taken out of it (``hq.retiring``).
    """

    __tablename__ = "row_mark"
    feed: str = Field(primary_key=True)
    version: int = whole()
    at_ms: int = whole()
    looked_ms: int = whole()


class Snapshot(HqTable, table=True):
    """A whole feed, frozen. ``manifest``: the wire's, without ``applied_seq``, which is in ``applied``.

    That is JSON {terminal/incarnation: seq}.
    """

    __tablename__ = "snapshot"
    id: str = Field(primary_key=True)
    feed: str = Field(index=True)
    epoch: str
    version: int = whole()
    made_ms: int = whole()
    manifest: str
    applied: str


class SnapshotChunk(HqTable, table=True):
    """One immutable chunk: zstd NDJSON, at most ``CHUNK_BYTES``."""

    __tablename__ = "snapshot_chunk"
    snapshot: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    packed: bytes
