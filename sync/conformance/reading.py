"""How an examination reads feeds: as a till does, which takes no snapshot and no row that is not as it has to be."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from posclient.db.at_rest import KEY_BYTES, AtRest
from posclient.db.cache_rows import table_of
from posclient.db.chunks import Snapshot, unpacked
from posclient.errors import DataError, LinkError
from sync.conformance.rules import BrokenError, must
from sync.loads import MOST_SNAPSHOT
from sync.protocol import FeedHead, Manifest, Page, Row
from sync.transport import HttpHq

#: The rows of a feed of more are not all kept in memory.
MOST_ROWS = 20_000
#: Versions behind a head: no feed of a chain at work gets there between two questions.
BEYOND = 10**9
#: Seals what is checked, and nothing of it is kept.
_AT_REST = AtRest(bytes(KEY_BYTES))


class FeedReader:
    """A till's line, and what it reads by it."""

    def __init__(self, line: HttpHq) -> None:
        self.line = line

    def epoch(self, feed: str) -> str:
        """The epoch of a feed as listed."""
        return next(head.epoch for head in self.line.feeds().feeds if head.name == feed)

    def begin(self, feed: str) -> tuple[dict[tuple[str, str], Row], int]:
        """From where the feed's pages lead on, and the rows that are there: 0 and none, or a snapshot.

        An HQ that has dropped tombstones of the feed has no pages from 0.
        """
        try:
            self.line.page(feed, self.epoch(feed), 0, 1)
        except LinkError as error:
            if error.code != "snapshot_required":
                raise
        else:
            return {}, 0
        manifest = self.line.manifest(feed)
        return {(row.t, row.k): row for row in self.loaded(manifest)}, manifest.version

    def loaded(self, manifest: Manifest) -> list[Row]:
        """The rows of a snapshot, which has to be what its manifest says, and as a till loads it."""
        return list(self._stream(manifest))

    def _stream(self, manifest: Manifest) -> Iterator[Row]:
        Snapshot.read(manifest.model_dump())
        must(sum(info.bytes for info in manifest.chunks) <= MOST_SNAPSHOT, "a snapshot of over 1 GiB")
        for info in manifest.chunks:
            packed, count = self.line.chunk(manifest.snapshot, info.n), 0
            must(len(packed) == info.bytes, f"chunk {info.n}: {len(packed)} bytes")
            must(hashlib.sha256(packed).hexdigest() == info.sha256, f"chunk {info.n}: another SHA-256")
            for row in _unpacked(info.n, packed):
                must(row.d is not None, f"chunk {info.n}: a row that is none any more")
                count += 1
                yield row
            must(count == info.rows, f"chunk {info.n}: {count} rows")

    def live(self, head: FeedHead) -> tuple[Page, Iterator[Row]]:
        """The last page of a feed and its live rows by then. Of a long one they are those of a snapshot, of which no
        more than a piece of a chunk is in memory, and what its pages have brought since.
        """
        manifest = self.line.manifest(head.name) if head.count > MOST_ROWS else None
        found, after = self.begin(head.name) if manifest is None else ({}, manifest.version)
        for page in self.pages(head.name, after=after):
            found |= {(row.t, row.k): row for row in page.rows}
        return page, self._overlaid(manifest, found)

    def _overlaid(self, manifest: Manifest | None, found: dict[tuple[str, str], Row]) -> Iterator[Row]:
        yield from (row for row in found.values() if row.d is not None)
        if manifest is not None:
            yield from (row for row in self._stream(manifest) if (row.t, row.k) not in found)

    def pages(self, feed: str, limit: int = 500, after: int = 0) -> Iterator[Page]:
        """All pages of a feed behind ``after``; at most a thousand."""
        epoch = self.epoch(feed)
        for _ in range(1000):
            page = self.line.page(feed, epoch, after, limit)
            yield page
            after = page.to
            if page.to >= page.head:
                return

    def rows(self, feed: str) -> dict[tuple[str, str], Row]:
        """The feed's live rows by table and key."""
        return self.state(feed)[0]

    def state(self, feed: str) -> tuple[dict[tuple[str, str], Row], int]:
        """The same, and ``applied_seq`` of the page that reaches the head."""
        (found, after), seq = self.begin(feed), 0
        for page in self.pages(feed, after=after):
            found |= {(row.t, row.k): row for row in page.rows}
            seq = page.applied_seq
        return {place: row for place, row in found.items() if row.d is not None}, seq


def keep(feed: str, row: Row) -> None:
    """Look at a live row as a till's cache does. ``BrokenError``: it takes none such, and no page that has one."""
    try:
        table_of(feed, row.t).values(row.k, row.d or {}, _AT_REST)
    except DataError as error:
        kind, _, why = str(error.params.get("why", error.code)).partition(": ")
        told = kind if kind == "ValueError" else why or kind  # the text of a ValueError may quote what it found
        raise BrokenError(f"{feed}: no till takes the row {row.k} of {row.t}: {told}") from error


def _unpacked(n: int, packed: bytes) -> Iterator[Row]:
    try:
        for some in unpacked(packed):
            yield from [Row.model_validate(one) for one in some]
    except (ValueError, RecursionError) as error:
        raise BrokenError(f"chunk {n}: no till can read it ({type(error).__name__})") from error
