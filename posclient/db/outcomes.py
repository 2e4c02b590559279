"""What HQ decided about facts of ours that met a conflict or that it could not read (protocol.md, push; settlement).

It comes in two ways: as the answer to a push, and as a row of the terminal's feed, which says more. What a manager has
seen is kept in till.db, so it stays seen over restarts and new caches.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from posclient.db.connection import Connection
from posclient.db.instants import to_ms
from posclient.db.live_cache import LiveCache

_ANSWERED = (
    "SELECT id, code FROM outbox JOIN fact USING (number) WHERE outcome IN ('applied_with_exception', 'quarantined')"
    " AND code IS NOT NULL AND NOT EXISTS (SELECT 1 FROM outcome_seen AS seen WHERE seen.fact = id)"
    " ORDER BY number DESC LIMIT ?"
)
_TOLD = "SELECT key, code, detail FROM fact_outcome ORDER BY version DESC"
_ABOUT = (
    "SELECT kind, at_ms, coalesce(outbox.amount, total, 0), outcome, coalesce(receipt, '')"
    # the outbox row of an old fact is gone (``retention``)
    " FROM fact LEFT JOIN outbox USING (number) LEFT JOIN sale ON sale.id = fact.id WHERE fact.id = ?"
)


@dataclass(frozen=True, slots=True)
class Decided:
    """HQ's ``code`` for a fact; ``detail`` as it sent it. ``kind``, ``at_ms`` and ``amount`` (fen) are the fact's own,
    empty where it was made by an earlier data folder; ``receipt`` is the number of its slip, if it has one.
    ``quarantined``: HQ keeps it aside, unread.
    """

    fact: str
    code: str
    detail: Mapping[str, Any]
    kind: str = ""
    at_ms: int | None = None
    amount: int = 0
    quarantined: bool = False
    receipt: str = ""


def unseen_of(con: Connection, found: Iterable[Decided]) -> tuple[Decided, ...]:
    """Those of ``found`` that no manager has seen yet."""
    seen = _seen(con)
    return tuple(one for one in found if (one.fact, one.code) not in seen)


def unseen(cache: LiveCache, con: Connection, most: int) -> list[Decided]:
    """What no manager has seen yet, newest first."""
    seen = _seen(con)
    told: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for fact, code, detail in cache.con.execute(_TOLD):
        if (fact, code) not in seen:
            told[fact] = (code, json.loads(detail))
        if len(told) == most:
            break
    for fact, code in con.execute(_ANSWERED, (most,)):
        told.setdefault(fact, (code, {}))
    found = [_about(con, fact, code, detail) for fact, (code, detail) in told.items()]
    return sorted(found, key=lambda one: one.at_ms or 0, reverse=True)[:most]


def mark_seen(con: Connection, decided: Iterable[tuple[str, str]], staff: str, now: datetime) -> None:
    """Fact and code of what ``staff`` has seen, in the caller's transaction; twice does no harm."""
    rows = [(fact, code, staff, to_ms(now)) for fact, code in decided]
    con.executemany("INSERT OR IGNORE INTO outcome_seen (fact, code, staff, at_ms) VALUES (?, ?, ?, ?)", rows)


def _seen(con: Connection) -> set[tuple[str, str]]:
    return {(fact, code) for fact, code in con.execute("SELECT fact, code FROM outcome_seen")}


def _about(con: Connection, fact: str, code: str, detail: Mapping[str, Any]) -> Decided:
    row = con.execute(_ABOUT, (fact,)).fetchone()
    if row is None:
        return Decided(fact, code, detail)
    kind, at_ms, amount, outcome, receipt = row
    return Decided(fact, code, detail, kind, at_ms, amount, outcome == "quarantined", receipt)
