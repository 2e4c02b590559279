"""Who this till is, and its counters."""

from __future__ import annotations

import json
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from posclient.db.at_rest import KEY_BYTES, AtRest, OwnKey
from posclient.db.connection import Connection, connect, transaction
from posclient.db.instants import to_ms
from posclient.db.till_file import BACKUP_FOLDER
from posclient.domain.clocks import MOST_BEHIND_MS
from posclient.domain.facts import chain_start
from posclient.errors import DataError

#: HQ has another history of this till than the till itself: a cloned disk, or one that was put back (S-19).
FORK = "fork"
#: Differences of the clocks that are kept.
OFFSETS = 5
#: HQ has taken this till's place away (S-21).
REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Terminal:
    """``seal_key``: HQ's X25519 public key; ``index_key``: of the blind index of phones, sealed; ``credentials``: where
    the secrets are, keyring or file; ``hq_key``: HQ's Ed25519 key; ``trouble``: ``FORK``, ``REVOKED`` or None.

    ``contact_ms``, ``contact_wall_ms``: HQ's time and ours when it last answered; ``sealed_ms``: since when personal
    data are sealed.
    """

    terminal: str
    store: str
    slot: int
    hq_url: str
    hq: str
    incarnation: str
    seal_key: bytes
    index_key: bytes
    credentials: str
    next_receipt_seq: int
    next_valet_seq: int = 1
    next_seq: int = 1
    floor_ms: int = 0
    offset_ms: int | None = None
    received_seq: int = 0
    durable_seq: int = 0
    hq_key: bytes = b""
    trouble: str | None = None
    contact_ms: int | None = None
    contact_wall_ms: int | None = None
    sealed_ms: int | None = None


_COLUMNS = tuple(Terminal.__slots__)
_INDEX_KEY = "terminal|1|index_key"


def read(con: Connection) -> Terminal:
    """This till. Error: ``not_enrolled``."""
    found = con.execute(f"SELECT {', '.join(_COLUMNS)} FROM terminal").fetchone()  # noqa: S608 - our own names
    if found is None:
        raise DataError("not_enrolled")
    return Terminal(*found)


def is_enrolled(con: Connection) -> bool:
    """Has this till a place at an HQ?"""
    return con.execute("SELECT 1 FROM terminal").fetchone() is not None


def enrol(con: Connection, terminal: Terminal) -> None:
    """Become ``terminal``, in the caller's transaction: a new incarnation and a new chain of facts.

    Facts of an earlier incarnation stay and are still sent; the clock's floor goes on from where it is, receipts and
    valet orders from the numbers that HQ gave or our own, whichever are further.
    """
    old = con.execute("SELECT store, slot, next_receipt_seq, next_valet_seq, floor_ms FROM terminal").fetchone()
    receipt_seq, valet_seq, floor_ms = terminal.next_receipt_seq, terminal.next_valet_seq, terminal.floor_ms
    if old:
        floor_ms = max(floor_ms, old[4])
        if old[:2] == (terminal.store, terminal.slot):
            receipt_seq, valet_seq = max(receipt_seq, old[2]), max(valet_seq, old[3])
    valet_seq = max(valet_seq, _last_valet_seq(con, terminal) + 1)
    names = (*_COLUMNS, "last_hash", "id")
    values = {name: getattr(terminal, name) for name in _COLUMNS}
    values |= {"last_hash": chain_start(terminal.terminal, terminal.incarnation), "id": 1, "floor_ms": floor_ms}
    values |= {"next_receipt_seq": receipt_seq, "next_valet_seq": valet_seq}
    con.execute(
        f"INSERT OR REPLACE INTO terminal ({', '.join(names)}) VALUES ({', '.join(':' + name for name in names)})",  # noqa: S608
        values,
    )


def _last_valet_seq(con: Connection, terminal: Terminal) -> int:
    """Of the orders that lie here from when this till had the place before; 0: none."""
    place = f"{terminal.store}-{terminal.slot}-V"
    (last,) = con.execute(
        "SELECT max(CAST(substr(receipt, ?1) AS INTEGER)) FROM valet_order WHERE substr(receipt, 1, ?1 - 1) = ?2",
        (len(place) + 1, place),
    ).fetchone()
    return int(last or 0)


def pin(con: Connection, hq_key: bytes) -> None:
    """HQ's key is the one of the enrolment, whatever somebody has written into the file (S-23)."""
    con.execute("UPDATE terminal SET hq_key = ? WHERE hq_key IS NOT ?", (hq_key, hq_key))


