"""The wire between till and HQ: messages, and versions with their history.

All times are ISO 8601 with an offset; all money is fen; binary values are base64 or hex as said.

Protocol versions
    1  first form: enrolment by code, bearer token, push with an outcome per fact, feeds, snapshots in chunks.
    2  an Ed25519 key made on the till; HQ's pinned; sessions by a signed challenge; signed batches and HQ times;
       ``lost`` facts declared; HQ's place of the facts with the feeds. Version 1 is spoken no more.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

PROTOCOL_VERSION = 2

#: Bounds of one push (protocol.md, push).
MOST_FACTS = 500
MOST_BYTES = 8 * 1024 * 1024
#: Rows of one page of a feed (architecture.md, threads).
PAGE_ROWS = 500
#: Bytes of one snapshot chunk, packed (protocol.md, pull).
CHUNK_BYTES = 2 * 1024 * 1024

#: Counts and versions fit the databases' integers; a checksum is unsigned.
Whole = Annotated[int, Field(ge=0, lt=2**63)]
Checksum = Annotated[int, Field(ge=0, lt=2**64)]


class Message(BaseModel):
    """Unknown keys are ignored (a newer HQ may say more); wrong types are refused."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class EnrolRequest(Message):
    """``incarnation`` is made by the till: new at enrolment, restore or clone.

    ``key``: the till's new Ed25519 public key (base64); ``proof``: its signature over incarnation and code.
    ``earlier``: the incarnation that the same machine had until now, if it had one and knows of no copy of itself.
    """

    code: str = Field(max_length=64)
    incarnation: str
    protocol: int = PROTOCOL_VERSION
    version: str
    key: str = Field(default="", max_length=100)
    proof: str = Field(default="", max_length=100)
    earlier: str = Field(default="", max_length=200)


class EnrolReply(Message):
    """Who this till is from now on.

    ``seal_key``: HQ's X25519 public key; ``index_key``: the chain's phone index key; ``hq_key``: HQ's Ed25519 public
    key, to be pinned (all base64); ``signature``: its own over incarnation, terminal and the till's key.
    """

    hq: str
    terminal: str
    store: str
    slot: Whole
    seal_key: str
    index_key: str
    hq_key: str
    signature: str
    next_receipt_seq: Annotated[int, Field(ge=1, lt=2**63)]
    next_valet_seq: Annotated[int, Field(ge=1, lt=2**63)] = 1
    feeds: list[str]
    time: str


class CodeRequest(Message):
    """The administration asks for an enrolment code. ``slot`` None: the next free one."""

    store: str = Field(min_length=1, max_length=64)
    slot: Annotated[int, Field(ge=1, lt=2**31)] | None = None


class CodeReply(Message):
    """Good once, for 15 minutes."""

    terminal: str
    code: str


class RevokeRequest(Message):
    """The administration takes a till's place away."""

    terminal: str = Field(max_length=200)


class EraseRequest(Message):
    """The administration has a member forgotten: id, older id or code."""

    member: str = Field(max_length=200, pattern=r"^[^\x00]*$")


class ChallengeRequest(Message):
    """A till wants to open a session."""

    terminal: str = Field(max_length=200)
    protocol: int = PROTOCOL_VERSION


class ChallengeReply(Message):
    """What it is to sign within a minute; opens one session."""

    challenge: str = Field(max_length=400)


class SessionRequest(Message):
    """``signature``: the till's over HQ's id, terminal, challenge and ``nonce``, which the till makes."""

    terminal: str = Field(max_length=200)
    challenge: str = Field(max_length=400)
    nonce: str = Field(max_length=64)
    signature: str = Field(max_length=100)
    protocol: int = PROTOCOL_VERSION


