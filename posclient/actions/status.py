"""The status strip: who and where this till is, what HQ has not got yet, and how old what it sent is."""

from __future__ import annotations

from posclient.actions import limits
from posclient.actions.till import Till
from posclient.actions.views import TillStatus
from posclient.db import inbox, outbox, outcomes, sales, terminal
from posclient.db.instants import to_ms

#: More of HQ's decisions than this are not counted.
MOST_DECIDED = 50


def status(till: Till) -> TillStatus:
    """``ages`` of prices, stock, members and coupons: seconds since HQ last said what they are."""
    now = till.wall()
    waiting = outbox.backlog(till.db, now)
    me = terminal.read(till.db)
    till.time.learn(me.floor_ms, me.offset_ms)
    till.reference.refresh()
    return TillStatus(
        terminal=till.terminal.terminal,
        store_name=till.reference.store_name,
        slot=till.terminal.slot,
        business_date=till.now().date().isoformat(),
        unsent=waiting.count,
        unsent_amount=waiting.amount,
        oldest_unsent_s=waiting.oldest_s,
        ages=_ages(till, to_ms(now)),
        not_printed=tuple(sales.not_printed(till.db)),
        clock_jumped=till.time.jumped(till.now()),
        clock_suspect=till.time.suspect(),
        decided=len(outcomes.unseen(till.reference.cache, till.db, MOST_DECIDED)) + len(till.unread_money()),
        trouble=me.trouble,
        limits=limits.look(till),
        sealed_s=limits.sealed_s(till),
    )


#: Which kinds of feed bring what people ask the age of.
_FEEDS = {"prices": ("global", "zone"), "stock": ("zone",), "members": ("store",), "coupons": ("store",)}


def _ages(till: Till, now_ms: int) -> dict[str, float | None]:
    """Of several feeds the oldest counts; None where one was never loaded."""
    checked: dict[str, int] = {}
    for cursor in inbox.cursors(till.reference.cache).values():
        kind = cursor.feed.partition(":")[0]
        checked[kind] = min(cursor.checked_ms, checked.get(kind, cursor.checked_ms))
    return {
        name: max(0, now_ms - min(checked[kind] for kind in kinds)) / 1000 if checked.keys() >= set(kinds) else None
        for name, kinds in _FEEDS.items()
    }
