"""Pages of feeds for all who ask at one time, by one look into the database (protocol.md, pull).

A change in a feed of all tills brings all of them at once. Who they are, how far HQ has their facts and where the feeds
are is asked once for many of them, each time anew and in one state of the database: a till that was revoked a moment
ago, or by another program, gets nothing, and ``applied_seq`` belongs to the rows beside it. What is kept from one look
to the next are texts of rows alone, of shared feeds, by the very head that they were read under.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import zstandard
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from posclient.domain.ids import Clock
from posclient.errors import DataError, LinkError
from sync.hq.clock import milliseconds
from sync.hq.database import Database
from sync.hq.feeds import Head, heads_of, is_shared, leads_on, rows_after
from sync.hq.following import Place, places_of
from sync.hq.receiving import MOST_ENVELOPE
from sync.protocol import PAGE_ROWS, Page

#: Sheets are kept for the herd that one change brings, not for days: seconds, and bytes of rows.
KEPT_S, MOST_KEPT = 10.0, 16 * 1024 * 1024
#: Bytes below which packing saves less than its own header and the till's time.
LEAST_PACKED = 1000


@dataclass(frozen=True, slots=True)
class Asked:
    """One question for a page; ``token``: of the asking till's session."""

    token: str
    feed: str
    epoch: str
    after: int
    limit: int


class Sheet:
    """The JSON of a page up to what differs from till to till; the rest, which is short, comes behind it."""

    def __init__(self, text: str) -> None:
        self.open = text.encode()

    @cached_property
    def packed(self) -> bytes:
        """A zstd frame that has not ended."""
        packer = zstandard.ZstdCompressor().compressobj()
        return packer.compress(self.open) + packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)


@dataclass(frozen=True, slots=True)
class Answer:
    """A page for ``terminal``. ``applied_seq`` is exact in the page that reaches the head."""

    terminal: str
    sheet: Sheet
    applied_seq: int
    time: str

    def body(self, zstd: bool) -> tuple[bytes, bool]:
        """The page's JSON, and whether it is packed, as it may be with ``zstd``."""
        end = f',"applied_seq":{self.applied_seq},"time":"{self.time}"}}'.encode()
        if not zstd or len(self.sheet.open) < LEAST_PACKED:
            return self.sheet.open + end, False
        return self.sheet.packed + _last_block(end), True

    def page(self) -> Page:
        """As a message."""
        return Page.model_validate_json(self.body(zstd=False)[0])


class Pages:
    """Answers questions for pages. ``contact`` is told of each terminal that has proved who it is."""

    def __init__(self, database: Database, clock: Clock, contact: Callable[[str], None]) -> None:
        self._database, self._clock, self._contact = database, clock, contact
        self._kept: dict[tuple[Head, int, int], Sheet] = {}
        self._lock = threading.Lock()
        self._bytes, self._until = 0, 0.0

    def look(self, asked: Sequence[Asked]) -> list[Answer | Exception]:
        """An answer, or the error, to each question: ``LinkError`` for one that is not to have it, else what is wrong
        with its rows, which is nobody else's matter. Safe to use from many threads.

        Raises:
            DataError: ``database_unusable`` for all of them.
        """
        try:
            return list(self._together(asked))
        except DataError:
            raise
        except Exception:  # noqa: BLE001 - whose question it was is found by asking each by itself
            return [self._alone(one) for one in asked]

    def _alone(self, asked: Asked) -> Answer | Exception:
        try:
            return self._together([asked])[0]
        except Exception as error:  # noqa: BLE001 - it is told to who asked
            return error

    def _together(self, asked: Sequence[Asked]) -> Sequence[Answer | LinkError]:
        now = self._clock.now()
        with self._database.read() as session:
            places = places_of(session, {one.token for one in asked}, milliseconds(self._clock))
            wanted = {one.feed for one in asked if one.token in places and one.feed in places[one.token].feeds}
            heads = heads_of(session, wanted)
            with _of_one(alone=len(asked) == 1):
                found = [self._answer(session, places.get(one.token), heads, one, now.isoformat()) for one in asked]
        for place in places.values():
            self._contact(place.terminal)
        return found

    def _answer(
        self, session: Session, place: Place | None, heads: Mapping[str, Head], asked: Asked, now: str
    ) -> Answer | LinkError:
        if place is None:
            return LinkError("unauthorized")
        if place.revoked:
            return LinkError("revoked")
        if asked.after < 0 or not 1 <= asked.limit <= PAGE_ROWS:
            return LinkError("bad_request", field="after" if asked.after < 0 else "limit")
        if asked.feed not in place.feeds:
            return LinkError("unauthorized", feed=asked.feed[:MOST_ENVELOPE])
        head = heads[asked.feed]
        if not leads_on(head, asked.epoch, asked.after):
            return LinkError("snapshot_required", feed=asked.feed, epoch=head.epoch)
        return Answer(place.terminal, self._sheet(session, head, asked), place.received_seq, now)

    def _sheet(self, session: Session, head: Head, asked: Asked) -> Sheet:
        """Rows of one store or terminal are for few, and may be of people: they are not kept."""
        if not is_shared(head.name):
            return _read(session, head, asked.after, asked.limit)
        key = (head, asked.after, asked.limit)
        with self._lock:
            self._forget()
            kept = self._kept.get(key)
        if kept is None:
            kept = _read(session, head, asked.after, asked.limit)
            with self._lock:
                self._kept[key] = kept
                self._bytes += len(kept.open)
        return kept

    def _forget(self) -> None:
        if time.monotonic() >= self._until or self._bytes > MOST_KEPT:
            self._kept, self._bytes, self._until = {}, 0, time.monotonic() + KEPT_S


class _OddRowsError(Exception):
    """The database would not give the rows of one question; nothing more can be asked in this transaction."""


@contextmanager
def _of_one(*, alone: bool) -> Iterator[None]:
    """The database has just said who they are and where feeds are: what fails then, while it is there, is one's own."""
    try:
        yield
    except DBAPIError as error:
        if alone or error.connection_invalidated:
            raise
        raise _OddRowsError from error


def _read(session: Session, head: Head, after: int, limit: int) -> Sheet:
    """``to`` is the head where nothing is left behind. Rows lie in the database as JSON already."""
    rows = rows_after(session, head.name, after, limit)
    to = rows[-1].version if len(rows) == limit else head.head
    parts = [f'{{"t":{_text(t)},"k":{_text(k)},"v":{v},"d":{data or "null"}}}' for t, k, v, data in rows]
    return Sheet(
        f'{{"feed":{_text(head.name)},"epoch":{_text(head.epoch)},"from":{after},"to":{to},"head":{head.head},'
        f'"count":{head.count},"checksum":{head.checksum},"rows":[{",".join(parts)}]'
    )


_text = json.JSONEncoder(ensure_ascii=False).encode


def _last_block(end: bytes) -> bytes:
    """RFC 8878, 3.1.1.2: a last block of raw bytes ends any frame, so that what is packed can be the same for all."""
    return (len(end) << 3 | 1).to_bytes(3, "little") + end
