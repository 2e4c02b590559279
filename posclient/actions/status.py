"""The status strip: who and where this till is, what HQ has not got yet, and how old what it sent is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from posclient.actions import colleagues, limits
from posclient.actions.till import Till
from posclient.actions.views import TillStatus
from posclient.db import inbox, outbox, outcomes, room, sales, terminal
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
    ages, jumped, suspect = _ages(till, to_ms(now)), till.time.jumped(till.now()), till.time.suspect()
    till.onsets.note(set(_seen(till, ages, jumped, suspect)))
    return TillStatus(
        terminal=till.terminal.terminal,
        store_name=till.reference.store_name,
        slot=till.terminal.slot,
        business_date=till.now().date().isoformat(),
        unsent=waiting.count,
        unsent_amount=waiting.amount,
        oldest_unsent_s=waiting.oldest_s,
        ages=ages,
        not_printed=tuple(sales.not_printed(till.db)),
        clock_jumped=jumped,
        clock_suspect=suspect,
        decided=len(outcomes.unseen(till.reference.cache, till.db, MOST_DECIDED)) + _unread(till),
        trouble=me.trouble,
        limits=limits.look(till),
        sealed_s=limits.sealed_s(till),
    )


def _unread(till: Till) -> int:
    """Damage stands on the page for as long as it is there, as it is support's, not a manager's."""
    return len(till.unread_money()) + int(till.is_damaged)


def _seen(till: Till, ages: Mapping[str, float | None], jumped: bool, suspect: bool) -> Iterator[str]:
    """What is wrong now and has no begin in any record, as ``Facts.since`` calls it."""
    found = {
        "disk_full": room.is_full(till.folder), "clock_jumped": jumped, "clock_suspect": suspect,
        "unread": bool(till.reference.book.skipped), "powers_rest": colleagues.powers_rest(till),
    }  # fmt: skip
    yield from (name for name, so in found.items() if so)
    yield from (f"no_data {name}" for name, age in ages.items() if age is None)


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
