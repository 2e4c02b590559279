"""A style of many sizes, of which the warehouse has many pieces."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect

from posclient.actions.views import ValetOrderView
from tests.actions.kidswear import GLOBAL, ZONE, product_row
from tests.ui.conftest import Counter
from ui.screens.valet import ValetScreen
from ui.widgets.text import Elided


def wide_grid(counter: Counter, sizes: int, elsewhere: int) -> ValetScreen:
    """The grid of a style of so many sizes."""
    for n in range(sizes):
        sku, size = f"W-{n:02d}", str(80 + 5 * n)
        price = {"id": f"p-{sku}", "sku": sku, "price": 9900, "member_prices": {}, "from": None, "until": None}
        counter.store.hq.send(GLOBAL, product_row(sku, "连体衣", style="W", color="红", size=size))
        stock = ("stock", sku, {"sku": sku, "qty": {"S001": 0, "W001": elsewhere}})
        counter.store.hq.send(ZONE, ("price", f"p-{sku}", price), stock)
    counter.shop.context.valet_wanted.emit("W-00")
    counter.rest()
    screen = counter.window.place
    assert isinstance(screen, ValetScreen)
    return screen


@pytest.mark.parametrize(("language", "sizes"), [("zh_CN", 15), ("en", 15), ("en", 10)])
def test_the_pieces_elsewhere_are_not_cut_at_the_edge_of_their_cell(
    selling: Counter, language: str, sizes: int
) -> None:
    """1203 pieces were read as 12."""
    selling.shop.context.change_settings(language=language)
    grid = wide_grid(selling, sizes, 12034).sizes
    cell = grid.area(("红", "85"))  # not the marked one
    picture = grid.grab().toImage()
    ratio = picture.devicePixelRatio()
    low = QRect(cell.left(), cell.top() + 34, cell.width(), 22)
    ground = picture.pixelColor(round((low.left() + 1) * ratio), round((cell.top() + 5) * ratio))
    for x in (low.left(), low.right()):
        inks = {picture.pixelColor(round(x * ratio), round(y * ratio)).name() for y in range(low.top(), low.bottom())}
        assert inks == {ground.name()}, x


def test_the_grid_follows_the_language(selling: Counter) -> None:
    """The tag's price and the age of the stock stayed in the language in which the grid was opened."""
    screen = wide_grid(selling, 3, 40)
    selling.shop.context.change_settings(language="en")
    selling.rest()
    words = " ".join(selling.words(screen))
    assert "Tag ¥99.00" in words
    assert "Stock just now" in words


def test_the_size_of_an_order_is_read_beside_a_long_name_and_what_hq_answered(selling: Counter) -> None:
    """The name was shown from its beginning alone, and the size, for which the customer waits, stood at its end."""
    name = "儿童加厚保暖连帽羽绒服中长款白鸭绒可拆卸帽子防风防水户外滑雪服"
    order = ValetOrderView(
        "V1", "S001-1-V000001", selling.store.clock.now(), f"{name} 孔雀蓝 · 120 ×1", 25900, "林", "王**", "rerouted",
        "深圳南山万象天地购物中心店", "", True,
    )  # fmt: skip
    selling.shop.context.screen_wanted.emit("valet")
    screen = selling.window.place
    assert isinstance(screen, ValetScreen)
    screen.list.show_orders((order,))
    selling.rest()
    (label,) = [one for one in screen.list.findChildren(Elided) if one.text() == order.text]
    assert label.fontMetrics().horizontalAdvance(order.text) > label.width()
    assert label.shown().startswith("儿童加厚")
    assert label.shown().endswith("120 ×1")
    assert label.fontMetrics().horizontalAdvance(label.shown()) <= label.width()
