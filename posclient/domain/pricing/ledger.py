"""What is left to pay on each line while discounts are taken off, and what took it."""

from __future__ import annotations

from collections.abc import Sequence

from posclient.domain.pricing.groups import Run
from posclient.domain.pricing.quote import GroupUnits, LineDiscount
from posclient.domain.pricing.shares import Held


class Ledger:
    """``nets``, ``qtys`` and ``discounts`` by place of the line. Used within one pricing, never kept."""

    def __init__(self, ids: Sequence[str], gross: Sequence[int], qtys: Sequence[int]) -> None:
        self.ids = ids
        self.nets = list(gross)
        self.qtys = qtys
        self.discounts: list[list[LineDiscount]] = [[] for _ in gross]
        self.groups: list[GroupUnits] = []

    def held(self, places: Sequence[int]) -> Held:
        return Held([self.nets[place] for place in places], [self.qtys[place] for place in places])

    def take(self, source: str, places: Sequence[int], amounts: Sequence[int]) -> list[int]:
        """Book ``amounts`` on ``places``; gives the places that gave anything."""
        givers = []
        for place, amount in zip(places, amounts, strict=True):
            if amount:
                self.nets[place] -= amount
                self.discounts[place].append(LineDiscount(source, amount))
                givers.append(place)
        return givers

    def note_groups(self, source: str, places: Sequence[int], runs: Sequence[Run]) -> None:
        """Keep the units of each group, so that a refund need never price again."""
        for run in runs:
            units = tuple([(self.ids[places[one.place]], one.units, one.amount) for one in run.members])
            self.groups.append(GroupUnits(source, run.times, units))
