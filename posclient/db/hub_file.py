"""hub.db: what a store's hub keeps for the other tills (docs/protocol.md, store hub). Only the hub has one.

Batches as they were signed, until HQ has answered; its answers, until their till has them; HQ's signed pages, whose
personal data is sealed under this till's own key. Losing the file loses nothing but time: every fact is its own
till's still, every page HQ's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from posclient.db.connection import Connection, connect, transaction
from posclient.errors import DataError

HUB_FILE = "hub.db"
#: A file of which nothing can be relied on.
DAMAGED = frozenset({"corrupt", "not_database"})
#: Bytes of batches and of pages, packed, that a hub keeps: weeks of a busy store, and a new price list.
MOST_BATCHES, MOST_PAGES = 256 * 1024 * 1024, 64 * 1024 * 1024
MOST_ANSWERS = 2000
#: Coupons of which a hub remembers that they were used, also when HQ has the sale: not every till has heard of it.
MOST_USED = 100_000
#: SKUs of one answer.
MOST_MOVES = 20_000
#: What has left HQ's feeds is not to lie in a hub's pages for ever.
PAGE_LIFE_MS = 14 * 86_400_000
_VERSION = 1
_TABLES = """
CREATE TABLE batch (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, terminal TEXT NOT NULL, incarnation TEXT NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, signature TEXT NOT NULL, packed BLOB, refused TEXT
) STRICT;
CREATE TABLE answer (
    number INTEGER PRIMARY KEY, batch TEXT NOT NULL UNIQUE, terminal TEXT NOT NULL, reply TEXT NOT NULL,
    signature TEXT NOT NULL
) STRICT;
CREATE TABLE place (
    terminal TEXT NOT NULL, incarnation TEXT NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (terminal, incarnation)
) STRICT, WITHOUT ROWID;
CREATE TABLE used (
    coupon TEXT PRIMARY KEY, terminal TEXT NOT NULL, batch TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE moved (
    batch TEXT NOT NULL, terminal TEXT NOT NULL, sku TEXT NOT NULL, qty INTEGER NOT NULL, PRIMARY KEY (batch, sku)
) STRICT, WITHOUT ROWID;
CREATE TABLE page (
    number INTEGER PRIMARY KEY, feed TEXT NOT NULL, epoch TEXT NOT NULL, after INTEGER NOT NULL, upto INTEGER NOT NULL,
    at_ms INTEGER NOT NULL, signature TEXT NOT NULL, sealed BLOB NOT NULL
) STRICT;
CREATE INDEX page_place ON page (feed, epoch, after)
"""
_FORGET_USED = (
    "DELETE FROM used WHERE coupon IN (SELECT coupon FROM used WHERE batch NOT IN (SELECT id FROM batch)"
    " ORDER BY coupon LIMIT max(0, (SELECT count(*) FROM used) - ?))"
)


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch of another till: ``id`` is its SHA-256 (hex), ``packed`` the signed bytes in zstd."""

    id: str
    terminal: str
    incarnation: str
    first: int
    last: int
    signature: str
    packed: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """HQ's signed reply to a batch."""

    batch: str
    reply: str
    signature: str


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A signed page of HQ's, sealed: it takes a till from version ``after``, or any behind it, to ``upto``.

    ``at_ms``: HQ's time in it.
    """

    feed: str
    epoch: str
    after: int
    upto: int
    at_ms: int
    signature: str
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Held:
    """What lies here: ``waiting`` batches for HQ, ``facts`` in them; ``refused``: those that HQ does not take."""

    waiting: int
    facts: int
    refused: int


def begin_anew(folder: Path) -> bool:
    """Drop the file where it is damaged or of another version, and only then; was it? Its copies are handed in again,
    its pages come again. ``OSError``: another thread has it open, where the system does not let go of such a file.
    """
    try:
        with closing(connect(folder / HUB_FILE, read_only=True)) as con:
            damaged = _version(con) not in {0, _VERSION} or con.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok"
    except DataError as error:
        damaged = error.code in DAMAGED
    if damaged:
        for end in ("", "-wal", "-shm"):
            (folder / f"{HUB_FILE}{end}").unlink(missing_ok=True)
    return damaged


def forget_pages(folder: Path) -> None:
    """Of a till that is a hub no more: nobody else would take from them what has left HQ's feeds."""
    with closing(HubFile(folder)) as file:
        numbers = [number for (number,) in file.con.execute("SELECT number FROM page").fetchall()]
        if numbers:
            file.drop_pages(numbers)


def _version(con: Connection) -> int:
    return int(con.execute("PRAGMA user_version").fetchone()[0])


class HubFile:
    """One thread's way to the file. Errors: those of ``connection``; ``DataError("hub_full")``. One of another version
    of the program is ``corrupt``: nothing lies there alone, so nobody need read what another one wrote.
    """

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self.con: Connection = connect(folder / HUB_FILE, read_only=read_only)
        try:
            if not read_only and self._is_new():
                self._make()
            if (found := _version(self.con)) not in {0, _VERSION}:
                raise DataError("corrupt", path=str(folder), detail=f"version {found}")
        except BaseException:
            self.con.close()
            raise

    def _make(self) -> None:
        with transaction(self.con) as con:
            if self._is_new():  # another thread may have been quicker
                for sql in _TABLES.split(";"):
                    con.execute(sql)
                con.execute(f"PRAGMA user_version = {_VERSION}")

    def _is_new(self) -> bool:
        return _version(self.con) == 0

    def close(self) -> None:
        """Close it."""
        self.con.close()

    def has(self, terminal: str) -> dict[str, int]:
        """How far the till has handed in each of its incarnations."""
        return dict(self.con.execute("SELECT incarnation, last FROM place WHERE terminal = ?", (terminal,)).fetchall())

    def keep(self, batch: Batch, used: Iterable[str] = (), moved: Mapping[str, int] = MappingProxyType({})) -> None:
        """A batch, the coupons that are used in it, and pieces that it moves by SKU; the same one twice is one."""
        with transaction(self.con) as con:
            (size,) = con.execute("SELECT coalesce(sum(length(packed)), 0) FROM batch").fetchone()
            if size + len(batch.packed) > MOST_BATCHES:
                raise DataError("hub_full")
            con.execute(
                "INSERT OR IGNORE INTO batch (id, terminal, incarnation, first, last, signature, packed)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (batch.id, batch.terminal, batch.incarnation, batch.first, batch.last, batch.signature, batch.packed),
            )
            con.executemany(
                "INSERT OR IGNORE INTO used VALUES (?, ?, ?)", ((one, batch.terminal, batch.id) for one in used)
            )
            con.executemany(
                "INSERT OR IGNORE INTO moved SELECT ?1, ?2, ?3, ?4"
                " WHERE EXISTS (SELECT 1 FROM batch WHERE id = ?1 AND refused IS NULL)",
                ((batch.id, batch.terminal, sku, qty) for sku, qty in moved.items()),
            )
            con.execute(
                "INSERT INTO place VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET last = max(last, excluded.last)",
                (batch.terminal, batch.incarnation, batch.last),
            )

    def waiting(self) -> list[str]:
        """Ids of the batches that HQ has not answered: a till's chains as they began, each in the order of its seq."""
        sql = (
            "SELECT id FROM batch WHERE refused IS NULL ORDER BY terminal,"
            " min(number) OVER (PARTITION BY terminal, incarnation), first, number"
        )
        return [one for (one,) in self.con.execute(sql).fetchall()]

    def batch(self, key: str) -> Batch | None:
        """One of them."""
        row = self.con.execute(
            "SELECT id, terminal, incarnation, first, last, signature, packed FROM batch WHERE id = ?", (key,)
        ).fetchone()
        return Batch(*row) if row else None

    def answered(self, batch: Batch, reply: str, signature: str) -> None:
        """HQ has it: its reply takes its place. A till that asks HQ itself may never fetch it, so the oldest go."""
        with transaction(self.con) as con:
            con.execute("DELETE FROM batch WHERE id = ?", (batch.id,))
            con.execute(_FORGET_USED, (MOST_USED,))
            con.execute("DELETE FROM moved WHERE batch = ?", (batch.id,))
            con.execute(
                "INSERT OR REPLACE INTO answer (batch, terminal, reply, signature) VALUES (?, ?, ?, ?)",
                (batch.id, batch.terminal, reply, signature),
            )
            con.execute("DELETE FROM answer WHERE number <= (SELECT max(number) FROM answer) - ?", (MOST_ANSWERS,))

    def refuse(self, batch: Batch, code: str) -> None:
        """HQ does not take it; it stays, for whoever looks into it. Its till's own push moves its pieces."""
        with transaction(self.con) as con:
            con.execute("UPDATE batch SET refused = ? WHERE id = ?", (code, batch.id))
            con.execute("DELETE FROM moved WHERE batch = ?", (batch.id,))

    def misses(self, batch: Batch, expected: int) -> None:
        """HQ misses facts before this batch: its till may still have them."""
        self.con.execute(
            "UPDATE place SET last = min(last, ?) WHERE terminal = ? AND incarnation = ?",
            (expected - 1, batch.terminal, batch.incarnation),
        )

    def answers(self, terminal: str, most: int = 50) -> list[Answer]:
        """HQ's replies that the till has not taken yet."""
        sql = "SELECT batch, reply, signature FROM answer WHERE terminal = ? ORDER BY number LIMIT ?"
        return [Answer(*row) for row in self.con.execute(sql, (terminal, most)).fetchall()]

    def taken(self, terminal: str, batches: Iterable[str]) -> None:
        """The till has them."""
        with transaction(self.con) as con:
            con.executemany("DELETE FROM answer WHERE terminal = ? AND batch = ?", ((terminal, one) for one in batches))

    def held(self) -> Held:
        """For people."""
        return Held(
            *self.con.execute(
                "SELECT count(*) FILTER (WHERE refused IS NULL),"
                " coalesce(sum(last - first + 1) FILTER (WHERE refused IS NULL), 0),"
                " count(*) FILTER (WHERE refused IS NOT NULL) FROM batch"
            ).fetchone()
        )

    def user_of(self, coupon: str) -> str | None:
        """The till whose batch shows that it used the coupon."""
        row = self.con.execute("SELECT terminal FROM used WHERE coupon = ?", (coupon,)).fetchone()
        return str(row[0]) if row else None

    def moves(self, terminal: str) -> dict[str, int]:
        """Pieces by SKU that the tills other than ``terminal`` have moved, as far as HQ has not answered."""
        sql = "SELECT sku, sum(qty) FROM moved WHERE terminal != ? GROUP BY sku LIMIT ?"
        return dict(self.con.execute(sql, (terminal, MOST_MOVES)).fetchall())

    def keep_page(self, page: KeptPage) -> None:
        """A page of HQ's; the oldest go where there is no room for all, and after ``PAGE_LIFE_MS`` in any case."""
        with transaction(self.con) as con:
            con.execute(
                "INSERT INTO page (feed, epoch, after, upto, at_ms, signature, sealed) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (page.feed, page.epoch, page.after, page.upto, page.at_ms, page.signature, page.sealed),
            )
            con.execute("DELETE FROM page WHERE at_ms < ?", (page.at_ms - PAGE_LIFE_MS,))
            con.execute(
                "DELETE FROM page WHERE number IN (SELECT number FROM (SELECT number, sum(length(sealed)) OVER"
                " (ORDER BY number DESC) AS size FROM page) WHERE size > ?)",
                (MOST_PAGES,),
            )

    def page(self, feed: str, epoch: str, after: int) -> KeptPage | None:
        """The one that leads furthest from version ``after`` on."""
        row = self.con.execute(
            "SELECT feed, epoch, after, upto, at_ms, signature, sealed FROM page"
            " WHERE feed = ?1 AND epoch = ?2 AND after <= ?3 AND upto > ?3 ORDER BY upto DESC LIMIT 1",
            (feed, epoch, after),
        ).fetchone()
        return KeptPage(*row) if row else None

    def pages_of(self, feed: str) -> Iterator[tuple[int, KeptPage]]:
        """All that are kept of a feed, by their numbers."""
        sql = "SELECT number, feed, epoch, after, upto, at_ms, signature, sealed FROM page WHERE feed = ?"
        for row in self.con.execute(sql, (feed,)):
            yield row[0], KeptPage(*row[1:])

    def drop_pages(self, numbers: Sequence[int]) -> None:
        """Forget pages, so that nothing of them is left in the file."""
        self.con.execute("PRAGMA secure_delete = ON").fetchall()  # zeros, not pages that are free
        with transaction(self.con) as con:
            con.executemany("DELETE FROM page WHERE number = ?", ((number,) for number in numbers))
