"""Follow-ups: those HQ sent, those made here, and what was done with them.

HQ's row of an id replaces the local one as soon as it includes our last fact about it (protocol.md, pull). If there is
no such row then, the follow-up is over, and was for so long that HQ has taken it out of the feed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from posclient.db.connection import Connection
from posclient.db.instants import to_ms
from posclient.db.live_cache import LiveCache
from posclient.db.own_effects import Missing, missing
from posclient.db.sales import task_row
from posclient.domain.care import CareTask

OPEN = "open"
#: States in which there is something to do; HQ calls one that was put off by its own name.
TO_DO = frozenset({OPEN, "snoozed"})
_TASK = "sale, member, owner, cadence, step, due, state"


@dataclass(frozen=True, slots=True)
class TaskState:
    """A follow-up and how it stands: open, snoozed (open with a later ``due``), done or cancelled."""

    task: CareTask
    state: str
    note: str


def due(
    cache: LiveCache, con: Connection, owner: str | None, until: datetime, most: int | None = None
) -> list[TaskState]:
    """Open follow-ups due before ``until``, the earliest first; ``owner`` None: everybody's.

    Of more than ``most`` those that are due last: what nobody did for years does not keep back what is new.
    """
    asked = (to_ms(until), owner, owner is None)
    lacks = _missing(cache, con)  # the cache may be another one each time: not while rows of it are still to be read
    theirs = cache.con.execute(
        f"SELECT key, {_TASK}, '' FROM care_task WHERE due_ms < ? AND (owner = ? OR ?) ORDER BY due_ms DESC, key DESC",  # noqa: S608
        asked,
    )
    own = con.execute(
        f"SELECT id, {_TASK}, note, fact FROM care_task WHERE due_ms < ? AND state = 'open' AND (owner = ? OR ?)"  # noqa: S608
        " ORDER BY due_ms DESC, id DESC",
        asked,
    )
    to_do = (one for one in map(_read, theirs) if one.state in TO_DO and not _counts(con, one.task.id, lacks))
    found = [*islice(to_do, most), *islice((_read(row[:-1]) for row in own if lacks.includes(row[-1])), most)]
    found.sort(key=lambda one: (to_ms(one.task.due), one.task.id))
    return found if most is None else found[-most:]


def by_id(cache: LiveCache, con: Connection, task: str) -> TaskState | None:
    """One follow-up as it stands."""
    theirs = cache.con.execute(f"SELECT key, {_TASK}, '' FROM care_task WHERE key = ?", (task,)).fetchone()  # noqa: S608
    own = con.execute(f"SELECT id, {_TASK}, note, fact FROM care_task WHERE id = ?", (task,)).fetchone()  # noqa: S608
    if own and _missing(cache, con).includes(own[-1]):
        return _read(own[:-1])
    if theirs or not own:
        return _read(theirs) if theirs else None
    known = _read(own[:-1])
    return known if known.state not in TO_DO else None


def change(con: Connection, task: CareTask, fact: int, state: str, note: str) -> None:
    """Keep what was done with a follow-up (``task.due`` is the new due of a snoozed one), in its fact's transaction."""
    row = {**task_row(task, fact), "state": state, "note": note}
    con.execute(
        f"INSERT OR REPLACE INTO care_task ({', '.join(row)}) VALUES ({', '.join(':' + name for name in row)})",  # noqa: S608
        row,
    )


def _missing(cache: LiveCache, con: Connection) -> Missing:
    """All of ours while nothing has come of the store yet."""
    seq = cache.con.execute("SELECT max(applied_seq) FROM feed_cursor WHERE feed LIKE 'store:%'").fetchone()[0]
    return Missing(0) if seq is None else missing(cache, con, seq)


def _counts(con: Connection, task: str, lacks: Missing) -> bool:
    """Is there a change of ours that HQ's row does not include?"""
    own = con.execute("SELECT fact FROM care_task WHERE id = ?", (task,)).fetchone()
    return own is not None and lacks.includes(own[0])


def _read(row: tuple[Any, ...]) -> TaskState:
    task, sale, member, owner, cadence, step, due_at, state, note = row
    return TaskState(CareTask(task, sale, member, owner, cadence, step, datetime.fromisoformat(due_at)), state, note)
