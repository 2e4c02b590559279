"""The order promotion: spend so much, save so much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from posclient.domain.pricing.promotion import Promotion, read_promotion
from posclient.domain.pricing.reading import BadBasket, Fields
from posclient.domain.pricing.shares import Held, share


@dataclass(frozen=True, slots=True)
class Step:
    """From a spend of ``spend`` fen, ``save`` fen are taken off."""

    spend: int
    save: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendSave(Promotion):
    """The highest step that the spend reaches; with ``repeat`` (one step only) once per full ``spend``."""

    kind: ClassVar[str] = "spend_save"
    order_wide: ClassVar[bool] = True
    steps: tuple[Step, ...]
    repeat: bool = False

    @classmethod
    def read(cls, fields: Fields) -> Self:
        steps = _read_steps(fields)
        repeat = fields.flag("repeat")
        if repeat and len(steps) > 1:
            raise fields.bad("one_step_only", "repeat")
        return cls(**read_promotion(fields), steps=steps, repeat=repeat)

    def saved(self, spend: int) -> int:
        """What a spend saves, at most itself."""
        reached = [step for step in self.steps if step.spend <= spend]
        if not reached:
            return 0
        best = max(reached, key=lambda step: step.spend)
        return min(spend, best.save * (spend // best.spend if self.repeat else 1))

    def parts(self, held: Held) -> list[int]:
        return share(held, self.saved(held.spend))


def _read_steps(fields: Fields) -> tuple[Step, ...]:
    found: dict[int, Step] = {}
    for step in fields.objects("steps", required=True):
        spend = step.integer("spend", least=1)
        if spend in found:
            raise BadBasket("duplicate", step.path("spend"))
        found[spend] = Step(spend, step.integer("save"))
    if not found:
        raise fields.bad("empty", "steps")
    return tuple(found.values())
