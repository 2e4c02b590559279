"""Whole feeds: fetch the chunks that miss, have a child process build the next cache file, look at it, go over to it.

Chunks stay on the disk until they are loaded, so a load that was killed at any byte goes on with the next chunk
(protocol.md, pull: first load), of the same snapshot however far the feed has moved on, as long as HQ has it. The old
cache serves the till meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from posclient.db import loading, losses, room
from posclient.db.at_rest import OwnKey
from posclient.db.chunks import ChunkStore, Snapshot, begun, drop_earlier
from posclient.db.inbox import Cursor, cursors
from posclient.db.integrity import is_cache_whole
from posclient.db.live_cache import BROKEN, LiveCache, prepare, renew
from posclient.domain.ids import Clock
from posclient.errors import DataError
from sync.accepting import Accepted
from sync.api import HqApi
from sync.report import Progress, ShowProgress
from sync.restraint import Restraint

#: Packed bytes of one snapshot that a till takes: a million articles are 36 MB (protocol.md).
MOST_SNAPSHOT = 1024 * 1024 * 1024
#: What speaks against the rows of a snapshot, not against this machine: HQ may mend them.
_REFUSED = {"bad_chunk", "bad_row", "bad_snapshot", "mass_delete", "zero_prices"}


class Loads:
    """Loads feeds for one cycle. ``between`` is called before each chunk: a load may take an hour on a slow line, and
    what is sold meanwhile is not to lie on one disk for so long.
    """

    def __init__(
        self, api: HqApi, folder: Path, clock: Clock, own: OwnKey, show: ShowProgress,
        between: Callable[[], object], restraint: Restraint | None = None,
    ) -> None:  # fmt: skip
        self._between = between
        self._api = api
        self._folder = folder
        self._clock = clock
        self._own = own
        self._show = show
        self._restraint = restraint or Restraint()

    def check_again(self, feed: str, *, loaded: bool, decided: bool) -> None:
        """May a feed that does not agree with its head be loaded? ``feed_disagrees``: not where it was ``loaded`` in
        this cycle already, nor all too often where that is of no use: HQ itself says two different things. Unless a
        person ``decided`` it: their word counts for one cycle.
        """
        if loaded:
            self._restraint.failed(feed)
        if loaded or not (decided or self._restraint.is_due(feed)):
            raise DataError("feed_disagrees")

    def load(self, cache: LiveCache, feeds: Sequence[str], accepted: Accepted, gone: Sequence[str] = ()) -> None:
        """Put snapshots of ``feeds`` in the place of what the cache has of them, and of the feeds that are ``gone``.

        Errors: ``LinkError``; ``MassDelete`` beyond what was ``accepted``; ``DataError``: ``bad_manifest``,
        ``bad_chunk``, ``bad_row``, ``bad_snapshot``, ``disk_full`` and the like. What was live stays live then.
        """
        known = cursors(cache)
        stores = [self._fetched(feed, known.get(feed)) for feed in feeds]
        try:
            path = self._judged(cache, stores, accepted, gone)
        except DataError as error:
            if error.code in _REFUSED and len(stores) == 1:  # of several, nobody knows which; each is tried alone
                stores[0].note_refused()
            if error.code == "disk_full" and room.for_load(self._folder) < 0:
                self._drop(stores)
            raise
        cache.close()
        loading.swap(self._folder, path)
        self._drop(stores)

    def mend(self, cache: LiveCache, feeds: Sequence[str]) -> None:
        """A pull has met damage: all ``feeds`` anew. The old file sells on until they have come; it goes at once only
        where not even its cursors can be read. Nothing where the cache is whole, as a damaged till.db says the same of
        itself. Every row is looked at for that: what was met may be an entry of an index. ``PosError`` as of ``load``.
        """
        cache.close()
        if not prepare(self._folder) or is_cache_whole(self._folder, "integrity_check"):
            return
        try:
            gone = sorted(cursors(cache).keys() - set(feeds))
        except DataError as error:
            if error.code not in BROKEN:
                raise
            cache.close()
            renew(self._folder)
            return
        if self._restraint.is_due("cache"):
            try:
                self.load(cache, feeds, Accepted(everything=True), gone)
            except DataError:
                self._restraint.failed("cache")
                raise

    def _drop(self, stores: Sequence[ChunkStore]) -> None:
        for store in stores:
            store.drop()

    def _judged(self, cache: LiveCache, stores: Sequence[ChunkStore], accepted: Accepted, gone: Sequence[str]) -> Path:
        """The next cache file, of which nobody need be asked."""
        path = self._built(stores, gone)
        try:
            known = cursors(cache)
            versions = {store.snapshot.feed: store.snapshot.version for store in stores}
            versions |= {feed: known[feed].version for feed in gone}
            for feed, version in versions.items():
                if feed in known and not accepted.everything:
                    found = losses.of_snapshot(cache.con, path, feed, self._clock.now())
                    # what the other stores of a zone that this one has left have in stock is nobody's loss
                    accepted.refuse(feed, [one for one in found if feed not in gone or one.table != "stock"], version)
        except DataError:
            path.unlink(missing_ok=True)
            raise
        return path

    def _built(self, stores: Sequence[ChunkStore], gone: Sequence[str]) -> Path:
        """A snapshot says what HQ's head says: where that is wrong, nothing comes of a build either."""
        try:
            return loading.build(self._folder, stores, self._clock.now(), self._own, gone)
        except DataError as error:
            if error.code == "disk_full":
                error.params["why"] = "load"
            if error.code == "bad_snapshot":
                for store in stores:
                    self._restraint.failed(store.snapshot.feed)
            raise

    def _fetched(self, feed: str, cursor: Cursor | None) -> ChunkStore:
        """The chunks, of the snapshot that was begun if HQ goes along; one from behind the till's own place would take
        back rows that it has.
        """
        earlier = begun(self._folder, feed)
        if earlier and cursor and cursor.epoch == earlier.epoch and cursor.version > earlier.version:
            earlier = None
        manifest = self._api.manifest(feed, earlier.snapshot if earlier else "")
        if manifest.feed != feed:
            raise DataError("bad_manifest", why="another feed", feed=feed)
        total = sum(chunk.bytes for chunk in manifest.chunks)
        if total > MOST_SNAPSHOT or any(chunk.bytes < 0 for chunk in manifest.chunks):
            raise DataError("bad_manifest", why="too long", feed=feed)
        drop_earlier(self._folder, Snapshot.read(manifest.model_dump()))  # on a full disk the next line writes nothing
        store = ChunkStore(self._folder, manifest.model_dump(), self._own.needed())
        missing = store.missing()
        done = total - sum(manifest.chunks[n].bytes for n in missing)
        for n in missing:
            self._show(Progress(feed, done, total))
            self._between()
            self._check_room(store, total - done, total)
            store.add(n, self._api.chunk(manifest.snapshot, n))
            done += manifest.chunks[n].bytes
        self._check_room(store, 0, total)
        self._show(Progress(feed, total, total))
        return store

    def _check_room(self, store: ChunkStore, missing: int, total: int) -> None:
        """What has come goes where the rest has no place: a till that cannot load can still sell (T-5)."""
        if not room.has_load(self._folder, missing, total):
            store.drop()
            raise DataError("disk_full", why="load")
