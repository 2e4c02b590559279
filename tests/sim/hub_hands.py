"""People at a till of a store with a hub: what its window knows of the line, whom it asks, and a cart left open."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from posclient.actions import checkout, holding, status
from posclient.actions.views import CartView
from sync.asking import HoldReply, HoldRequest
from tests.sim.till_hands import TillHands

if TYPE_CHECKING:
    from tests.sim.hub_world import StoreTill


class StoreHands(TillHands):
    """Most customers are the one whose coupons the store leases."""

    customers = ("M2", "M2", "M2", "M1", "M3")
    _granted: frozenset[str] = frozenset()

    def __init__(self, till: StoreTill, chance: Random) -> None:
        self.of = till
        super().__init__(till.folder, till.clock, till.own, chance, till.world.note, till.line)

    def line_changed(self) -> None:
        """As the last cycle left it."""
        report = self.of.report
        if report is None:
            super().line_changed()
            return
        status.status(self.reader)
        hub = report.hub is not None and report.hub.state in {"through_hub", "is_hub"}
        holding.line_changed(self.till, online=report.error is None, hub=hub)

    def hold(self, request: HoldRequest) -> HoldReply:
        return self.line().hold(request) if self.till.online else self.of.hold_at_hub(request)

    def leave_open(self) -> None:
        """The customer has gone for their purse: the cart and its coupons wait, perhaps with payment open."""
        self.log_in()
        self.line_changed()
        if not checkout.view(self.till).paying:
            self.fill()
            if self.chance.random() < 0.5:
                self.thoughts.open_payment()
            self.note(self.folder.name, "waits")

    def paid(self, *, now: bool) -> None:
        """By the hub's word, or by the lease alone: where the hub is gone, or did not answer, or its word is over and
        all was paid before.
        """
        selling, asked, at = self.till.selling, self.till.hub and now, self.till.now()
        given = {one for one, until in selling.grants.lasting().items() if asked or at < until}
        self._granted = frozenset(given - set(selling.refused))

    def finish(self, view: CartView) -> None:
        self._granted = frozenset()
        super().finish(view)
        if self._granted:
            self.of.world.books.sold(self.of, self.told[-1], self._granted)
