"""Coupons that do the same: a member holds many, and all but the order of expiry makes no difference between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from operator import itemgetter

from posclient.domain.pricing.candidates import Candidates, Option

#: (effect, group): candidates with both equal can stand for each other, and the one with the lower cost is better.
Kind = tuple[int, int]


class Equals:
    """Leaves options out of the search that a better equal can always stand for."""

    def __init__(self, candidates: Candidates) -> None:
        self._costs = candidates.costs
        self._kinds: list[Kind] = list(zip(candidates.effect, candidates.group, strict=True))
        self._scope_of_effect = [scope for _, scope in candidates.effects]
        self._scopes = candidates.scopes
        self._meeting: dict[int, set[int]] = {}

    def thinned(self, options: list[Option], slots: int, room: Sequence[int]) -> list[Option]:
        """By candidate, without those of which enough better equals stand where nothing tells them apart."""
        options.sort(key=itemgetter(1))
        counts = Counter([self._kinds[n] for _, n in options])
        dropped: set[Option] = set()
        for kind, count in counts.items():
            most = min(slots, room[kind[1]])
            if count > most:
                for equals in self._interchangeable(options, kind):
                    dropped.update(sorted(equals, reverse=True)[most:])
        return [option for option in options if option not in dropped] if dropped else options

    def _interchangeable(self, options: list[Option], kind: Kind) -> list[list[Option]]:
        """The options of a kind, parted where one of another effect on any of their lines stands between them."""
        meeting = self._meeting_with(self._scope_of_effect[kind[0]])
        found: list[list[Option]] = [[]]
        for option in options:
            other = self._kinds[option[1]]
            if other == kind:
                found[-1].append(option)
            elif other[0] != kind[0] and self._scope_of_effect[other[0]] in meeting:
                found.append([])
        return found

    def _meeting_with(self, scope: int) -> set[int]:
        """Numbers of the scopes that share lines with a scope."""
        found = self._meeting.get(scope)
        if found is None:
            places = set(self._scopes[scope])
            found = {number for number, others in enumerate(self._scopes) if not places.isdisjoint(others)}
            self._meeting[scope] = found
        return found

    def leading(self, options: list[Option], last: int) -> list[int]:
        """Places of the options worth taking next after ``last`` (-1: nothing).

        Coupons of one effect change places freely where none between is taken. So nothing is taken next after a cheaper
        equal that is left out, and no equal cheaper than the last one is left out next to it. Equal: of the same effect
        and group, or without a group, which goes wherever the other went.
        """
        cheapest: dict[Kind, int] = {}
        found = []
        for place, (_, n) in enumerate(options):
            kind, cost = self._kinds[n], self._costs[n]
            if cost < min(cheapest.get(kind, cost + 1), cheapest.get((kind[0], -1), cost + 1)):
                cheapest[kind] = cost
                found.append(place)
            if last >= 0 and cost < self._costs[last] and self._stands_for(kind, self._kinds[last]):
                break
        return found

    @staticmethod
    def _stands_for(kind: Kind, other: Kind) -> bool:
        return kind[0] == other[0] and kind[1] in (other[1], -1)