class SessionReply(Message):
    """A token for ``seconds``. ``signature``: HQ's over terminal, the till's nonce and the token. ``unseal`` (base64):
    a ``signing.Unsealing`` for the till's key alone, signed as the token is; empty: revoked, or HQ has none.
    ``takes``: what this HQ takes beside what every HQ does; see ``sync.thin``. ``revoked``: HQ's signature over
    terminal and nonce where it has taken the till's place away; else empty.
    """

    token: str
    seconds: Whole
    signature: str
    unseal: str = Field(default="", max_length=400)
    unseal_signature: str = Field(default="", max_length=100)
    takes: list[str] = Field(default=[], max_length=20)
    revoked: str = Field(default="", max_length=100)


class FactMessage(Message):
    """Envelope version 1. ``body`` is the fact's exact bytes as UTF-8 text; ``hash`` is hex."""

    terminal: str
    incarnation: str
    seq: int = Field(ge=1)
    id: str
    kind: str
    kind_version: int
    body: str
    hash: str


class SideRecord(Message):
    """Personal data of a fact, sealed to HQ's public key (base64); the fact holds SHA-256(salt || sealed), in hex."""

    id: str
    fact: str
    salt: str
    sealed: str


class Lost(Message):
    """Facts that HQ asked for (``gap``) and that the till has no more: seqs ``first`` to ``last``."""

    incarnation: str
    first: int = Field(ge=1)
    last: int = Field(ge=1, lt=2**63)


class PushRequest(Message):
    """Facts in the order of their seq; ``sides`` belong to facts of this batch; ``lost`` come before its facts."""

    protocol: int = PROTOCOL_VERSION
    facts: list[FactMessage] = Field(max_length=MOST_FACTS)
    sides: list[SideRecord] = []
    lost: list[Lost] = Field(default=[], max_length=8)


class FactOutcome(Message):
    """What became of one fact. A finished sale is never refused."""

    id: str
    seq: int
    outcome: Literal["applied", "duplicate", "applied_with_exception", "quarantined"]
    code: str | None = None


class PushReply(Message):
    """``received_seq``: all facts up to it are stored; ``durable_seq``: covered by HQ's backup.

    ``last_hash``: of the last fact that this is about, as it came. A chain's hash stands for what all facts before it
    hold: a disk that was put back makes other facts of the same id and seq, and an answer to the first is none to them.
    An older HQ does not say it.
    """

    outcomes: list[FactOutcome]
    received_seq: Whole
    durable_seq: Whole
    time: str
    last_hash: str = ""


class FeedHead(Message):
    """``checksum``: sum modulo 2^64 of the first 8 bytes of SHA-256(table|key|version) over live rows."""

    name: str
    epoch: str
    head: Whole
    count: Whole
    checksum: Checksum


class FeedsReply(Message):
    """The feeds that this terminal follows, and how far HQ has its facts (as in ``PushReply``).

    ``signature``: HQ's over terminal, the nonce that was asked with, and ``time``. Whoever hands one on has checked it.
    """

    feeds: list[FeedHead]
    time: str
    received_seq: Whole | None = None
    durable_seq: Whole | None = None
    signature: str = ""


class Row(Message):
    """One row of a feed: table, key, version and its values; ``d`` is None for a tombstone."""

    t: str
    k: str
    v: Whole
    d: dict[str, Any] | None


class Page(Message):
    """Rows with from < version <= to, by version. ``applied_seq``: last seq of this terminal that the page includes."""

    feed: str
    epoch: str
    from_: Whole = Field(alias="from")
    to: Whole
    head: Whole
    count: Whole
    checksum: Checksum
    applied_seq: Whole
    rows: list[Row]
    time: str

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", populate_by_name=True)


class ChunkInfo(Message):
    """Chunk ``n``: zstd NDJSON, each line one ``Row``; ``sha256`` (hex) of the packed bytes."""

    n: Whole
    rows: Whole
    bytes: Whole
    sha256: str


class Manifest(Message):
    """A whole feed at ``version``, in immutable chunks that can be resumed one by one."""

    snapshot: str
    feed: str
    epoch: str
    version: Whole
    count: Whole
    checksum: Checksum
    applied_seq: Whole
    chunks: list[ChunkInfo]


class ProblemReply(Message):
    """The body of every answer that is not 2xx: ``error`` is a code, the rest its parameters."""

    error: str
    detail: dict[str, Any] = {}
