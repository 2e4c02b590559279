"""People who do not go straight from the cart to the receipt: a manager's word, a change of mind, a card that hangs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING
from zlib import crc32

from posclient.actions import checkout, login, payment
from posclient.actions.views import CartView, CouponView
from posclient.errors import InputError, NotFound, Refused
from tests.sim.chain_to_copy import MANAGERS_PIN, MEMBERS, PUBLIC_CODE, SKUS
from ui.models.coupon_rows import MAY_BE_OVERRIDDEN

if TYPE_CHECKING:
    from tests.sim.till_hands import TillHands

#: How often the bank's machine says yes, says no, or is left alone with the card.
OUTCOMES = {"approved": 60, "declined": 15, "hangs": 25}


class CardTerminal:
    """The bank's machine beside a till: what it charged is charged, whatever becomes of the till.

    ``charged``: fen by the id of the attempt; without what was ``reversed`` again.
    """

    def __init__(self) -> None:
        self.charged: dict[str, int] = {}
        self.reversed: set[str] = set()

    def reverse(self, payment_id: str) -> None:
        del self.charged[payment_id]
        self.reversed.add(payment_id)


class SecondThoughts:
    """What people do at ``hands``'s till beside ringing up and paying. ``dead``: is nobody there to see it?

    ``taken_out``: article and pieces of what left a cart, of which people know.
    """

    def __init__(self, hands: TillHands, chance: Random, wavers: Callable[[], bool], dead: Callable[[], bool]) -> None:
        self.hands, self.chance, self.wavers, self.dead = hands, chance, wavers, dead
        self.terminal = CardTerminal()
        self.taken_out: list[tuple[str, int]] = []

    def at_the_cart(self) -> None:
        """Something is rung up."""
        if self.wavers():
            acts = [self._takes_out, self._voids, self._fewer, self._another_member, self._chooses, self.lets_through]
            self.chance.choice([*acts, self.lets_through, self._discounts])()

    def claims(self, code: str) -> bool:
        """A member whom nobody here knows says that they are one."""
        if not self.wavers():
            return False
        checkout.claim(self.hands.till, code)
        self._note("claims", code)
        return True

    def before_paying(self) -> None:
        """Payment is open: the customer goes back to the rack after all, and comes again."""
        if self.wavers() and self.chance.random() < 0.3:
            self._note("goes back")
            self.take_cards_back()
            payment.cancel(self.hands.till, handed_back=True)
            self.open_payment()

    def open_payment(self) -> CartView:
        """Where managers have let through too much today, without those coupons."""
        till = self.hands.till
        while True:
            try:
                return payment.open(till)
            except Refused as refused:
                if refused.code != "override_cap":
                    raise
                for one in (one for one in self._coupons() if one.state == "used" and _is_let_through(one)):
                    checkout.choose_coupon(till, one.id, "excluded")
                self._note("over the cap", refused.params["left"])

    def settle_card(self) -> None:
        """What the bank's machine shows of a payment that the till still waits for; what it reversed is none."""
        till = self.hands.till
        attempt = till.selling.cart.card_attempt
        if attempt is not None:
            charged = attempt.id in self.terminal.charged
            payment.end_card(till, charged, "123456" if charged else "")
            self._note("card", "charged" if charged else "not charged", attempt.amount)
        for one in till.selling.cart.payments:
            if one.id in self.terminal.reversed:
                payment.remove(till, one.id)

    def take_cards_back(self) -> None:
        """Cards are reversed on the machine first, then on the till."""
        for one in self.hands.till.selling.cart.payments:
            if one.tender == "card":
                if not self.dead():
                    self.terminal.reverse(one.id)
                payment.remove(self.hands.till, one.id)
                self._note("reverses", one.amount)

    def at_payment(self, due: int) -> bool:
        """Something is open still; False: somebody leaves it so."""
        if not self.wavers():
            return True
        acts: list[Callable[[int], bool]] = [self._pays_by_card, self._pays_by_card, self._pays_a_part, self._removes]
        return self.chance.choice(acts)(due)

    def _pays_by_card(self, due: int) -> bool:
        till = self.hands.till
        try:
            payment.begin_card(till, self.chance.choice([None, max(1, due // 3)]))
        except Refused as refused:
            if refused.code != "cash_only":
                raise
            return True
        attempt = till.selling.cart.card_attempt
        assert attempt is not None
        outcome = self.chance.choices(list(OUTCOMES), list(OUTCOMES.values()))[0]
        yes = outcome == "approved" or (outcome == "hangs" and self.chance.random() < 0.5)
        if yes and not self.dead():
            self.terminal.charged[attempt.id] = attempt.amount
        self._note("card", outcome, attempt.amount)
        if outcome != "hangs":
            self.settle_card()
        return outcome != "hangs"

    def _pays_a_part(self, due: int) -> bool:
        if due > 1:
            payment.pay(self.hands.till, "cash", due // 2)
            self._note("pays a part")
        return True

    def _removes(self, _due: int) -> bool:
        paid = self.hands.till.selling.cart.payments
        one = self.chance.choice(paid) if paid else None
        if one is not None and one.tender == "card":
            self.take_cards_back()
        elif one is not None:
            payment.remove(self.hands.till, one.id)
            self._note("removes", one.tender, one.amount)
        return True

    def _takes_out(self) -> None:
        line = self.hands.till.selling.cart.lines[0]
        checkout.remove(self.hands.till, line.id)
        self._gone(line.product.sku, line.qty)
        checkout.add(self.hands.till, self.chance.choice(SKUS))

    def _fewer(self) -> None:
        line = self.hands.till.selling.cart.lines[0]
        if line.qty > 1:
            checkout.set_quantity(self.hands.till, line.id, 1)
            self._gone(line.product.sku, line.qty - 1)

    def _voids(self) -> None:
        lines = self.hands.till.selling.cart.lines
        checkout.void(self.hands.till, "changed their mind")
        for line in lines:
            self._gone(line.product.sku, line.qty)
        checkout.add(self.hands.till, self.chance.choice(SKUS))

    def _another_member(self) -> None:
        with suppress(NotFound):  # not every store knows everybody
            checkout.set_member(self.hands.till, self.chance.choice([*MEMBERS, None]))

    def show_code(self) -> None:
        """A stranger has a leaflet in each second cart, a member in each sixteenth: they have coupons of their own.

        By the cart's id and not by chance, so that all else of a seed is as it is without.
        """
        view = checkout.view(self.hands.till)
        if crc32(view.cart_id.encode()) % (16 if view.member else 2) == 0:
            checkout.scan(self.hands.till, PUBLIC_CODE)

    def _chooses(self) -> None:
        for one in self._coupons():
            with suppress(InputError):  # two that do not go together
                checkout.choose_coupon(self.hands.till, one.id, self.chance.choice(["pinned", "excluded", "auto"]))

    def lets_through(self) -> None:
        """A manager, of coupons that this till may not use."""
        till = self.hands.till
        for coupon in (one for one in self._coupons() if one.reason in MAY_BE_OVERRIDDEN):
            try:
                checkout.override_coupon(till, coupon.id, login.approve(till, MANAGERS_PIN, "coupon"))
                self._note("manager lets through", coupon.id, coupon.reason)
            except (Refused, NotFound, InputError) as no:  # nothing left today, used elsewhere, not with the other
                if no.code not in {"override_cap", "unknown_coupon", "impossible_pin"}:
                    raise

    def _discounts(self) -> None:
        till = self.hands.till
        manager = login.approve(till, MANAGERS_PIN, "discount")
        checkout.discount(till, "percent_off", self.chance.choice([500, 3000, 10_000]), "stain", (), manager)
        self._note("discount")

    def _coupons(self) -> tuple[CouponView, ...]:
        member = checkout.view(self.hands.till).member
        return member.coupons if member else ()

    def _gone(self, sku: str, qty: int) -> None:
        if not self.dead():
            self.taken_out.append((sku, qty))
        self._note("takes out", sku, qty)

    def _note(self, *words: object) -> None:
        self.hands.note(self.hands.folder.name, *words)


def _is_let_through(coupon: CouponView) -> bool:
    return coupon.right is not None and coupon.right.kind == "override"
