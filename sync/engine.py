"""One cycle: push the outbox, pull the feeds, compare. No thread, no sleep, no retry in it (protocol.md).

It stops at the first transport error and says so; whatever it did until then is kept, and the next cycle goes on
from there. A feed whose rows cannot be believed is held back, and does not keep the others from moving on (S-11).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from posclient.db import erasing, inbox, live_cache, local_members, losses, members, outbox, terminal
from posclient.db.connection import Connection, transaction
from posclient.db.inbox import Applied, Cursor
from posclient.db.live_cache import LiveCache
from posclient.db.outbox import PendingFact
from posclient.domain.ids import Clock
from posclient.errors import DataError, LinkError, PosError
from sync import hq_time
from sync.accepting import NOTHING, Accepted, held_back, refuse_losses
from sync.api import HqApi
from sync.convert import believed, push_request
from sync.forks import check_place, settled
from sync.keeping import Keeper
from sync.loads import Loads
from sync.paging import next_pages
from sync.protocol import MOST_FACTS, PAGE_ROWS, FactOutcome, FeedHead, FeedsReply, Lost, PushReply
from sync.report import CycleReport, HeldBack, ShowProgress
from sync.restraint import Restraint

#: Bodies and sealed records of one push. With envelopes it stays under the protocol's 1 MiB even if nothing packs.
MOST_PUSH = 700 * 1024
#: Rows that cannot be believed, or that a person is to decide about: they hold back one feed, not the cycle.
NOT_BELIEVED = {
    "bad_row", "feed_gap", "epoch_changed", "bad_manifest", "bad_chunk", "bad_snapshot", "feed_disagrees",
    "mass_delete", "zero_prices", "other_epoch", "went_back",
}  # fmt: skip


class Pushed:
    """What became of the facts of one push, kept also where it ends early."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.resent = 0
        #: HQ's time of its last answer: what was made before it has been sent.
        self.until = ""


def cycle(
    api: HqApi, con: Connection, folder: Path, clock: Clock, keeper: Keeper, *,
    show: ShowProgress = lambda _progress: None, accept: Accepted = NOTHING, restraint: Restraint | None = None,
) -> CycleReport:  # fmt: skip
    """Push, then pull, for whoever holds the folder's lock; never raises a ``PosError``: it is in the report.

    ``con`` is a connection to till.db of this thread; ``keeper`` has the key of personal data. ``accept``: what a
    person decided to take of what was held back. ``restraint``: with loads that were of no use in the cycles before.
    """
    pushed = Pushed()
    between = partial(push_all, api, con, clock, pushed)
    loads = Loads(api, folder, clock, keeper.own, show, between, restraint)
    pull = _Pull(api, con, folder, clock, keeper, loads, accept)
    error: PosError | None = None
    try:
        with suppress(DataError):  # facts are sent whatever ails the cache; behind that ``run`` says it
            live_cache.prepare(folder)
            pull.note_places()
        push_all(api, con, clock, pushed)
        pull.run(pushed.until)
        if pull.resent:
            push_all(api, con, clock, pushed)
        terminal.note_trouble(con, None)
    except PosError as stopped:
        error = stopped
        if error.code == terminal.REVOKED:
            terminal.note_trouble(con, terminal.REVOKED)
    finally:
        pull.close()
    unsent = outbox.backlog(con, clock.now()).count
    return CycleReport(
        pushed.outcomes, unsent, pull.places, pushed.resent + pull.resent, tuple(pull.snapshots), tuple(pull.held),
        error, terminal.read(con).trouble,
    )  # fmt: skip


def push_all(api: HqApi, con: Connection, clock: Clock, pushed: Pushed | None = None) -> Pushed:
    """Send batches until nothing is unsent. ``LinkError``; ``DataError("bad_ack")``: an answer that cannot be ours."""
    pushed = pushed or Pushed()
    replayed: set[str] = set()
    lost: list[Lost] = []
    while batch := outbox.pending(con, api.up.of(MOST_FACTS), api.up.of(MOST_PUSH)):
        request = push_request(batch, lost)
        try:
            with api.up.watched(len(batch), MOST_FACTS):
                reply = settled(api, con, request, api.push(request))
        except LinkError as error:
            again, lost = _replay(con, batch, error, replayed)
            pushed.resent += again
            continue
        outcomes, lost = believed(reply, batch), []
        record_reply(con, outcomes, reply, clock)
        pushed.outcomes.update(one.outcome for one in outcomes)
        pushed.until = reply.time
    return pushed


