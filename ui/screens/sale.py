"""The sale: scan or search, the cart, the member and coupons, the amount due."""

from __future__ import annotations

from ui.context import Context
from ui.screens.screen import Screen
from ui.widgets.boxes import column
from ui.widgets.text import Text


class SaleScreen(Screen):
    """See the module."""

    name = "sale"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.setLayout(column(Text("sale.empty_title", look="title")))
