"""售后关怀: the follow-ups that a cadence makes after a sale with a member (3315, see the glossary)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from posclient.domain.ids import derived_id


@dataclass(frozen=True, slots=True)
class CareStep:
    """``after_minutes`` from the sale; ``script`` has fields {name} {product} {store} {guide}."""

    step: str
    after_minutes: int
    name: str
    script: str


@dataclass(frozen=True, slots=True)
class Cadence:
    """A rhythm of follow-ups, edited at HQ."""

    id: str
    steps: tuple[CareStep, ...]


@dataclass(frozen=True, slots=True)
class CareTask:
    """One follow-up. HQ makes the row of the same id, which then replaces the local one."""

    id: str
    sale: str
    member: str
    owner: str
    cadence: str
    step: str
    due: datetime


def care_tasks(
    sale: str, at: datetime, member: str, own_guide: str | None, selling_guide: str | None, cadences: Sequence[Cadence]
) -> tuple[CareTask, ...]:
    """The tasks of a sale, a step once; owner the own guide, else the selling guide; none without either."""
    owner = own_guide or selling_guide
    if owner is None:
        return ()
    made: dict[str, CareTask] = {}
    for cadence in cadences:
        for step in cadence.steps:
            task = derived_id(sale, cadence.id, step.step)
            due = _due(at, step.after_minutes)
            if due is not None:
                made.setdefault(task, CareTask(task, sale, member, owner, cadence.id, step.step, due))
    return tuple(made.values())


def _due(at: datetime, minutes: int) -> datetime | None:
    """None where no calendar goes so far: a slip at HQ must not stop a sale that is paid."""
    try:
        return at + timedelta(minutes=minutes)
    except OverflowError:
        return None
