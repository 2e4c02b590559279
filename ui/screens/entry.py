"""A figure for a line: its quantity, its price by hand, or a discount (C8)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from posclient.actions import checkout
from posclient.actions.views import CartView, DiscountView, LineView
from posclient.domain.money import parse_yuan, yuan
from ui.context import Context
from ui.screens.figure_page import FigurePage, Step
from ui.widgets.boxes import clear
from ui.widgets.button import Button
from ui.widgets.text import Text

if TYPE_CHECKING:
    from posclient.actions.till import Till
    from posclient.domain.people import Staff


class QuantityPage(FigurePage):
    """``*``: how many of the marked line."""

    name, title, with_reason = "quantity", "entry.quantity", False

    def __init__(self, context: Context, line: LineView) -> None:
        self._line = line
        super().__init__(context)
        self._extra.addWidget(_line_text(line), 1)

    def text(self) -> str:
        return self.value or str(self._line.qty)

    def step(self, _reason: str) -> Step:
        """Where nothing was typed the cart stays as it is: the same article may have been scanned meanwhile."""
        qty, line = int(self.value) if self.value else None, self._line.id

        def set_quantity(till: Till, _approver: Staff | None) -> CartView:
            return checkout.view(till) if qty is None else checkout.set_quantity(till, line, qty)

        return set_quantity


class PricePage(FigurePage):
    """The price of one line by hand."""

    name, title, corner = "price", "entry.price", "."

    def __init__(self, context: Context, line: LineView) -> None:
        self._line = line
        super().__init__(context)
        self._extra.addWidget(_line_text(line), 1)
        self._extra.addWidget(Text("entry.price_now", look="muted", price=yuan(line.unit_price)))
        if line.manual_price:
            self._extra.addWidget(Button("entry.take_price_back", on=self._take_back))

    def _take_back(self) -> None:
        line = self._line.id
        self.context.change_cart(lambda till: checkout.set_price(till, line, None, ""), lambda _view: self.leave())

    def step(self, reason: str) -> Step:
        price, line = parse_yuan(self.value), self._line.id  # nothing typed is no price, above all not nought

        def set_price(till: Till, approver: Staff | None) -> CartView:
            return checkout.set_price(till, line, price, reason, approver)

        return set_price


class DiscountPage(FigurePage):
    """Yuan off or per cent off, for the marked line or the whole sale."""

    name, title, corner = "discount", "entry.discount", "."

    def __init__(self, context: Context, line: LineView | None) -> None:
        self._line, self._kind, self._whole = line, "amount_off", line is None
        self._cart = context.cart
        super().__init__(context)
        self._fill()

    def _fill(self) -> None:
        clear(self._extra)
        kinds = (("amount_off", "entry.yuan_off"), ("percent_off", "entry.percent_off"))
        for kind, words in kinds:
            self._toggle(words, on=self._kind == kind, act=partial(self._set, kind))
        self._extra.addSpacing(24)
        self._toggle("entry.whole_sale", on=self._whole, act=lambda: self._set(whole=True))
        if self._line is not None:
            self._toggle("entry.this_line", on=not self._whole, act=lambda: self._set(whole=False))
        given = self._given()
        if given:
            amount = yuan(-sum(one.amount for one in given))
            self._extra.addWidget(Button("entry.take_back", on=partial(self._take_back, given), amount=amount))
        self._extra.addStretch(1)

    def _given(self) -> list[DiscountView]:
        """What was taken off by hand there already: another discount comes on top of it. One that goes over other lines
        too is taken back from all of them.
        """
        if self._cart is None:
            return []
        here = self._line.id if self._line is not None else ""
        seen = (line for line in self._cart.lines if self._whole or line.id == here)
        there = {one.source for line in seen for one in line.discounts if one.source.startswith("manual:")}
        return [one for one in self._cart.discounts if one.source in there]

    def _take_back(self, given: list[DiscountView]) -> None:
        ids = {one.source.removeprefix("manual:") for one in given}
        self.context.change_cart(lambda till: checkout.remove_discount(till, *ids), lambda _view: self.leave())

    def _toggle(self, words: str, *, on: bool, act: Callable[[], None]) -> None:
        button = Button(words, on=act)
        button.setCheckable(True)
        button.setChecked(on)
        self._extra.addWidget(button)

    def _set(self, kind: str = "", *, whole: bool | None = None) -> None:
        self._kind = kind or self._kind
        self._whole = self._whole if whole is None else whole
        self._fill()
        self._press("")

    def text(self) -> str:
        return f"{self.value or '0'} %" if self._kind == "percent_off" else super().text()

    def step(self, reason: str) -> Step:
        # 12.5 % are 1250 basis points, as 12.50 yuan are 1250 fen
        value, kind = parse_yuan(self.value or "0"), self._kind
        lines = () if self._whole or self._line is None else (self._line.id,)

        def discount(till: Till, approver: Staff | None) -> CartView:
            return checkout.discount(till, kind, value, reason, lines, approver)

        return discount


def _line_text(line: LineView) -> Text:
    made = Text(look="name", wrap=True)
    made.put(" · ".join(part for part in (line.name, line.variant) if part))
    return made