def record_reply(con: Connection, outcomes: Sequence[FactOutcome], reply: PushReply, clock: Clock) -> None:
    """Keep the answer, HQ's own (``sync.forks``). If it has more of our chain than we do, this disk was put back, or is
    a copy (S-19).
    """
    try:
        with transaction(con):
            outbox.record(con, outcomes, reply.received_seq, reply.durable_seq, clock.now())
    except DataError as error:
        if "next_seq" in error.params:
            terminal.note_trouble(con, terminal.FORK)
        raise


def _replay(
    con: Connection, batch: Sequence[PendingFact], error: LinkError, replayed: set[str]
) -> tuple[int, list[Lost]]:
    """HQ misses facts and named the seq that it expects: they are pending again, once per chain and cycle (S-12).

    Gives how many, and those that are not here any more, which HQ is to be told, lest the others wait for ever.
    """
    first = batch[0].fact
    expected = error.params.get("expected")
    if error.code != "gap" or first.incarnation in replayed or not isinstance(expected, int) or expected >= first.seq:
        raise error
    replayed.add(first.incarnation)
    with transaction(con):
        again = outbox.replay_from(con, expected, first.incarnation)
    found = outbox.pending(con, MOST_FACTS, 0)[0].fact.seq
    return again, [Lost(incarnation=first.incarnation, first=expected, last=found - 1)] if found > expected else []


