"""A disk that refuses while a page of a feed is applied: the feed stays what it was, or is what HQ has."""

from __future__ import annotations

import shutil
from contextlib import closing
from copy import deepcopy
from pathlib import Path

from posclient.db import inbox
from posclient.db.live_cache import LiveCache
from posclient.errors import DataError
from tests.actions.kidswear import GLOBAL, Hq, StandingClock, make_folder
from tests.crash.day import Rows, of_feed
from tests.crash.disk import watched
from tests.crash.faults import KINDS, Fault, HalfDoneError

#: Rows of the page, enough for a few pages of the file; every third takes one away that the page before brought.
ROWS = 120
#: Where the feed is, and what it holds.
Place = tuple[int, Rows]


def template(folder: Path) -> Hq:
    """A till's folder whose global feed has as many rows already."""
    hq = make_folder(folder, StandingClock())
    _send(hq, "before")
    return hq


def strike(made: Hq, place: Path, kind: str, n: int, *, stays: bool) -> bool:
    """Let the n-th call fail in a copy of ``made``; False if a page needs fewer. ``HalfDoneError``: what is wrong."""
    call, status, codes = KINDS[kind]
    shutil.copytree(made.folder, place)
    hq = Hq(place, made.clock, deepcopy(made.live), dict(made.heads))
    fault = Fault(call, status, n, stays)
    with watched(place) as disk:
        before = _place(place)
        disk.fault = fault
        try:
            _send(hq, "after")
        except DataError as error:
            if error.code not in codes:
                raise HalfDoneError(f"the till says {error}") from error
        disk.fault = lambda _kind, _name: 0
        if _place(place) == before:
            hq.live, hq.heads = deepcopy(made.live), dict(made.heads)
            _send(hq, "after")
        _check(place, hq)
    shutil.rmtree(place)
    return fault.struck


def _send(hq: Hq, name: str) -> None:
    gone = name == "after"
    rows = [(f"t{n}", None if gone and n % 3 == 0 else {"id": f"t{n}", "name": name, "rank": n}) for n in range(ROWS)]
    hq.send(GLOBAL, *(("tier", key, data) for key, data in rows))


def _place(folder: Path) -> Place:
    with closing(LiveCache(folder)) as cache:
        return inbox.cursors(cache)[GLOBAL].version, of_feed(cache.con, GLOBAL)


def _check(folder: Path, hq: Hq) -> None:
    """All of the page is there, with its cursor, in a file that is whole."""
    version, rows = _place(folder)
    tiers = {row[0]: row[2] for name, row in rows if name == "tier"}
    there = {key: row.v for (table, key), row in hq.live[GLOBAL].items() if table == "tier"}
    if (version, tiers) != (hq.heads[GLOBAL], there):
        raise HalfDoneError(f"the cursor is at {version} of {hq.heads[GLOBAL]}; {len(tiers)} rows, HQ has {len(there)}")
    with closing(LiveCache(folder)) as cache:
        if cache.con.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            raise HalfDoneError("the cache is damaged")
