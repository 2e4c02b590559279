"""Facts of a kind that an older HQ did not know count once this program knows it (protocol.md, push).

Tills may be newer than their HQ for weeks. What they sent of a new kind, or of a later version of one, lies in
quarantine then, in any number; people need not try each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from sqlalchemy import String, cast, exists
from sqlmodel import and_, col, or_, select

from posclient.domain.ids import Clock
from posclient.errors import InputError, NotFound
from sync.hq.bodies import READERS
from sync.hq.console_tables import ConsoleAct
from sync.hq.database import Database
from sync.hq.fact_tables import Quarantine
from sync.hq.handling import PROGRAM, RETRY, is_open
from sync.hq.identity import own_keys
from sync.hq.repairing import try_again

#: Facts between two pauses.
AT_ONCE = 20


def take_up(database: Database, clock: Clock, pause: Callable[[], bool]) -> int:
    """One round; how many count now. ``pause`` lets others write; True: it is enough for now.

    Each is tried once, in the order in which they came. One that cannot be applied all the same is for a person.
    """
    waiting, done = _waiting(database), 0
    if not waiting:
        return 0
    with database.write(patient=True) as session:
        keys = own_keys(session, clock)
    for place, number in enumerate(waiting):
        if place % AT_ONCE == AT_ONCE - 1 and pause():
            break
        with suppress(InputError, NotFound):  # somebody was quicker
            done += try_again(database, clock, keys, PROGRAM, number).outcome != "quarantined"
    return done


def _waiting(database: Database) -> Sequence[int]:
    """Rows in quarantine of kinds that are known by now, which nobody has dealt with."""
    known = [and_(Quarantine.kind == kind, Quarantine.kind_version == version) for kind, version in READERS]
    tried = exists().where(
        col(ConsoleAct.act) == RETRY, col(ConsoleAct.administrator) == PROGRAM,
        col(ConsoleAct.subject) == cast(col(Quarantine.number), String),
    )  # fmt: skip
    wanted = select(col(Quarantine.number)).where(
        Quarantine.code == "unknown_kind", or_(*known), is_open("quarantine"), ~tried
    )
    with database.read() as session:
        return [number for number in session.exec(wanted.order_by(col(Quarantine.number))) if number is not None]
