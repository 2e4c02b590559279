"""What people do at a till, by public actions; and what they were told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random

from posclient.actions import care, checkout, login, members, payment, valet
from posclient.actions.till import Till, open_till
from posclient.db.at_rest import OwnKey
from posclient.domain.ids import Clock
from posclient.errors import Refused
from tests.sim.chain_to_copy import MEMBERS, PHONES, SKUS


class TillHands:
    """``told``: sales whose receipt somebody holds."""

    def __init__(self, folder: Path, clock: Clock, own: OwnKey, chance: Random, note: Callable[..., None]) -> None:
        self.folder, self.clock, self.own, self.chance, self.note = folder, clock, own, chance, note
        self.told: list[str] = []
        self._ids = 0
        self.open()

    till: Till

    def open(self) -> None:
        self.till = open_till(self.folder, clock=self.clock, new_id=self.new_id, own=self.own)
        self.guide = login.log_in(self.till, "1111").id

    def close(self) -> None:
        self.till.close()

    def restart(self) -> None:
        self.close()
        self.open()

    def new_id(self) -> str:
        self._ids += 1
        return f"{self.folder.name}-{self._ids}"

    def sell(self) -> None:
        """Whatever was open first; perhaps to a member, whose coupons the till offers."""
        view = checkout.view(self.till)
        if not view.paying:
            self._fill()
            view = payment.open(self.till)
        if view.due:
            payment.pay(self.till, "cash")
        done = payment.complete(self.till, view.cart_id)
        self.told.append(done.sale_id)
        self.note(self.folder.name, "sold", done.receipt, done.total)

    def _fill(self) -> None:
        if self.chance.random() < 0.7:
            self._serve(self.chance.choice(list(MEMBERS)))
        checkout.add(self.till, self.chance.choice(SKUS), self.chance.randint(1, 3))

    def _serve(self, member: str) -> None:
        """A member who is not known here is served by the code on their phone."""
        found = members.find(self.till, f"C{member}")
        if found:
            checkout.set_member(self.till, found[0].id)

    def register(self) -> None:
        """A new member, unless somebody here knows them; they buy with their newcomer coupon."""
        if checkout.view(self.till).paying:
            self.sell()
        phone = self.chance.choice(PHONES)
        try:
            members.register(self.till, phone, "Li")
            self.note(self.folder.name, "registered", phone)
        except Refused as known:
            if known.code != "known_phone":
                raise
            checkout.set_member(self.till, str(known.params["member"]))
        checkout.add(self.till, SKUS[0])
        self.sell()

    def order(self) -> None:
        placed = valet.place(self.till, ((self.chance.choice(SKUS), 1),), None, None, 0, self.guide)
        self.note(self.folder.name, "ordered", placed.number)

    def follow_up(self) -> None:
        due = care.due(self.till, self.guide, self.clock.now() + timedelta(days=30))
        if due:
            care.change(self.till, due[0].id, "done", "ok")
            self.note(self.folder.name, "followed up")
