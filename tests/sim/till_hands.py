"""What people do at a till, by public actions; and what they were told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Protocol

from posclient.actions import care, checkout, holding, login, members, payment, returning, status
from posclient.actions.holding import Answer, Question
from posclient.actions.till import Till, open_till
from posclient.actions.views import CartView, SaleDone
from posclient.db.at_rest import OwnKey
from posclient.domain.ids import LocalClock
from posclient.errors import LinkError, Refused
from sync.asking import HoldReply, HoldRequest, VisitReply, VisitRequest
from tests.sim.chain_to_copy import MEMBERS, PHONES, SKUS
from tests.sim.orders import Wishes
from tests.sim.second_thoughts import SecondThoughts
from ui.answers import answer_of

PIN = "1111"
#: So often people try to get a payment done.
PATIENCE = 8


class Desk(Protocol):
    """Whom a till asks beside its cycles."""

    def hold(self, request: HoldRequest) -> HoldReply: ...

    def visit(self, request: VisitRequest) -> VisitReply: ...


class TillHands:
    """``told``: sales whose receipt somebody holds. ``line`` gives the way to HQ, for holds. ``leaves``: does somebody
    go away with payment open? ``meanwhile``: has the sync done something between two keys? ``completing``: the cart is
    about to become a sale.
    """

    def __init__(
        self,
        folder: Path,
        clock: LocalClock,
        own: OwnKey,
        chance: Random,
        note: Callable[..., None],
        line: Callable[[], Desk],
    ) -> None:
        self.folder, self.clock, self.own, self.chance, self.note, self.line = folder, clock, own, chance, note, line
        self.told: list[str] = []
        self._ids = 0
        self.open()

    till: Till
    #: The window's strip reads beside it: what the strip has heard, the counter has not.
    reader: Till
    thoughts: SecondThoughts
    wishes: Wishes
    leaves: Callable[[], bool] = staticmethod(lambda: False)
    meanwhile: Callable[[], bool] = staticmethod(lambda: False)
    completing: Callable[[], None] = staticmethod(lambda: None)
    customers: Sequence[str] = tuple(MEMBERS)

    def open(self) -> None:
        self.till = open_till(self.folder, clock=self.clock, new_id=self.new_id, own=self.own)
        self.reader = self.till.reader()
        with suppress(Refused):  # locked, until HQ has been heard
            self.log_in()

    def log_in(self) -> None:
        """Where HQ has said who works here: a machine from another store knows nobody yet."""
        if not login.staff(self.till):
            raise Refused("no_staff")
        if self.till.staff is None:
            login.log_in(self.till, PIN)

    def close(self) -> None:
        self.reader.close()
        self.till.close()

    def restart(self) -> None:
        self.close()
        self.open()

    def new_id(self) -> str:
        self._ids += 1
        return f"{self.folder.name}-{self._ids}"

    def sell(self) -> None:
        """Whatever was open first; perhaps to a member, whose coupons and stored value the till offers."""
        self.log_in()
        self.line_changed()
        view = checkout.view(self.till)
        if not view.paying:
            self.fill()
            self.pause()
            view = self.thoughts.open_payment()
            self.pause()
            if self.leaves():
                return self.note(self.folder.name, "leaves payment open")
        # the window asks by itself; Enter may be quicker than the answer
        return self.finish(self.ask(view) if self.chance.random() < 0.5 else view)

    def wait_at_payment(self) -> None:
        """The customer has gone for their purse; what HQ leased on top for them lies in the cart."""
        self.log_in()
        self.line_changed()
        view = checkout.view(self.till)
        if not view.paying:
            self.fill()
            view = self.thoughts.open_payment()
        self.ask(view)
        self.note(self.folder.name, "waits at payment")

    def line_changed(self) -> None:
        """Is HQ there? What the window believes may be old; its strip is not."""
        status.status(self.reader)
        holding.line_changed(self.till, online=self.chance.random() < 0.6)

    def register(self) -> None:
        """A new member, unless somebody here knows them; they buy with their newcomer coupon."""
        self.log_in()
        if checkout.view(self.till).paying:
            self.sell()
        if checkout.view(self.till).paying:
            return
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
        self.log_in()
        self.note(self.folder.name, "ordered", self.wishes.place(self.till))

    def follow_up(self) -> None:
        self.log_in()
        due = care.due(self.till, self.till.person().id, self.clock.now() + timedelta(days=30))
        if due:
            care.change(self.till, due[0].id, "done", "ok")
            self.note(self.folder.name, "followed up")

    def give_up(self) -> None:
        """Leases that HQ wants for another store."""
        done = returning.give_up(self.till)
        if done.given_up:
            self.note(self.folder.name, "gave up", done.given_up)

    def fill(self) -> None:
        """A cart, perhaps a member's."""
        if self.chance.random() < 0.85:
            self._serve(self.chance.choice(self.customers))
        checkout.add(self.till, self.chance.choice(SKUS), self.chance.randint(1, 3))
        self.thoughts.show_code()
        self.ask(checkout.view(self.till))
        self.thoughts.at_the_cart()

    def _serve(self, member: str) -> None:
        """Who is not known here is asked for at HQ by the code on their phone, and served as somebody from now on."""
        found = members.find(self.till, f"C{member}")
        if found:
            checkout.set_member(self.till, found[0].id)
        elif not self.thoughts.claims(f"C{member}") and self.till.online:
            with suppress(LinkError):
                self.line().visit(VisitRequest(code=f"C{member}"))
                self.note(self.folder.name, "receives", member)

    def ask(self, view: CartView) -> CartView:
        """HQ is asked for what this till has no right to, if it is in reach."""
        asked = holding.question(view) if self.till.online or self.till.hub else None
        return holding.take(self.till, asked, self._answer(asked)) if asked else view

    def hold(self, request: HoldRequest) -> HoldReply:
        """The answer of whoever is there to be asked."""
        return self.line().hold(request)

    def _answer(self, asked: Question) -> Answer | None:
        request = HoldRequest(member=asked.member, coupons=list(asked.coupons), value=asked.value, points=asked.points)
        try:
            reply = self.hold(request)
        except LinkError:
            return None
        self.note(self.folder.name, "asked", len(reply.held), len(reply.refused), reply.value and reply.value.amount)
        return answer_of(reply, asked)

    def finish(self, view: CartView) -> None:
        """Pay and complete; what lay open for too long is mended as people would, and goes on."""
        self.thoughts.settle_card()
        self.thoughts.before_paying()
        view = checkout.view(self.till)
        own = view.member is not None and self.till.reference.settings.stored_value
        spend = [tender for tender in ("points", "stored_value") if own and self.chance.random() < 0.6]
        mend = {"own_money_over": self._own_money_back, "coupon_over": self._priced_anew}
        mend["coupon_unconfirmed"] = self._confirmed
        for _ in range(PATIENCE):
            try:
                done = self._complete(view, spend)
                break
            except Refused as refused:
                if refused.code not in mend:
                    raise
                view, spend = mend[refused.code](), []
        else:
            raise AssertionError(f"{self.folder.name}: nobody gets this payment done")
        if done is None:
            return self.note(self.folder.name, "leaves a part paid")
        self.told.append(done.sale_id)
        return self.note(self.folder.name, "sold", done.receipt, done.total)

    def _complete(self, view: CartView, spend: list[str]) -> SaleDone | None:
        """None where somebody goes away between a payment and the next."""
        now = view.due > 0
        for tender in spend:
            view = self._spend(self.ask(view), tender) if view.due else view
        if spend and self.leaves():
            return None
        if view.due and not self.thoughts.at_payment(view.due):
            return None
        self.paid(now=now)
        self.pause()
        if checkout.view(self.till).due:
            payment.pay(self.till, "cash")
            self.paid(now=now)
        self.pause()
        self.completing()
        return payment.complete(self.till, view.cart_id)

    def pause(self) -> None:
        """A key, and after a while the next; what the sync has brought is on the screen."""
        if self.meanwhile():
            self.line_changed()

    def paid(self, *, now: bool) -> None:
        """Perhaps nothing is left to pay: what was known when the money was taken counts, whatever is heard before the
        sale is made. ``now``: some of it was paid just before."""

    def _own_money_back(self) -> CartView:
        """It lay open too long: HQ may have given away what was paid with, so people pay in cash."""
        view = checkout.view(self.till)
        for one in view.payments:
            if one.tender in {"points", "stored_value"}:
                self.note(self.folder.name, "takes back", one.tender, one.amount)
                view = payment.remove(self.till, one.id)
        return view

    def _confirmed(self) -> CartView:
        """The store's hub is asked; people wait for its answer."""
        self.line_changed()
        return self.ask(checkout.view(self.till))

    def _priced_anew(self) -> CartView:
        """A coupon may be somebody else's by now: people get their money back, and pay what it costs today."""
        self.note(self.folder.name, "prices anew")
        self.thoughts.take_cards_back()
        self.ask(payment.cancel(self.till, handed_back=True))
        return self.thoughts.open_payment()

    def _spend(self, view: CartView, tender: str) -> CartView:
        """As much of the member's own as the till may take, or nothing."""
        try:
            paid = payment.pay(self.till, tender)
        except Refused as refused:
            if refused.code not in {"no_stored_value", "no_points", "cash_only"}:
                raise
            return view
        self.note(self.folder.name, "spent", tender, view.due - paid.due)
        return paid
