"""Promotions over full groups of units, dearest first: buy n, the last cheaper; n for a price."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from math import lcm
from typing import ClassVar, Self

from posclient.domain.pricing.groups import Entry, OpenRun, Run, by_line, full_groups, runs_with_amounts
from posclient.domain.pricing.promotion import Promotion, read_promotion
from posclient.domain.pricing.reading import Fields
from posclient.domain.pricing.shares import Held, allot_mixed


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPromotion(Promotion):
    """What the group kinds share: their reductions come run by run."""

    @property
    @abstractmethod
    def group_size(self) -> int:
        """Units of a full group."""

    @abstractmethod
    def reductions(self, held: Held, number: int, run: OpenRun) -> list[Entry]:
        """What run ``number`` takes off each of its lines, as exact fractions."""

    def _entries(self, held: Held) -> tuple[list[OpenRun], list[Entry]]:
        runs = list(full_groups(held, self.group_size))
        return runs, [entry for n, run in enumerate(runs) for entry in self.reductions(held, n, run)]

    def parts(self, held: Held) -> list[int]:
        _, entries = self._entries(held)
        return allot_mixed(by_line(entries, len(held.nets)))

    def runs(self, held: Held, amounts: Sequence[int]) -> list[Run]:
        open_runs, entries = self._entries(held)
        return runs_with_amounts(open_runs, entries, amounts)


@dataclass(frozen=True, slots=True, kw_only=True)
class NthUnit(GroupPromotion):
    """The last (cheapest) unit of each full group of ``n`` is reduced by ``bp`` of its value."""

    kind: ClassVar[str] = "nth_unit"
    n: int
    bp: int

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(**read_promotion(fields), n=fields.integer("n", least=1), bp=fields.integer("bp", most=10000))

    @property
    def group_size(self) -> int:
        return self.n

    def reductions(self, held: Held, number: int, run: OpenRun) -> list[Entry]:
        times, members = run
        place = members[-1][0]
        return [(number, place, (held.nets[place] * self.bp * times, held.qtys[place] * 10000))]


@dataclass(frozen=True, slots=True, kw_only=True)
class BundlePrice(GroupPromotion):
    """A full group of ``size`` units worth more than ``price`` comes down to it, shared in proportion to value."""

    kind: ClassVar[str] = "bundle_price"
    size: int
    price: int

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(**read_promotion(fields), size=fields.integer("size", least=1), price=fields.integer("price"))

    @property
    def group_size(self) -> int:
        return self.size

    def reductions(self, held: Held, number: int, run: OpenRun) -> list[Entry]:
        times, members = run
        scale = lcm(*[held.qtys[place] for place, _ in members])
        worths = [units * held.nets[place] * (scale // held.qtys[place]) for place, units in members]
        worth = sum(worths)  # of one group, in 1 / scale fen
        excess = worth - self.price * scale
        if excess <= 0:
            return []
        return [
            (number, place, (times * part * excess, scale * worth))
            for (place, _), part in zip(members, worths, strict=True)
        ]