def index_key(terminal: Terminal, own: OwnKey) -> bytes:
    """The chain's key for the blind index of phones. ``DataError``: ``no_own_key``, ``sealed`` (under another key)."""
    if len(terminal.index_key) == KEY_BYTES:
        return terminal.index_key
    return own.needed().open(_INDEX_KEY, terminal.index_key)


def sealed_index_key(at_rest: AtRest, key: bytes) -> bytes:
    """How it lies in the file: who has it and the file can try all phones that there are (S-20)."""
    return at_rest.seal(_INDEX_KEY, key)


def seal_index_key(con: Connection, at_rest: AtRest) -> None:
    """Seal a key that an older program left open, and leave no copy of it in the file, its log, or its backups."""
    row = con.execute("SELECT index_key FROM terminal").fetchone()
    if row is None or len(row[0]) != KEY_BYTES:
        return
    file = Path(con.execute("PRAGMA database_list").fetchone()[2])
    for copy in file.parent.glob(f"{BACKUP_FOLDER}/*.db"):  # before the file itself: a kill in between does them again
        with suppress(DataError), closing(connect(copy, create=False)) as old:
            seal_index_key(old, at_rest)
    con.execute("PRAGMA secure_delete = ON").fetchall()
    put_index_key(con, at_rest, row[0])
    con.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def put_index_key(con: Connection, at_rest: AtRest, key: bytes) -> None:
    """Keep the chain's index key, sealed."""
    with transaction(con):
        con.execute("UPDATE terminal SET index_key = ?", (sealed_index_key(at_rest, key),))


def take_valet_seq(con: Connection) -> int:
    """The next valet order's seq, in the caller's transaction: counts up for ever per slot, as receipts do (T-24)."""
    if not con.in_transaction:
        raise RuntimeError("a number is taken inside a transaction")
    row = con.execute("UPDATE terminal SET next_valet_seq = next_valet_seq + 1 RETURNING next_valet_seq - 1").fetchone()
    if row is None:
        raise DataError("not_enrolled")
    return int(row[0])


def raise_floor(con: Connection, now: datetime) -> int:
    """Remember ``now`` as the latest business time used; gives the floor in ms (protocol.md, clocks)."""
    row = con.execute("UPDATE terminal SET floor_ms = max(floor_ms, ?) RETURNING floor_ms", (to_ms(now),)).fetchone()
    return int(row[0]) if row else 0


def note_offset(con: Connection, offset_ms: int, *, proved: bool = False) -> None:
    """Keep HQ's clock minus ours: the median of the last five, so that one slow answer moves nothing (T-22).

    One that is far from it and ``proved``, by HQ's signature under the question, means that our clock was set: what was
    before says nothing of it any more.
    """
    (text,) = con.execute("SELECT offsets FROM terminal").fetchone()
    earlier = json.loads(text)
    if proved and earlier and abs(offset_ms - sorted(earlier)[len(earlier) // 2]) > MOST_BEHIND_MS:
        earlier = []
    kept = [*earlier, offset_ms][-OFFSETS:]
    median = sorted(kept)[len(kept) // 2]
    con.execute("UPDATE terminal SET offsets = ?, offset_ms = ?", (json.dumps(kept), median))


def last_offset_ms(con: Connection) -> int:
    """The difference by HQ's last answer to this till alone; 0: none. What a hub brought later is no such answer: it is
    later than the question by as long as the hub had it.
    """
    (found,) = con.execute("SELECT json_extract(offsets, '$[#-1]') FROM terminal").fetchone()
    return int(found or 0)


def floor_and_offset(con: Connection) -> tuple[int, int | None]:
    """The latest business time that this till has ever used, 0: none; and HQ's clock minus ours in ms, if known."""
    row = con.execute("SELECT floor_ms, offset_ms FROM terminal").fetchone()
    return (int(row[0]), row[1]) if row else (0, None)


def lower_floor(con: Connection, floor_ms: int) -> None:
    """Take back business times that were never reached: HQ said so, and signed it."""
    con.execute("UPDATE terminal SET floor_ms = ?", (floor_ms,))


def note_trouble(con: Connection, code: str | None) -> None:
    """Keep what HQ has against this till (``FORK``, ``REVOKED``); a fork stays one until the till is enrolled anew."""
    con.execute("UPDATE terminal SET trouble = ? WHERE trouble IS NOT ? AND trouble IS NOT ?", (code, FORK, code))
