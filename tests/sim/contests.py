"""One coupon in two stores, the way that a settlement is about: a manager lets it through where HQ is out of reach,
and HQ, which has not heard of that, holds it for another till.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from posclient.actions import checkout, holding
from posclient.errors import InputError, NotFound
from tests.sim.chain_to_copy import SKUS

if TYPE_CHECKING:
    from tests.sim.world import Till, World

#: A member whose coupons are nobody's to use without HQ, and the one that managers let through by their cap.
WHO, WHAT = "M1", "K0"


def play(world: World, chance: Random) -> None:
    """Whoever had no right to it may be heard first."""
    one, other = chance.sample(list(world.tills.values()), 2)
    other.do(other.sync)
    one.do(partial(_sell, one, online=False))
    other.do(partial(_sell, other, online=True))
    for till in (one, other):
        till.do(till.sync)


def _sell(till: Till, *, online: bool) -> None:
    """A sale to that member, unless a payment is open."""
    hands = till.hands
    hands.log_in()
    if checkout.view(hands.till).paying:
        return
    with suppress(NotFound):  # a store that has not loaded them
        checkout.set_member(hands.till, WHO)
    checkout.add(hands.till, SKUS[0])
    holding.line_changed(hands.till, online=online)
    if online:
        hands.ask(checkout.view(hands.till))
        with suppress(NotFound, InputError):  # used before
            checkout.choose_coupon(hands.till, WHAT, "pinned")
    else:
        hands.thoughts.lets_through()
    hands.finish(hands.thoughts.open_payment())
