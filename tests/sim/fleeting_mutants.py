"""Faults that are over before the end, or that people see and no book does: the simulation has to find these too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from posclient.db import retention
from sync import engine
from sync.hq.clock import milliseconds
from sync.hq.database import Database
from sync.hq.feeds import heads_of
from sync.hq.following import places_of
from sync.hq.pages import Answer, Asked, Pages
from sync.hq.receiving import Receiver
from sync.hq.work import Work
from tests.sim.deaths import KilledError

Mutant = Callable[[pytest.MonkeyPatch], None]


def answered_before_the_commit(patch: pytest.MonkeyPatch) -> None:
    """HQ says what became of facts, and then does not come to write it."""
    transaction = Receiver._transaction

    def trusting(self: Receiver, *batch: Any) -> Any:
        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(Database, "write", _hasty(Database.write))
            return transaction(self, *batch)

    patch.setattr(Receiver, "_transaction", trusting)


def _hasty(write: Any) -> Any:
    """``Database.write`` that does not say when HQ died at its end."""

    @contextmanager
    def begun(database: Database, **options: bool) -> Iterator[Any]:
        done = False
        try:
            with write(database, **options) as session:
                yield session
                done = True
        except KilledError:
            if not done:
                raise

    return begun


def pages_are_read_in_two_transactions(patch: pytest.MonkeyPatch) -> None:
    """A page's head is of one moment, its rows are of the next."""

    def torn(self: Pages, asked: Sequence[Asked]) -> list[Answer | Any]:
        with self._database.read() as session:
            places = places_of(session, {one.token for one in asked}, milliseconds(self._clock))
            heads = heads_of(session, {one.feed for one in asked})
        now = self._clock.now().isoformat()
        with self._database.read() as session:
            return [self._answer(session, places.get(one.token), heads, one, now) for one in asked]

    patch.setattr(Pages, "look", torn)


def pages_are_kept_without_their_head(patch: pytest.MonkeyPatch) -> None:
    """What was read for one till is handed to the next one although the feed has moved."""
    sheet = Pages._sheet

    def stale(self: Pages, session: Any, head: Any, asked: Asked) -> Any:
        kept = vars(self).setdefault("stale", {})
        return kept.setdefault((head.name, asked.after, asked.limit), sheet(self, session, head, asked))

    patch.setattr(Pages, "_sheet", stale)


def shared_rows_are_not_published(patch: pytest.MonkeyPatch) -> None:
    """What sales change of members, coupons and stock is in HQ's tables, and nobody hears of it."""
    patch.setattr(Work, "_shared_changes", lambda _work: [])


def own_effects_count_twice(patch: pytest.MonkeyPatch) -> None:
    """HQ does not say which of a till's facts a page includes."""
    answer = Pages._answer

    def silent(self: Pages, *asked: Any) -> Any:
        found = answer(self, *asked)
        return Answer(found.terminal, found.sheet, 0, found.time) if isinstance(found, Answer) else found

    patch.setattr(Pages, "_answer", silent)


def forgotten_before_the_backup(patch: pytest.MonkeyPatch) -> None:
    """A till drops what HQ has received, and not what its backup has."""
    for name in ("_LAST", "_OLD"):
        sql: str = getattr(retention, name)
        patch.setattr(retention, name, sql.replace("min(durable_seq, ?)", "max(received_seq, ?)"))


def dropped_after_a_lost_reply(patch: pytest.MonkeyPatch) -> None:
    """A batch whose answer did not come is taken out of the outbox, where it is not the first."""
    replay = engine._replay

    def forgetful(con: Any, batch: Any, error: Any, replayed: Any) -> Any:
        if error.code == "unreachable" and batch[0].fact.seq > 2:
            ids = [one.fact.id for one in batch]
            marks = ", ".join("?" * len(ids))
            con.execute(f"DELETE FROM outbox WHERE number IN (SELECT number FROM fact WHERE id IN ({marks}))", ids)
        return replay(con, batch, error, replayed)

    patch.setattr(engine, "_replay", forgetful)


FLEETING: dict[str, Mutant] = {
    one.__name__.replace("_", " "): one
    for one in (
        answered_before_the_commit, pages_are_read_in_two_transactions, pages_are_kept_without_their_head,
        shared_rows_are_not_published, own_effects_count_twice, forgotten_before_the_backup,
        dropped_after_a_lost_reply,
    )
}  # fmt: skip
