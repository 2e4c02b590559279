"""Names of real shops and articles: what has no room goes on below, or says by ... that it does."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from tests.actions.kidswear import GLOBAL, product_row
from tests.ui.conftest import MEMBER, Counter
from ui.widgets.text import Elided

NAME = "儿童加厚保暖连帽羽绒服中长款白鸭绒可拆卸帽子防风防水户外滑雪服男女童冬季新款"


def cut(part: QWidget) -> list[str]:
    """Labels that end in the middle of a sign."""
    labels = [one for one in part.findChildren(QLabel) if one.isVisible() and not isinstance(one, Elided)]
    return [
        one.text()
        for one in labels
        if (one.heightForWidth(one.width()) > one.height() if one.wordWrap() else one.sizeHint().width() > one.width())
    ]


def test_what_a_follow_up_is_about_is_read_whole(selling: Counter) -> None:
    """The slip's number and the guide stood behind the name of what was bought, and were cut."""
    selling.store.hq.send(GLOBAL, product_row("L-1", NAME, color="孔雀蓝", size="140", gtins=["6909999999994"]))
    selling.store.hq.price("L-1", 25900, "p-L-1")
    selling.scan(MEMBER)
    selling.scan("6909999999994")
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Return, Qt.Key.Key_Escape):
        selling.press(key)
    selling.store.clock.forward(hours=4)
    selling.press(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    selling.log_in("2222")
    selling.press(Qt.Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
    selling.rest()
    assert any(NAME in words for words in selling.words(selling.window.place))
    assert cut(selling.window.place) == []


def test_a_long_name_of_the_store_goes_on_below_at_the_login(counter: Counter) -> None:
    store = "广东省深圳市南山区万象天地购物中心三层童装旗舰体验店"
    counter.window.login.panel.show_staff([("G1", "林")], store)
    counter.rest()
    assert store in counter.words(counter.window.login)
    assert cut(counter.window.login) == []


def test_a_long_name_of_a_style_ends_in_dots_beside_the_age_of_the_stock(selling: Counter) -> None:
    name = NAME + "可拆卸内胆三合一亲子款礼盒装节日限定版"
    selling.store.hq.send(GLOBAL, product_row("L-1", name, color="孔雀蓝", size="140", gtins=["6909999999994"]))
    selling.store.hq.price("L-1", 25900, "p-L-1")
    selling.shop.context.valet_wanted.emit("L-1")
    selling.rest()
    assert name in selling.words(selling.window.place)
    assert cut(selling.window.place) == []
