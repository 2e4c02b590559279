"""The best permitted set of coupons, exactly: branch and bound over the order in which coupons are taken off.

Many coupons in few sets go to ``blocks``; this is for the others. A branch is a set so far; its children add one later
coupon. Four things keep the tree small, and lose nothing:

- What a coupon takes off only falls while nets fall. So what it took in an earlier branch bounds what it takes here,
  and the best ``slots`` of those bounds, within the rooms of the groups, bound the branch (``ceilings.best_within``).
- A linear bound sees how exchanges and percentages get into each other's way (``linear.Linear``).
- Of coupons with the same effect and group that nothing between them tells apart, the best come first (``equals``).
- A branch that comes later to the same nets with the same freedom and a lower score is dropped (``State.seen``).
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

from posclient.domain.pricing.candidates import Candidates, Option, State, Weights
from posclient.domain.pricing.ceilings import Partners, best_within
from posclient.domain.pricing.chain import Chain, chained, in_order
from posclient.domain.pricing.equals import Equals
from posclient.domain.pricing.linear import Linear
from posclient.domain.pricing.plausible import plausible_count
from posclient.domain.pricing.reach import FEWEST, within_reach
from posclient.domain.pricing.shares import Held


@dataclass(slots=True)
class Branch:
    """A set so far: ``state`` after it, ``last`` of it (-1: none). ``options`` may follow, best first."""

    state: State
    last: int
    options: list[Option]
    slots: int
    room: tuple[int, ...]
    score: int
    chosen: Chain
    #: The linear bound, set up at a state on the way (``_bound``), and what the chosen ones took off or weigh in it.
    bound: Weights
    weight: float
    #: What can still be taken off at most.
    headroom: int


@dataclass(slots=True)
class Plan:
    """A branch to be: ``parent`` and the option at ``place``. Most plans are never carried out."""

    ceiling: int
    parent: Branch
    options: list[Option]
    place: int


@dataclass(frozen=True, slots=True)
class Taking:
    """A chosen candidate, its lines as it found them, and what each of them gave."""

    candidate: int
    held: Held
    amounts: Sequence[int]


class Search:
    """One search of the best permitted set."""

    def __init__(self, candidates: Candidates, nets: tuple[int, ...]) -> None:
        self._candidates = candidates
        self._best = 0
        self._chosen: Chain = None
        self._start = State(candidates, nets, {})
        #: What each candidate takes off first of all.
        self.taken = taken = [self._start.taken(effect) for effect in candidates.effect]
        self._alone(taken)
        self._equals = Equals(candidates)
        self._plans: list[Plan] = []
        options = [(candidates.score(n, fen), n) for n, fen in enumerate(taken) if not candidates.coupons[n].exclusive]
        options = [one for one in options if self._possible(one)]
        many = self._many(options)
        if many and within_reach(candidates, many):
            self._look_through(many)
        else:
            together = [0 if one.exclusive else fen for fen, one in zip(taken, candidates.coupons, strict=True)]
            self._linear = Linear(candidates, nets, together)
            if not self._settled_by_fewer():
                self._grow(self._root(sorted(options, reverse=True)))

    def _many(self, options: list[Option]) -> list[int]:
        """The candidates that may be together, if they are many, without those that equals stand for."""
        if len(options) < FEWEST:
            return []
        return [n for _, n in self._equals.thinned(options, self._candidates.slots, self._candidates.room)]

    def _look_through(self, chosen: list[int]) -> None:
        """All sets of the candidates ``chosen``."""
        from posclient.domain.pricing.blocks import Blocks  # its arrays take a while to load, and few sales need them

        alone = in_order(self._chosen)
        face = sum([self._candidates.coupons[n].face for n in alone])
        blocks = Blocks(self._candidates, chosen)
        fen, numbers = blocks.run(self._start.nets, self._candidates.fen(self._best), len(alone), face)
        if numbers:
            self._offer(self._candidates.set_score(numbers, fen), chained(numbers))

    def _settled_by_fewer(self) -> bool:
        """Do as few coupons as a plausible set has take off all that any set can? Then with more they are no better."""
        candidates, nets = self._candidates, tuple(self._start.nets)
        if not (candidates.whole and self._linear.helps):
            return False
        count = plausible_count(candidates, self._start)
        if count >= candidates.slots:
            return False
        fewer = copy(candidates)
        fewer.slots = count
        search = Search(fewer, nets)
        search.run()
        self._offer(search._best, search._chosen)
        return candidates.fen(self._best) >= self._linear.most(nets)

    def run(self) -> list[Taking]:
        """The chosen coupons in the order taken off."""
        while self._plans:
            plan = self._plans.pop()
            if plan.ceiling > self._best:
                self._grow(self._branch(plan))
        return self._takings(in_order(self._chosen))

    def _takings(self, chosen: list[int]) -> list[Taking]:
        state, found = self._start, []
        for n in chosen:
            effect = self._candidates.effect[n]
            found.append(Taking(n, state.held(self._candidates.scope(n)), state.parts(effect)))
            state = state.after(effect)
        return found

    def _root(self, options: list[Option]) -> Branch:
        candidates = self._candidates
        headroom = candidates.headroom + candidates.bonuses
        return Branch(
            self._start,
            -1,
            options,
            candidates.slots,
            candidates.room,
            0,
            None,
            self._bound(self._start),
            0.0,
            headroom,
        )

    def _alone(self, taken: list[int]) -> None:
        """Exclusive coupons are sets of their own."""
        for n, coupon in enumerate(self._candidates.coupons):
            if coupon.exclusive and self._candidates.slots and self._candidates.room[self._candidates.group[n]]:
                self._offer(self._candidates.score(n, taken[n]), (n, None))

    def _offer(self, score: int, chosen: Chain) -> None:
        if score > self._best:
            self._best, self._chosen = score, chosen

    def _possible(self, option: Option) -> bool:
        """Does it take anything off (or is pinned), and has its group any room?"""
        return option[0] > 0 and self._candidates.room[self._candidates.group[option[1]]] > 0

    def _grow(self, branch: Branch) -> None:
        if self._seen_better(branch):
            return
        self._offer(branch.score, branch.chosen)
        if not branch.slots:
            return
        options = self._first_look(branch)
        top = best_within(options, branch.slots, branch.room, self._candidates.group)
        if not top or branch.score + self._ceiling(top, options, branch) <= self._best:
            return
        if branch.slots == 1:
            self._offer(branch.score + top[0][0], (top[0][1], branch.chosen))
            return
        need = self._best - branch.score - sum([score for score, _ in top[: branch.slots - 1]])
        contenders = self._contenders(branch.state, options, need)
        if self._linear.helps:
            contenders = self._under_linear(contenders, branch)
        self._plan(branch, self._equals.thinned(contenders, branch.slots, branch.room))

    def _seen_better(self, branch: Branch) -> bool:
        """Has a branch with no later last coupon and no lower score come to the same nets with the same freedom?"""
        group = self._candidates.group
        present = {group[n] for _, n in branch.options}
        free = tuple([room if number in present else -1 for number, room in enumerate(branch.room)])
        seen = branch.state.seen.setdefault((branch.slots, free), [])
        if any(last <= branch.last and score >= branch.score for last, score in seen):
            return True
        seen.append((branch.last, branch.score))
        return False

    def _fresh(self, state: State, option: Option) -> int:
        n = option[1]
        return self._candidates.score(n, state.taken(self._candidates.effect[n]))

    def _first_look(self, branch: Branch) -> list[Option]:
        """The options, best first, of which at least the first ``slots`` are worked out anew."""
        fresh: list[Option] = []
        for looked, option in enumerate(branch.options):
            if len(fresh) >= branch.slots and fresh[-branch.slots][0] >= option[0]:
                return sorted(fresh + branch.options[looked:], reverse=True)
            score = self._fresh(branch.state, option)
            if score > 0:
                insort(fresh, (score, option[1]))
        return fresh[::-1]

    def _ceiling(self, top: list[Option], options: list[Option], branch: Branch) -> int:
        """The most that ``options`` can add: the sum of ``top``; or, if that is more than there is, all there is."""
        total = sum([score for score, _ in top])
        if self._candidates.fen(total) <= branch.headroom:
            return total
        return min(total, self._candidates.all_of(branch.headroom, top, options, branch.slots))

    def _contenders(self, state: State, options: list[Option], need: int) -> list[Option]:
        """Those that can be part of a better set, worked out anew. ``need``: what one must add beside the others."""
        found = []
        for option in options:
            if option[0] <= need:
                break
            score = self._fresh(state, option)
            if score > need and score > 0:
                found.append((score, option[1]))
        return found

    def _under_linear(self, options: list[Option], branch: Branch) -> list[Option]:
        """Those that can be part of a better set, by the linear bound."""
        weights = branch.bound.weights
        ranked = sorted([(weights[n], n) for _, n in options], reverse=True)
        partners = best_within(ranked, branch.slots - 1, branch.room, self._candidates.group)
        others = branch.bound.base + branch.weight + sum([one for one, _ in partners])
        least = (self._best >> self._candidates.shift) - others
        return [option for option in options if weights[option[1]] >= least]

    def _plan(self, branch: Branch, options: list[Option]) -> None:
        """A plan for each option, the most promising last: it is carried out first."""
        ceilings = self._ceilings(branch, options)
        self._plans += [
            Plan(ceilings[place], branch, options, place)
            for place in sorted(self._equals.leading(options, branch.last), key=ceilings.__getitem__)
            if ceilings[place] > self._best
        ]

    def _ceilings(self, branch: Branch, options: list[Option]) -> list[int]:
        """The most that a set with each option, and later ones, can come to."""
        group = self._candidates.group
        partners: Partners[int] = Partners(branch.slots - 1, branch.room)
        found = []
        for score, n in reversed(options):
            found.append(branch.score + score + partners.beside(group[n]))
            partners.add(score, group[n])
        found.reverse()
        return list(map(min, found, self._linear_ceilings(branch, options))) if self._linear.helps else found

    def _linear_ceilings(self, branch: Branch, options: list[Option]) -> list[int]:
        """The same by the linear bound."""
        group, shift, weights = self._candidates.group, self._candidates.shift, branch.bound.weights
        partners: Partners[float] = Partners(branch.slots - 1, branch.room)
        start = branch.bound.base + branch.weight
        found = []
        for _, n in reversed(options):
            found.append(int(start + weights[n] + partners.beside(group[n])) << shift)
            partners.add(weights[n], group[n])
        return found[::-1]

    def _branch(self, plan: Plan) -> Branch:
        candidates, parent = self._candidates, plan.parent
        score, n = plan.options[plan.place]
        group = candidates.group[n]
        room = parent.room
        later = plan.options[plan.place + 1 :]
        if group >= 0:
            room = (*room[:group], room[group] - 1, *room[group + 1 :])
            if not room[group]:
                later = [one for one in later if candidates.group[one[1]] != group]
        later.sort(reverse=True)
        state = parent.state.after(candidates.effect[n])
        total = parent.score + score
        bound, weight = parent.bound, parent.weight + parent.bound.weights[n]
        if self._linear.helps and candidates.coupons[n].unit_price is not None:
            # What an exchange took is no longer there for percentages: the bound falls by more than its weight.
            bound, weight = self._bound(state), float(candidates.fen(total))
        return Branch(
            state, n, later, parent.slots - 1, room, total, (n, parent.chosen), bound, weight,
            parent.headroom - candidates.fen(score),
        )  # fmt: skip

    def _bound(self, state: State) -> Weights:
        if state.bound is None:
            state.bound = self._linear.at(state.nets)
        return state.bound
