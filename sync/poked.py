"""What a poke starts: the pages of the feeds that moved, and nothing else (protocol.md, news).

A whole cycle asks HQ for every feed's head, which looks at leases and hubs and signs the time: thousands of tills that
hear of one price at the same moment can do without. Here is only what goes well; for the rest a cycle is wanted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from posclient.db import erasing, inbox, local_members, losses, members, outbox
from posclient.db.at_rest import OwnKey
from posclient.db.connection import Connection
from posclient.db.live_cache import LiveCache
from posclient.domain.ids import Clock
from posclient.errors import LinkError, PosError
from sync.accepting import refuse_losses
from sync.api import NO_HQ, HqApi
from sync.paging import next_pages
from sync.protocol import PAGE_ROWS
from sync.report import CycleReport


def pull_poked(
    api: HqApi, con: Connection, folder: Path, clock: Clock, own: OwnKey, feeds: Collection[str], before: CycleReport
) -> CycleReport | None:
    """Bring ``feeds`` to their heads; ``before`` is the report so far, and what it says of all else still holds.

    None: something is not as it should be, and a whole cycle is to find out. Only where HQ does not answer that would
    be in vain, and is in the report.
    """
    try:
        with closing(LiveCache(folder, writable=True, own=own)) as cache:
            error = _pull_all(api, con, cache, clock, sorted(feeds))
            places = {name: cursor.version for name, cursor in inbox.cursors(cache).items()}
        unsent = outbox.backlog(con, clock.now()).count
    except PosError:
        return None
    return replace(before, outcomes={}, unsent=unsent, feeds=places, resent=0, snapshots=(), error=error)


def _pull_all(api: HqApi, con: Connection, cache: LiveCache, clock: Clock, feeds: list[str]) -> LinkError | None:
    try:
        for feed in feeds:
            _turn_pages(api, cache, clock, feed)
    except LinkError as error:
        if error.code not in NO_HQ:
            raise
        return error
    local_members.forget_superseded(con, cache)
    erasing.follow(con, cache)
    return None


def _turn_pages(api: HqApi, cache: LiveCache, clock: Clock, feed: str) -> None:
    cursor = inbox.cursors(cache).get(feed)
    if cursor is None or not members.opens(cache, feed):
        raise PosError("cycle_wanted", feed=feed)
    taken: Counter[str] = Counter()
    while True:
        pages = next_pages(api, feed, cursor.epoch, cursor.version, PAGE_ROWS)
        rows = [row for page in pages for row in page.rows]
        refuse_losses(losses.of_rows(cache.con, feed, rows, taken, clock.now()), pages[-1].to)
        for page in pages:
            applied = inbox.apply_page(cache, page, clock.now())
        if not applied.agrees:
            raise PosError("cycle_wanted", feed=feed)
        cursor = applied.cursor
        if cursor.at_head:
            return
