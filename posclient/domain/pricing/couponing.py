"""Step 3: which coupons are usable, which of them are chosen, and why the others are not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from posclient.domain.pricing.basket import Basket
from posclient.domain.pricing.candidates import Candidates, Usable
from posclient.domain.pricing.choosing import Search, Taking
from posclient.domain.pricing.coupon import Coupon
from posclient.domain.pricing.ledger import Ledger
from posclient.domain.pricing.offer import TagIndex
from posclient.domain.pricing.quote import Unused
from posclient.domain.pricing.reading import BadBasket


class Couponing:
    """``used``: ids in the order taken off. ``unused``: the others with their reasons, by id."""

    def __init__(self, basket: Basket, ledger: Ledger, index: TagIndex, touched: AbstractSet[int]) -> None:
        self._basket = basket
        self._ledger = ledger
        self._index = index
        self._touched = touched
        self._reasons: dict[str, Unused] = {}
        self.used: list[str] = []
        usable = [found for coupon in basket.coupons if (found := self._usable(coupon))]
        usable.sort(key=lambda one: (one[0].turn, one[0].id))
        _check_pins(basket, [coupon for coupon, _ in usable if coupon.pinned])
        if usable:
            self._choose(usable)
        used = set(self.used)
        self.unused = [self._reasons[id_] for id_ in sorted(self._reasons) if id_ not in used]

    def _usable(self, coupon: Coupon) -> Usable | None:
        """A coupon with its lines; or None, with the first reason that fits."""
        if coupon.excluded:
            return self._refused(coupon, "excluded")
        if not coupon.live(self._basket.at, self._basket.store):
            return self._refused(coupon, "not_live")
        places = self._index.scope(coupon)
        if not coupon.with_promotions:
            places = tuple([place for place in places if place not in self._touched])
        if not places:
            return self._refused(coupon, "no_line")
        missing = coupon.min_spend - sum([self._ledger.nets[place] for place in places])
        if missing > 0:
            return self._refused(coupon, "min_spend", missing)
        return coupon, places

    def _refused(self, coupon: Coupon, reason: str, missing: int | None = None) -> Usable | None:
        self._reasons[coupon.id] = Unused(coupon.id, reason, missing)
        return None

    def _choose(self, usable: Sequence[Usable]) -> None:
        rules = self._basket.rules
        nets = tuple(self._ledger.nets)
        candidates = Candidates(usable, nets, self._ledger.qtys, rules.max_coupons, rules.group_max)
        search = Search(candidates, nets)
        for (coupon, _), taken in zip(usable, search.taken, strict=True):
            self._refused(coupon, "worse" if taken else "no_effect")  # unless it is used
        for taking in search.run():
            self._take(*usable[taking.candidate], taking)

    def _take(self, coupon: Coupon, places: Sequence[int], taking: Taking) -> None:
        source = f"coupon:{coupon.id}"
        if self._ledger.take(source, places, taking.amounts):
            self.used.append(coupon.id)
            self._ledger.note_groups(source, places, coupon.runs(taking.held, taking.amounts))
        else:  # pinned, and others have left nothing for it
            self._refused(coupon, "no_effect")


def _check_pins(basket: Basket, pinned: Sequence[Coupon]) -> None:
    """Is there a permitted set that holds every pinned usable coupon? Else ``BadBasket`` names the first too many."""
    groups: Counter[str] = Counter()
    for count, coupon in enumerate(pinned, start=1):
        if coupon.group is not None:
            groups[coupon.group] += 1
        alone = count == 1 or not (coupon.exclusive or pinned[0].exclusive)
        room = coupon.group is None or groups[coupon.group] <= basket.rules.group_max.get(coupon.group, 1)
        if count > basket.rules.max_coupons or not alone or not room:
            place = basket.coupons.index(coupon)
            raise BadBasket("impossible_pin", f"coupons[{place}].pinned")
