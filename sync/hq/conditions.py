"""How a till is, judged from what HQ knows of it: one of five states, and each reason with its figures.

A shop that is closed has its tills switched off: silence over a night is no reason to call anybody, silence of a day
is. What is a matter of minutes is only judged while the till is in contact.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sync.hq.tables import Terminal, ThroughHub, TillHealth

#: States, the sickest first. ``resting``: not in contact, for less than a day; ``off``: not enrolled, or shut out.
TROUBLE, ATTENTION, RESTING, OK, OFF = "trouble", "attention", "resting", "ok", "off"
STATES = (TROUBLE, ATTENTION, RESTING, OK, OFF)

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
#: A till asks every 30 to 90 seconds.
SILENT_MS = 10 * MINUTE
#: A business day without a word; then the time after which tills begin to lock themselves.
AWAY_MS, GONE_MS = DAY, 3 * DAY
#: Facts that wait while HQ answers: the watchdog's ten minutes; an hour is more than a hiccup.
WAITING_MS, STUCK_MS = 10 * MINUTE, HOUR
#: Of the clock: noticed, and what a till itself calls wrong.
OFFSET_MS, WRONG_OFFSET_MS = MINUTE, 5 * MINUTE
#: Of the last 20 receipts, without paper: a jammed printer, not a customer who wanted none.
UNPRINTED = 5
#: Printers that print on paper.
_PAPER = ("network",)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a till is not well. ``count``, ``ms`` and ``who`` are what the sentence says."""

    code: str
    state: str
    count: int = 0
    ms: int = 0
    who: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What HQ knows. ``last_ms``: last contact; ``incidents``: by code, and ``quarantined``: what nobody dealt with;
    ``through``: what its store's hub last brought of it.
    """

    terminal: Terminal
    now_ms: int
    last_ms: int | None
    health: TillHealth | None
    incidents: Mapping[str, int]
    quarantined: int
    through: ThroughHub | None = None

    @property
    def hub(self) -> ThroughHub | None:
        """Whom it is heard through, where that is later than its own last word: then its health is not known."""
        said_ms = self.health.at_ms if self.health else self.terminal.enrolled_ms or 0
        return self.through if self.through and self.through.at_ms - said_ms > SILENT_MS else None

    @property
    def silent_ms(self) -> int:
        """Since the last contact; since the enrolment, where there was none."""
        return self.now_ms - (self.last_ms or self.terminal.enrolled_ms or self.now_ms)


@dataclass(frozen=True, slots=True)
class Condition:
    """The worst of the reasons gives the state."""

    state: str
    reasons: tuple[Reason, ...] = ()

    @property
    def rank(self) -> tuple[int, int]:
        """To sort by: the sickest first."""
        return STATES.index(self.state), -len(self.reasons)


def judge(known: Known) -> Condition:
    """How it is."""
    if known.terminal.enrolled_ms is None:
        return Condition(OFF, (Reason("new", OFF),))
    reasons = sorted(_reasons(known), key=lambda one: STATES.index(one.state))
    if known.terminal.revoked:
        return Condition(OFF, (Reason("revoked", OFF), *(one for one in reasons if one.code == "quarantined")))
    state = reasons[0].state if reasons else OK
    if state == OK and known.silent_ms > SILENT_MS:
        return Condition(RESTING, (Reason("resting", RESTING, ms=known.silent_ms),))
    return Condition(state, tuple(reasons))


def _reasons(known: Known) -> Iterator[Reason]:
    for code, count in known.incidents.items():
        yield Reason(code, TROUBLE, count)
    if known.silent_ms > AWAY_MS:
        yield Reason("away", TROUBLE if known.silent_ms > GONE_MS else ATTENTION, ms=known.silent_ms)
    if known.quarantined:
        yield Reason("quarantined", ATTENTION, known.quarantined)
    if known.hub is not None:
        yield Reason("through_hub", ATTENTION, ms=known.now_ms - known.hub.at_ms, who=known.hub.hub)
    elif known.health is not None:
        yield from _own_words(known, known.health)


def _own_words(known: Known, health: TillHealth) -> Iterator[Reason]:
    """What the till said of itself."""
    if health.trouble == "fork" and "fork" not in known.incidents:
        yield Reason("fork", TROUBLE, 1)
    if health.unsent:
        yield from _unsent(known, health)
    offset = abs(health.offset_ms or 0)
    if health.clock_suspect or offset > OFFSET_MS:
        wrong = health.clock_suspect or offset > WRONG_OFFSET_MS
        yield Reason("clock_suspect" if health.clock_suspect else "clock", TROUBLE if wrong else ATTENTION, ms=offset)
    held = json.loads(health.held)
    if held:
        yield Reason("held", ATTENTION, len(held))
    if health.printer in _PAPER and health.unprinted >= UNPRINTED:
        yield Reason("unprinted", ATTENTION, health.unprinted)


def _unsent(known: Known, health: TillHealth) -> Iterator[Reason]:
    """Facts that wait: stuck while HQ answers, or carried along by a till that has gone silent."""
    age = known.now_ms - (health.oldest_unsent_ms or health.at_ms)
    if known.silent_ms > SILENT_MS:
        yield Reason("left_with_unsent", ATTENTION, health.unsent, age)
    elif age > WAITING_MS:
        yield Reason("unsent", TROUBLE if age > STUCK_MS else ATTENTION, health.unsent, age)
