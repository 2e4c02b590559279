"""Can every page of the cache still be read? What cannot be is met by whoever looks an article up, never by a pull of
others, and each scan of it would fail for ever.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from posclient.db.at_rest import OwnKey
from posclient.db.connection import Connection
from posclient.db.inbox import cursors
from posclient.db.integrity import is_cache_whole
from posclient.db.live_cache import LiveCache
from posclient.domain.ids import Clock
from sync.accepting import Accepted
from sync.api import HqApi
from sync.engine import push_all
from sync.loads import Loads
from sync.poked import pull_poked
from sync.report import CycleReport


def look_over(
    api: HqApi, con: Connection, folder: Path, clock: Clock, own: OwnKey, report: CycleReport
) -> CycleReport:  # fmt: skip
    """Load every feed anew where the cache is damaged; the old file sells on until that has come. HQ's copies may be
    of this morning, so the pages since then come at once. ``report``: of the cycle before. May raise ``PosError``.
    """
    if is_cache_whole(folder):
        return report
    loads = Loads(api, folder, clock, own, lambda _progress: None, partial(push_all, api, con, clock))
    with closing(LiveCache(folder, writable=True, own=own)) as cache:
        feeds = list(cursors(cache))
        loads.load(cache, feeds, Accepted(everything=True))
    since = pull_poked(api, con, folder, clock, own, feeds, report)
    return replace(report, feeds=since.feeds, unsent=since.unsent, error=since.error) if since else report
