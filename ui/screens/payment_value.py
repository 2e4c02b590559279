"""储值 on the payment page: the tender, and the line that says how much of it, until when, or why not."""

from __future__ import annotations

from collections.abc import Callable

from posclient.actions.views import CartView
from posclient.domain.money import yuan
from ui.i18n import tr
from ui.models.coupon_rows import clock
from ui.widgets.button import Button
from ui.widgets.text import Text

TENDER = "stored_value"


class ValueTender:
    """``button`` beside the other tenders, ``note`` below them; hidden where there is none to pay with."""

    def __init__(self, on_pay: Callable[[], None]) -> None:
        self.button = Button("pay.stored_value", "tile", icon="wallet", keycap="F4", on=on_pay)
        self.note = Text(look="muted", wrap=True)

    def show_cart(self, view: CartView) -> None:
        """As the cart stands: what it paid with stored value already is spent."""
        value = view.member.value if view.member is not None else None
        self.button.setVisible(value is not None)
        self.note.setVisible(value is not None)
        if view.member is None or value is None:
            return
        paid = sum(one.amount for one in view.payments if one.tender == TENDER)
        left, balance = value.amount - paid, yuan(view.member.member.stored_value - paid)
        self.button.setEnabled(left > 0)
        if left > 0 and value.until is not None:
            self.note.put(tr("pay.value_left", balance=balance, amount=yuan(left), time=clock(value.until)))
        else:
            self.note.put(tr(f"pay.value_why.{value.reason or 'spent'}", balance=balance))
