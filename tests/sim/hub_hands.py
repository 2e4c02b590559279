"""People at a till of a store with a hub: what its window knows of the line, whom it asks, and a cart left open."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from posclient.actions import checkout, holding
from posclient.actions.views import CartView
from sync.asking import HoldReply, HoldRequest
from tests.sim.till_hands import TillHands

if TYPE_CHECKING:
    from tests.sim.hub_world import StoreTill


class StoreHands(TillHands):
    """Most customers are the one whose coupons the store leases."""

    customers = ("M2", "M2", "M2", "M1", "M3")

    def __init__(self, till: StoreTill, chance: Random) -> None:
        self.of = till
        super().__init__(till.folder, till.clock, till.own, chance, till.world.note, till.line)

    def line_changed(self) -> None:
        """As the last cycle left it."""
        report = self.of.report
        if report is None:
            super().line_changed()
            return
        hub = report.hub is not None and report.hub.state in {"through_hub", "is_hub"}
        holding.line_changed(self.till, online=report.error is None, hub=hub)

    def hold(self, request: HoldRequest) -> HoldReply:
        return self.line().hold(request) if self.till.online else self.of.hold_at_hub(request)

    def leave_open(self) -> None:
        """The customer has gone for their purse: the cart and its coupons wait."""
        self.log_in()
        self.line_changed()
        if not checkout.view(self.till).paying:
            self.fill()
            self.note(self.folder.name, "waits")

    def finish(self, view: CartView) -> None:
        selling = self.till.selling
        granted = set(selling.granted) - set(selling.refused)  # where the hub is gone, the lease alone counts
        super().finish(view)
        if granted:
            self.of.world.books.sold(self.of, self.told[-1], granted)
