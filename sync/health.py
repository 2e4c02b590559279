"""What a till tells HQ of itself, so that whoever looks after thousands of them sees the sick ones (``Health``)."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

from posclient import __version__
from posclient.config import load_settings
from posclient.db import inbox, outbox, outcomes, sales, terminal
from posclient.db.connection import TILL_FILE, Connection, connect
from posclient.db.instants import to_ms
from posclient.db.live_cache import LiveCache
from posclient.domain.clocks import is_suspect
from posclient.domain.ids import Clock
from posclient.errors import DataError, PosError
from sync.report import HeldBack
from sync.vitals import MOST_HEALTH, Health


def health_of(folder: Path, con: Connection, clock: Clock, held: Sequence[HeldBack] = ()) -> Health:
    """How the till of this data folder is now; ``held`` is what the last cycle held back."""
    me, backlog = terminal.read(con), outbox.backlog(con, clock.now())
    return Health(
        unsent=backlog.count, oldest_unsent_s=None if backlog.oldest_s is None else int(backlog.oldest_s),
        program=__version__[:40], python=platform.python_version()[:40],
        system=f"{platform.system()} {platform.release()} {platform.machine()}"[:80], offset_ms=me.offset_ms,
        clock_suspect=is_suspect(to_ms(clock.now()), me.offset_ms, me.floor_ms), trouble=me.trouble or "",
        held=[f"{one.feed}={one.code}"[:120] for one in held[:8]], printer=load_settings(folder).printer.kind[:20],
        unprinted=len(sales.not_printed(con)), seen=_seen(folder, con, me.terminal),
    )  # fmt: skip


def _seen(folder: Path, con: Connection, me: str) -> str:
    """How far this till has its own feed, if a manager has seen every outcome in it; a cache that is broken says
    nothing. The place comes first: what comes after it is not in it.
    """
    with suppress(DataError), closing(LiveCache(folder)) as cache:
        place = inbox.cursors(cache).get(f"terminal:{me}")
        if place is not None and not outcomes.unseen(cache, con, 1):
            return f"{place.epoch}/{place.version}"[:60]
    return ""


def health_header(folder: Path, clock: Clock, held: Sequence[HeldBack] = ()) -> str:
    """The header's text, for any thread; empty where the till cannot say: that must keep nothing else from going on."""
    try:
        con = connect(folder / TILL_FILE)
        try:
            return written(health_of(folder, con, clock, held))
        finally:
            con.close()
    except PosError:
        return ""


def written(health: Health) -> str:
    """ASCII JSON without what is not set."""
    text = json.dumps(health.model_dump(exclude_defaults=True), separators=(",", ":"))
    return text if len(text) <= MOST_HEALTH else ""
