"""Tables of till.db: who this till is, its facts and what goes to HQ.

``number`` is a fact's place in this file, counted over all incarnations; rows that a fact brought carry it as
``fact``, so that "own effects that HQ's page does not include yet" is one comparison (protocol.md, pull).
``*_ms`` are Unix times in ms; other instants are ISO 8601 with their offset. Money is fen. JSON is compact text.
"""

from __future__ import annotations

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class TillTable(SQLModel, registry=registry()):
    """Base of all tables of till.db; a registry of their own keeps them apart from HQ's."""


class TerminalRow(TillTable, table=True):
    """One row: this till as HQ knows it, its counters, and how far HQ has its facts."""

    __tablename__ = "terminal"

    id: int = Field(default=1, primary_key=True)
    terminal: str
    store: str
    slot: int
    hq_url: str
    hq: str
    incarnation: str
    next_seq: int
    last_hash: bytes
    #: Counts up for ever per slot; HQ hands out the next one at re-enrolment.
    next_receipt_seq: int
    next_valet_seq: int
    #: HQ's X25519 public key for side records.
    seal_key: bytes
    #: The chain's key for the blind index of phones, sealed under this till's own key (``db.terminal``).
    index_key: bytes
    #: Where the till's keys are: keyring or file.
    credentials: str
    #: The latest business time ever used (protocol.md, clocks).
    floor_ms: int = 0
    #: HQ's clock minus ours.
    offset_ms: int | None = None
    #: HQ stored all facts of this incarnation up to here; its backup covers them up to ``durable_seq``.
    received_seq: int = 0
    durable_seq: int = 0
    #: HQ's Ed25519 key, pinned at enrolment; empty: enrolled before there was one.
    hq_key: bytes = b""
    #: What HQ has against this till until it is enrolled anew (fork, revoked), or None.
    trouble: str | None = None
    #: JSON: the last differences of the clocks in ms, oldest first; ``offset_ms`` is their median.
    offsets: str = "[]"
    #: When HQ last answered and proved itself: its time, and ours at that moment; None: never yet.
    contact_ms: int | None = None
    contact_wall_ms: int | None = None
    #: Since when personal data are sealed, or None.
    sealed_ms: int | None = None


class FactRow(TillTable, table=True):
    """The journal: facts with their exact bytes, never changed, never deleted before HQ's backup has them."""

    __tablename__ = "fact"

    number: int = Field(primary_key=True)
    terminal: str
    incarnation: str
    seq: int
    id: str = Field(unique=True)
    kind: str
    kind_version: int
    body: bytes
    hash: bytes
    at_ms: int


class OutboxRow(TillTable, table=True):
    """A fact's way to HQ: pending until ``acked_ms``. ``amount`` is what the status strip sums up."""

    __tablename__ = "outbox"

    number: int = Field(primary_key=True, foreign_key="fact.number")
    amount: int
    outcome: str | None = None
    code: str | None = None
    acked_ms: int | None = None


class SideRecordRow(TillTable, table=True):
    """Personal data of a fact: ``sealed`` for HQ, ``own`` under this till's key; can be erased."""

    __tablename__ = "side_record"

    id: str = Field(primary_key=True)
    fact: int = Field(foreign_key="fact.number")
    salt: bytes
    sealed: bytes
    own: bytes


class OpenCartRow(TillTable, table=True):
    """One row: the cart that a restart brings back (architecture.md, time in a cart)."""

    __tablename__ = "open_cart"

    id: int = Field(default=1, primary_key=True)
    cart: str
    saved_ms: int


class AuditRow(TillTable, table=True):
    """What somebody did that a manager may ask about."""

    __tablename__ = "audit"

    number: int | None = Field(default=None, primary_key=True)
    at: str
    staff: str | None = None
    action: str
    detail: str = "{}"


class StaffLockRow(TillTable, table=True):
    """Failed PINs of one person, kept over restarts."""

    __tablename__ = "staff_lock"

    staff: str = Field(primary_key=True)
    failures: int
    until_ms: int


class LocalStaffRow(TillTable, table=True):
    """The first administrator, until HQ sends staff. ``roles`` is a JSON array."""

    __tablename__ = "local_staff"

    id: str = Field(primary_key=True)
    name: str
    badge: str
    roles: str
    pin_hash: str


class OutcomeSeenRow(TillTable, table=True):
    """HQ's decision on a fact, as a manager has seen it; another code for the same fact is news."""

    __tablename__ = "outcome_seen"

    fact: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    staff: str
    at_ms: int
