"""储值 and 积分 on the payment page: the tender, and the line that says how much of it, until when, or why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from posclient.actions.views import CartView, MemberCard
from posclient.domain.leases import Spendable
from posclient.domain.money import yuan
from posclient.domain.points import spent_points
from ui.i18n import tr
from ui.models.coupon_rows import clock
from ui.widgets.button import Button
from ui.widgets.text import Text


@dataclass(frozen=True, slots=True)
class Account:
    """One kind of a member's own money. ``words``: how its sentences begin; ``usable``, ``balance``: of a card."""

    tender: str
    words: str
    icon: str
    keycap: str
    usable: Callable[[MemberCard], Spendable | None]
    balance: Callable[[MemberCard, CartView], str]


def _value_left(card: MemberCard, view: CartView) -> str:
    return yuan(card.member.stored_value - sum(one.amount for one in view.payments if one.tender == "stored_value"))


def _points_left(card: MemberCard, view: CartView) -> str:
    return f"{card.member.points - spent_points(view.payments):,}"


STORED_VALUE = Account("stored_value", "pay.value", "wallet", "F4", lambda card: card.value, _value_left)
POINTS = Account("points", "pay.points", "gift", "F5", lambda card: card.points, _points_left)


class MemberTender:
    """``button`` beside the other tenders, ``note`` below them; hidden where there is none to pay with."""

    def __init__(self, account: Account, on_pay: Callable[[], None]) -> None:
        self._account = account
        self.button = Button(f"pay.{account.tender}", "tile", icon=account.icon, keycap=account.keycap, on=on_pay)
        self.note = Text(look="muted", wrap=True)

    def show_cart(self, view: CartView) -> None:
        """As the cart stands: what it paid by this tender already is spent."""
        card = view.member
        usable = self._account.usable(card) if card is not None else None
        self.button.setVisible(usable is not None)
        self.note.setVisible(usable is not None)
        if card is None or usable is None:
            return
        words, balance = self._account.words, self._account.balance(card, view)
        left = usable.amount - sum(one.amount for one in view.payments if one.tender == self._account.tender)
        self.button.setEnabled(left > 0)
        if left > 0 and usable.until is not None:
            self.note.put(tr(f"{words}_left", balance=balance, amount=yuan(left), time=clock(usable.until)))
        else:
            self.note.put(tr(f"{words}_why.{usable.reason or 'spent'}", balance=balance))


def show_own(view: CartView, *tenders: MemberTender) -> None:
    """All of them, as the cart stands."""
    for tender in tenders:
        tender.show_cart(view)
