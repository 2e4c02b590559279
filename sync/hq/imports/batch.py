"""What the loader of a file is given, and what it gives back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from sync.hq.bulk import Among, parts
from sync.hq.chain_tables import StoreRow
from sync.hq.clock import UtcClock, milliseconds
from sync.hq.database import Database
from sync.hq.feeds import GLOBAL, Change
from sync.hq.identity import Keys
from sync.hq.imports.reading import Column, Fault, Row
from sync.hq.imports.weights import Weigh
from sync.hq.over import is_past, over_before
from sync.hq.placing import stores, zones
from sync.hq.tables import FeedRow

#: By what is known of a row.
Made = Mapping[tuple[str, ...], str]
#: Makes what takes long before a transaction is open, which all tills would wait for; the database is there to read.
Ahead = Callable[[Database, Sequence[Row]], Made]

_THERE = FeedRow.feed == bindparam("feed"), FeedRow.table_name == bindparam("table")
_PUBLISHED = Among(select(FeedRow.key, FeedRow.data).where(*_THERE), FeedRow.key)


#: Said of a row that is left out and yet not at fault: an import of all members each night would bring them back.
FORGOTTEN = "forgotten"


@dataclass(slots=True)
class Learnt:
    """What one import has learnt, for rows that follow. ``forgotten``: codes of members whom it left out.

    ``known``: words that rows may name, by what they are.
    """

    forgotten: set[str] = field(default_factory=set)
    known: dict[str, frozenset[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Batch:
    """Some good rows of a file within an open transaction. ``fault(row, column, code)`` turns one of them down.
    ``made``: what the file's ``ahead`` has made for them, perhaps not for all. ``passed``: up to which line rows that
    go in once are in already, as far as they are good. ``later``: lines of rows that are to be looked at again once the
    rest of the file is in; None: this is that time. ``over_before``: as ``hq.over`` has it.
    """

    session: Session
    keys: Keys
    rows: Sequence[Row]
    fault: Callable[[Row, str, str], None]
    made: Made = field(default_factory=dict)
    passed: int = 0
    learnt: Learnt = field(default_factory=Learnt)
    later: set[int] | None = None
    stores: dict[str, StoreRow] = field(init=False)
    zones: list[str] = field(init=False)
    over_before: int | None = field(init=False)

    def __post_init__(self) -> None:
        self.stores = stores(self.session)
        self.zones = zones(self.session)
        self.over_before = over_before(self.session, milliseconds(UtcClock()))

    def published(self, feed: str, table: str, keys: Iterable[str]) -> dict[str, str]:
        """Live rows of a feed's table by key, as JSON."""
        found = _PUBLISHED.rows(self.session, sorted(set(keys)), feed=feed, table=table)
        return {key: data for key, data in found if data is not None}

    def unless_taken_out(self, changes: Sequence[Change]) -> list[Change]:
        """Without rows whose own time is past and that were taken out of their feed for it: a file of all that ever was
        would bring them back each night. What HQ hears of for the first time is told.
        """
        past: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for one in changes:
            if self.over_before is not None and is_past(one.table, one.data or {}, self.over_before):
                past[one.feed, one.table].add(one.key)
        gone = {(*place, key) for place, keys in past.items() for key in self._tombstones(*place, keys)}
        return [one for one in changes if (one.feed, one.table, one.key) not in gone]

    def _tombstones(self, feed: str, table: str, keys: Iterable[str]) -> Iterator[str]:
        here = FeedRow.feed == feed, FeedRow.table_name == table, col(FeedRow.data).is_(None)
        for some in parts(sorted(keys)):
            yield from self.session.exec(select(FeedRow.key).where(*here, col(FeedRow.key).in_(some)))

    def known_skus(self) -> set[str]:
        """Which of the rows' SKUs HQ has."""
        return set(self.published(GLOBAL, "product", (row["sku"] for row in self.rows)))

    def has_store(self, row: Row, column: str) -> bool:
        """Is the cell a store that HQ has (or empty)? Says so if not."""
        if row[column] is None or row[column] in self.stores:
            return True
        self.fault(row, column, "unknown_store")
        return False


#: Writes what belongs to HQ's own tables and gives what is to be published.
Load = Callable[[Batch], list[Change]]


@dataclass(frozen=True, slots=True)
class ImportFile:
    """One file of an import. ``key``: the columns that no two rows may have alike. ``own_id``: so too the id that a row
    may bring beside its key, which stands for it otherwise.
    """

    name: str
    columns: tuple[Column, ...]
    load: Load
    key: tuple[str, ...] = ("id",)
    own_id: str = ""
    ahead: Ahead | None = None
    weigh: Weigh | None = None
    #: Rows that belong together (the steps of a cadence) must come in one batch, and none of them without the others.
    whole: bool = False
    #: Rows that are true at one moment alone (a count): one that is in must not go in once more later.
    once: bool = False
    #: What people should know of all that is at HQ now, though no row is refused for it.
    after: Callable[[Session, str], Iterable[Fault]] | None = None
