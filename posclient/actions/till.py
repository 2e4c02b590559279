"""An opened data folder: the lock, the databases, who is logged in and what is in the open cart.

One ``Till`` writes, from one thread; ``reader`` gives another thread read-only connections of its own, so that a
search or a report never delays a scan (architecture.md, threads).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from posclient.actions.business_time import BusinessTime
from posclient.actions.onsets import Onsets
from posclient.actions.reference import Reference
from posclient.actions.selling import Selling
from posclient.db import open_cart, outcomes, unread_carts
from posclient.db import terminal as terminals
from posclient.db.at_rest import OwnKey
from posclient.db.connection import TILL_FILE, Connection, connect, transaction
from posclient.db.live_cache import prepare, renew
from posclient.db.lock import FolderLock
from posclient.db.outcomes import Decided
from posclient.db.terminal import Terminal
from posclient.db.till_file import open_till as open_file
from posclient.domain.cart import Cart
from posclient.domain.cart_text import read_cart
from posclient.domain.facts import clock_stamp
from posclient.domain.frozen import read_frozen
from posclient.domain.ids import LocalClock, NewId
from posclient.domain.people import Staff
from posclient.domain.staff_list import Trust
from posclient.errors import DataError, Refused

#: After so many changed rows, some thirty sales, ``tidy`` moves the log of till.db into the file.
TIDY_ROWS = 600
#: Of 4 KiB: at this length of the log a commit moves it itself, if nobody tidied for so long.
MOST_LOG_PAGES = 20_000


class Till:
    """``db`` is durable at each commit; ``quick`` is the same file without waiting for the disk, for the open cart.

    ``own`` opens personal data; while it is not there they stay shut, and the till sells on.
    """

    def __init__(self, folder: Path, clock: LocalClock, new_id: NewId, own: OwnKey, *, read_only: bool) -> None:
        self.folder, self.new_id, self.own, self.read_only = folder, new_id, own, read_only
        self._tidied = 0
        self._unread: tuple[Decided, ...] | None = None
        #: Is there a part of the record that ``unread_money`` could not look through?
        self.is_damaged = False
        self.onsets = Onsets()
        self._open = ExitStack()
        try:
            if not read_only:
                self._open.enter_context(FolderLock(folder))
            self.db = self._keep(_unhurried(open_file(folder, read_only=read_only)))
            self.quick = self.db if read_only else self._keep(_quick(folder))
            self._terminal = terminals.read(self.db)
            self.time = BusinessTime(clock, self.terminal.floor_ms, self.terminal.offset_ms)
            self.reference = self._reference()
            self._open.callback(self.reference.close)
        except BaseException:
            self._open.close()
            raise
        self.staff: Staff | None = None
        #: Does HQ answer? Said by whoever watches the line; decides only whether HQ is asked (``rights``).
        self.online = False
        #: Does the store's hub answer in its place?
        self.hub = False
        self.selling = Selling(Cart(new_id())) if read_only else self._resumed()

    @property
    def terminal(self) -> Terminal:
        """As it was when the folder was opened; HQ's key is the vault's, also if that was opened later (S-23)."""
        key = self.own.trust.hq_key if self.own.trust else b""
        if key and key != self._terminal.hq_key:
            self._terminal = replace(self._terminal, hq_key=key)
        return self._terminal

    def take_key(self, key: bytes) -> None:
        """The till's own key, out of its vault."""
        self.own.put(key)
        if not self.read_only:
            terminals.seal_index_key(self.db, self.own.needed())

    def take_trust(self, trust: Trust | None) -> None:
        """What the vault knows of HQ; None where it cannot be opened: then nobody's word as a manager counts."""
        self.own.trust = trust
        if trust and trust.hq_key and not self.read_only:
            terminals.pin(self.db, trust.hq_key)

    def index_key(self) -> bytes:
        """The chain's key for the blind index of phones. ``DataError("no_own_key")`` while it is sealed."""
        return terminals.index_key(terminals.read(self.db), self.own)

    def _reference(self) -> Reference:
        """The cache as it is; an empty one where it is missing or damaged: that costs no fact, HQ sends it anew."""
        if self.read_only:
            return Reference(self.folder, self.terminal.store, self.own)
        prepare(self.folder)
        try:
            return Reference(self.folder, self.terminal.store, self.own)
        except DataError as error:
            if error.code not in {"corrupt", "not_database"}:
                raise
        renew(self.folder)
        return Reference(self.folder, self.terminal.store, self.own)

    def _resumed(self) -> Selling:
        """The cart that was open; not one that a killed replay left behind, which is no customer's."""
        text = open_cart.load(self.db)
        cart = self._read_cart(text) if text else None
        return Selling(cart if cart and cart.basket is None else Cart(self.new_id()))

    def _read_cart(self, text: str) -> Cart | None:
        """A cart that cannot be read (another program's) must not keep the till shut: the audit takes it, and what
        it had taken stands on the readiness page.
        """
        try:
            cart = read_cart(text)
            if cart.frozen_quote is not None:
                read_frozen(cart.frozen_quote)
            return cart
        except (AttributeError, KeyError, TypeError, ValueError):
            with self.transaction() as con:
                unread_carts.keep(con, self.wall(), text)
                open_cart.clear(con)
            return None

    def unread_money(self) -> tuple[Decided, ...]:
        """What such carts had taken, and no manager has seen. New ones come at a start alone.

        Damage in an old page of the audit keeps nobody from selling: ``is_damaged``.
        """
        if self._unread is None:
            self._unread, whole = unread_carts.taken(self.db)
            self.is_damaged = not whole
        return outcomes.unseen_of(self.db, self._unread) if self._unread else ()

    def _keep(self, con: Connection) -> Connection:
        self._open.callback(con.close)
        return con

    def now(self) -> datetime:
        """Business time (protocol.md, clocks)."""
        return self.time.now()

    def wall(self) -> datetime:
        """What the clock says, however it was set: when something was written down."""
        return self.time.clock.now()

    def hear_time(self) -> None:
        """What the sync has written of our clock since: HQ's signed time confirms it, tells how far it is from HQ's, or
        lowers a floor that it had raised (S-16). Before whatever is judged by the time.
        """
        self.time.learn(*terminals.floor_and_offset(self.db))

    def stamp(self) -> dict[str, object]:
        """The clock entry of a fact made now."""
        return clock_stamp(self.wall(), terminals.read(self.db).offset_ms, self.time.suspect())

    def person(self) -> Staff:
        """Who is logged in. ``Refused("logged_out")`` when nobody is."""
        if self.staff is None:
            raise Refused("logged_out")
        return self.staff

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One act of a person: all of it, durable, or nothing."""
        with transaction(self.db) as con:
            yield con

    def tidy(self) -> None:
        """Move what the log holds into till.db, if it is worth it: between two acts, so that no sale waits for it.

        A commit has made everything durable already; where this cannot be done now, it is done later.
        """
        changed = self.db.total_changes + self.quick.total_changes
        if changed - self._tidied < TIDY_ROWS:
            return
        self._tidied = changed
        with suppress(DataError):  # a disk that is full or away is told by the next act that needs it
            self.db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def reader(self) -> Till:
        """The same folder for another thread: reads alone."""
        return Till(self.folder, self.time.clock, self.new_id, self.own, read_only=True)

    def close(self) -> None:
        """Give the folder up. The open cart stays in it."""
        self._open.close()


def _quick(folder: Path) -> Connection:
    """A commit that waits for nothing; the log is moved into the file, which does wait for the disk, by ``tidy``."""
    return _unhurried(connect(folder / TILL_FILE, synchronous="NORMAL"))


def _unhurried(con: Connection) -> Connection:
    con.execute(f"PRAGMA wal_autocheckpoint = {MOST_LOG_PAGES}").fetchall()
    return con


def open_till(
    folder: Path, *, clock: LocalClock, new_id: NewId, own: OwnKey | None = None, read_only: bool = False
) -> Till:
    """Open a data folder: lock, migrate, connect. ``own``: this till's own key, shared with its sync.

    Errors: ``DataError``: ``in_use`` (another program has it), ``not_enrolled``, and those of ``db.till_file``.
    """
    return Till(folder, clock, new_id, own or OwnKey(), read_only=read_only)
