"""All tills with what HQ knows of each, the sickest first: for whoever looks after thousands of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from sync.hq.chain_tables import StoreRow
from sync.hq.conditions import Condition, Known, judge
from sync.hq.fact_tables import Backup, Incident, Quarantine
from sync.hq.handling import is_open
from sync.hq.last_contacts import LastContacts
from sync.hq.tables import Chain, Terminal, ThroughHub, TillHealth


@dataclass(frozen=True, slots=True)
class TillLook:
    """One till. ``durable``: of what was ``received``, in HQ's backup; ``head``: hash of the last fact, hex;
    ``through``: the hub through which alone it is heard.
    """

    terminal: Terminal
    store_name: str
    last_ms: int | None
    health: TillHealth | None
    received: int
    durable: int
    head: str
    incidents: Mapping[str, int]
    quarantined: int
    listening: bool
    through: ThroughHub | None
    condition: Condition

    @property
    def id(self) -> str:
        return self.terminal.id

    @property
    def program(self) -> str:
        """As it says now, else as it said when it was enrolled."""
        return self.health.program if self.health and self.health.program else self.terminal.version


def all_tills(
    session: Session, now_ms: int, contacts: LastContacts, healths: Mapping[str, TillHealth],
    listening: Collection[str] = (),
) -> list[TillLook]:  # fmt: skip
    """Every till, the sickest first, then by store and slot. ``listening``: who has a stream of news open."""
    stores = dict(session.execute(select(StoreRow.id, StoreRow.name)).all())
    chains = {(one.terminal, one.incarnation): one for one in session.execute(select(Chain)).scalars()}
    backed_up = session.execute(select(Backup.number).limit(1)).first() is not None
    incidents = _incidents(session)
    aside = _quarantined(session)
    brought = {one.terminal: one for one in session.execute(select(ThroughHub)).scalars()}
    looks = []
    for terminal in session.execute(select(Terminal)).scalars():
        health = healths.get(terminal.id)
        # a till that only reads at another HQ process has said so at least
        last_ms = max(contacts.last(terminal.id, terminal.seen_ms) or 0, health.at_ms if health else 0) or None
        known = Known(
            terminal,
            now_ms,
            last_ms,
            health,
            incidents[terminal.id],
            aside.get(terminal.id, 0),
            brought.get(terminal.id),
        )
        chain = chains.get((terminal.id, terminal.incarnation or ""))
        received = chain.received_seq if chain else 0
        looks.append(
            TillLook(
                terminal, stores.get(terminal.store, ""), last_ms, known.health, received,
                min(chain.durable_seq, received) if chain and backed_up else received, chain.head if chain else "",
                known.incidents, known.quarantined, terminal.id in listening, known.hub,
                judge(known),
            )
        )  # fmt: skip
    return sorted(looks, key=lambda one: (one.condition.rank, one.terminal.store, one.terminal.slot))


def _incidents(session: Session) -> defaultdict[str, Counter[str]]:
    """Open ones by terminal and code."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    grouped = select(Incident.terminal, Incident.code, func.count()).where(is_open("incident"))
    for terminal, code, count in session.execute(grouped.group_by(Incident.terminal, Incident.code)):
        found[terminal][code] = count
    return found


def _quarantined(session: Session) -> dict[str, int]:
    """How many facts in quarantine wait for a person, by terminal; some codes have their incident already."""
    wanted = (is_open("quarantine"), col(Quarantine.code).not_in(("fork", "bad_hash")))
    grouped = select(Quarantine.terminal, func.count()).where(*wanted)
    return dict(session.execute(grouped.group_by(Quarantine.terminal)).all())
