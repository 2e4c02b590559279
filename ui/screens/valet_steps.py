"""What the valet screen asks of the till, run in its threads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from posclient.actions.till import Till
    from posclient.actions.views import ValetGrid, ValetOrderView
    from posclient.domain.valet import Address


@dataclass(frozen=True, slots=True)
class Draft:
    """The order as it is on screen. ``address`` None: to this store, for the customer to fetch. ``expected``: the place
    that stands there.
    """

    sku: str
    qty: int
    member: str | None
    discount: int
    guide: str
    address: Address | None = None
    expected: str | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """What a draft costs (fen, before and after the discount) and what of the guide's allowance is left this month."""

    price: int
    total: int
    allowance: int
    steps: tuple[int, ...]

    @property
    def allowed(self) -> tuple[int, ...]:
        """The steps that are within it, and within the price: an order of less than nothing is refused."""
        return tuple(step for step in self.steps if step <= min(self.allowance, self.price))


def find(till: Till, text: str) -> str | None:
    """The SKU of a product code, or nothing."""
    from posclient.actions import valet

    return valet.find(till, text)


def grid(till: Till, sku: str) -> ValetGrid:
    """The style of ``sku`` by colour and size."""
    from posclient.actions import valet

    return valet.grid(till, sku)


def offer(till: Till, draft: Draft) -> Offer:
    """Price the draft."""
    from posclient.actions import valet

    price, total = (valet.quote(till, ((draft.sku, draft.qty),), draft.member, off) for off in (0, draft.discount))
    return Offer(price, total, valet.allowance(till, draft.guide), valet.discount_steps(till))


def place(till: Till, draft: Draft) -> ValetOrderView:
    """Submit: recorded here first, queued for HQ."""
    from posclient.actions import valet

    lines = ((draft.sku, draft.qty),)
    return valet.place(till, lines, draft.member, draft.address, draft.discount, draft.guide, draft.expected)


def orders(till: Till) -> tuple[ValetOrderView, ...]:
    """The newest first; HQ's answers that nobody has seen are marked."""
    from posclient.actions import valet

    return valet.orders(till, 50)


def order(till: Till, order_id: str) -> ValetOrderView:
    """How one of them stands."""
    from posclient.actions import valet

    return valet.order(till, order_id)


def acknowledge(till: Till, order: str) -> tuple[ValetOrderView, ...]:
    """The guide has seen HQ's answer."""
    from posclient.actions import valet

    valet.acknowledge(till, order)
    return valet.orders(till, 50)