class _Pull:
    """The second half of a cycle."""

    def __init__(
        self, api: HqApi, con: Connection, folder: Path, clock: Clock, keeper: Keeper, loads: Loads, accept: Accepted
    ) -> None:
        self._api, self._con = api, con
        self._folder, self._clock = folder, clock
        self._keeper = keeper
        self._accept = accept
        self._loads = loads
        self.cache = LiveCache(folder, writable=True, own=keeper.own)
        self.held: list[HeldBack] = []
        self.snapshots: list[str] = []
        self.places: dict[str, int] = {}
        self.resent, self._replayed = 0, False

    def run(self, sent_until: str) -> None:
        """Bring every feed to its head. ``sent_until``: see ``HqApi.feeds``; empty where nothing was to be sent."""
        asked = self._clock.now()
        reply = self._api.feeds(hq_time.sent_until(self._con, sent_until))
        hq_time.note(self._con, asked, self._clock.now(), reply)
        self._note_place(reply)
        self._keeper.open(self._con, self._api.unseal())
        live_cache.prepare(self._folder)
        try:
            self._follow_all(reply.feeds)
        except DataError as error:
            if error.code in live_cache.BROKEN:
                self._loads.mend(self.cache, [head.name for head in reply.feeds])
            raise

    def close(self) -> None:
        """However the cycle ended: is this till still to read personal data?"""
        with suppress(DataError):  # a broken cache names no limits; the next one does
            self._keeper.check(self._con, self.cache, self._clock.now())
        self.cache.close()

    def _note_place(self, reply: FeedsReply) -> None:
        """How far HQ has our facts; one that was restored asks by it for those that it lost (S-12)."""
        if reply.received_seq is not None and reply.durable_seq is not None:
            check_place(self._api, self._con, reply.received_seq)
            with transaction(self._con):
                self.resent = outbox.note_place(self._con, reply.received_seq, reply.durable_seq)

    def _follow_all(self, heads: Sequence[FeedHead]) -> None:
        known = self.note_places()
        new = [head.name for head in heads if head.name not in known]
        for gone in known.keys() - {head.name for head in heads}:
            instead = [one for one in new if one.partition(":")[0] == gone.partition(":")[0]]
            self._guarded(gone, partial(self._forget, gone, instead))
            new = [one for one in new if one not in instead]
        self._first_load(new)
        for head in heads:
            cursor = self.note_places().get(head.name)
            if cursor is not None and not self._is_newer(cursor, head):
                self._guarded(head.name, partial(self._follow, head))
        self.note_places()
        local_members.forget_superseded(self._con, self.cache)
        erasing.follow(self._con, self.cache)

    def _is_newer(self, cursor: Cursor, head: FeedHead) -> bool:
        """Was the feed loaded after HQ named its head, and has moved on meanwhile? That HQ was not restored."""
        return cursor.feed in self.snapshots and (cursor.epoch != head.epoch or cursor.version > head.head)

    def note_places(self) -> dict[str, Cursor]:
        """Where the till is in each feed; kept in ``places`` for the report."""
        cursors = inbox.cursors(self.cache)
        self.places = {name: cursor.version for name, cursor in cursors.items()}
        return cursors

    def _forget(self, feed: str, instead: Sequence[str]) -> None:
        """Drop a feed that is followed no more, much only if a person says so; a new zone comes ``instead`` at once."""
        if instead:
            self._load(instead, gone=[feed])
        else:
            self._accept.refuse(feed, losses.of_feed(self.cache.con, feed, self._clock.now()), self.places[feed])
            inbox.forget_feeds(self.cache, set(self.places) - {feed})

    def _first_load(self, feeds: Sequence[str]) -> None:
        """All new feeds in one file; if one of them cannot be believed, the others come without it."""
        try:
            if len(feeds) > 1:
                return self._load(feeds)
        except DataError as error:
            if error.code not in NOT_BELIEVED:
                raise
        for feed in feeds:
            self._guarded(feed, partial(self._load, [feed]))
        return None

    def _load(self, feeds: Sequence[str], accept: Accepted | None = None, gone: Sequence[str] = ()) -> None:
        self._loads.load(self.cache, feeds, accept or self._accept, gone)
        self.snapshots.extend(feeds)

    def _guarded(self, feed: str, step: Callable[[], None]) -> None:
        """Do ``step``; rows that cannot be believed hold the feed back, and only it."""
        try:
            step()
        except DataError as error:
            if error.code not in NOT_BELIEVED:
                raise
            self.held += held_back(feed, error)

    def _follow(self, head: FeedHead) -> None:
        """Pages until the feed is at its head; a snapshot where pages cannot help."""
        cursor = self.note_places()[head.name]
        if cursor.epoch != head.epoch or cursor.version > head.head:
            self._restored(cursor, head)
        elif not members.opens(self.cache, head.name):
            self._again(head)
        elif cursor.version < head.head or self._is_behind(cursor):
            self._turn_pages(head)
        elif (cursor.count, cursor.checksum) != (head.count, head.checksum):
            self._again(head)

    def _is_behind(self, cursor: Cursor) -> bool:
        """HQ has facts of ours that this feed has not said to include: ask, to stop adding their effect ourselves."""
        return cursor.feed != "global" and cursor.applied_seq < terminal.read(self._con).received_seq

    def _restored(self, cursor: Cursor, head: FeedHead) -> None:
        """Another epoch, or a head behind us: HQ was restored. A person decides, then about the whole feed."""
        code = "other_epoch" if cursor.epoch != head.epoch else "went_back"
        if not self._accept.is_restored(head.name, code, head.epoch, head.head):
            raise DataError(code, here=cursor.version, there=head.head, epoch=head.epoch)
        if not self._replayed:  # what goes again is sent between chunks: with each feed it would go once more
            with transaction(self._con):
                self.resent += outbox.replay_earlier(self._con)
            self._replayed = True
        self._again(head, Accepted(everything=True))

    def _again(self, head: FeedHead, accept: Accepted | None = None) -> None:
        """Pages do not help: the feed as a whole, once, and the pages that came since."""
        self._loads.check_again(head.name, loaded=head.name in self.snapshots, decided=accept is not None)
        self._load([head.name], accept)
        self._turn_pages(head)

    def _turn_pages(self, head: FeedHead) -> None:
        taken: Counter[str] = Counter()
        applied: Applied | None = None
        while applied is None or not applied.cursor.at_head:
            try:
                after = self.note_places()[head.name].version
                pages = next_pages(self._api, head.name, head.epoch, after, PAGE_ROWS)
            except LinkError as error:
                if error.code != "snapshot_required":
                    raise
                return self._again(head)
            rows = [row for page in pages for row in page.rows]
            decided = self._accept.upto(head.name)
            refuse_losses(
                losses.of_rows(self.cache.con, head.name, rows, taken, self._clock.now(), decided), pages[-1].to
            )
            for page in pages:
                applied = inbox.apply_page(self.cache, page, self._clock.now())
        self._accept = self._accept.without(head.name)
        return None if applied.agrees else self._again(head)
