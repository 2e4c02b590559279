"""The right side of a valet order: for whom, where to, the guide's discount, what it costs, and submit."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QWidget

from posclient.actions.views import CartView
from posclient.domain.money import yuan
from posclient.domain.people import mask_name, mask_phone
from posclient.domain.valet import Address
from ui import theme
from ui.i18n import tr
from ui.keys import KeyMap
from ui.screens.valet_steps import Offer
from ui.widgets.boxes import clear, column, frame, row, rule
from ui.widgets.button import Button
from ui.widgets.figure import Figure
from ui.widgets.member_card import MemberPanel
from ui.widgets.strip import age_text
from ui.widgets.text import Text

STALE_S = 3600


class StockAge(Text):
    """Stock elsewhere is an estimate, and says how old (protocol.md, stock)."""

    def __init__(self) -> None:
        super().__init__(look="chip")

    def show_age(self, age_s: float | None) -> None:
        if age_s is None:
            self.say("valet.no_stock_data")
        else:
            self.put(tr("strip.one_age", what=tr("strip.data.stock"), age=age_text(age_s)))
        self.look("chip-warning" if age_s is None or age_s > STALE_S else "chip")


class ValetSide(QWidget):
    """``act(deed)`` by a key's name; ``on_discount(fen)``."""

    def __init__(self, keys: KeyMap, act: Callable[[str], None], on_discount: Callable[[int], None]) -> None:
        super().__init__()
        self._on_discount = on_discount
        self._offer: Offer | None = None
        self._discount = 0
        self.member = MemberPanel(keys.cap("member"), lambda: act("member"), lambda: act("clear_member"))
        self._to, self._place = Text(look="strong"), Text(look="muted", wrap=True)
        self._address = Button("valet.change_address", keycap=keys.cap("valet"), on=lambda: act("valet"))
        self._steps = row(gap=8)
        self._allowance = Text(look="muted")
        #: Where to and how much off: there is nothing to say about them before an article is chosen.
        self._about = frame("surface")
        self.due = Figure("due")
        self.submit = Button("valet.submit", "primary", keycap="Enter", on=lambda: act("collect"))
        self.submit.setFixedHeight(60)
        self.setLayout(column(self._build(), gap=0))
        self.show_address(None, "")

    def _build(self) -> QWidget:
        edge = theme.size("pad")
        address = column(
            row(Text("valet.address", look="muted"), None), self._to, self._place, 4, row(self._address, None), gap=4,
            margins=(edge, 12, edge, 12),
        )  # fmt: skip
        own = row(Text("valet.discount", look="muted"), None, self._allowance)
        discount = column(own, self._steps, gap=8, margins=(edge, 12, edge, 12))
        due = row(Text("valet.due", look="muted"), None, Text("valet.pay_later", look="muted"))
        amount = column(due, self.due, self.submit, gap=4, margins=(edge, 4, edge, 18))
        member = column(self.member, margins=(edge, 8, edge, 4))
        self._about.setLayout(column(rule(), address, rule(), discount, gap=0))
        return frame("side", column(member, self._about, None, amount, gap=0))

    def show_cart(self, view: CartView) -> None:
        """The member of the order is the member of the cart."""
        self.member.show_cart(view)

    def show_address(self, address: Address | None, store: str) -> None:
        """Masked: a name, a number and a street are nobody's business at the counter."""
        if address is None:
            self._to.say("valet.to_store")
            self._place.put(store)
        else:
            self._to.put(f"{mask_name(address.name)} {mask_phone(address.phone)}")
            self._place.put(address.text)

    def show_offer(self, offer: Offer | None, discount: int) -> None:
        """What it costs; None: nothing is chosen yet."""
        self._offer, self._discount = offer, discount
        self.due.put(offer.total if offer else None)
        self.submit.setEnabled(offer is not None)
        self._about.setVisible(offer is not None)
        self._fill_steps()

    def _fill_steps(self) -> None:
        clear(self._steps)
        offer = self._offer
        self._allowance.put(tr("valet.allowance", amount=yuan(offer.allowance)) if offer else "")
        for step in offer.steps if offer else ():
            button = Button(on=partial(self._on_discount, step))
            button.put("0" if step == 0 else f"-{step // 100}" if step % 100 == 0 else f"-{yuan(step)}")
            button.setCheckable(True)
            button.setChecked(step == self._discount)
            button.setEnabled(offer is not None and step in offer.allowed)
            self._steps.addWidget(button)
        self._steps.addStretch(1)

    def retranslate(self) -> None:
        self._fill_steps()
