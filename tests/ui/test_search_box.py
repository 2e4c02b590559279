"""Product search in the sale: by initials, name and style; by keys alone and by touch."""

from contextlib import closing

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from posclient.db.connection import connect
from tests.ui.conftest import Counter
from ui.screens import search_box


def results(counter: Counter) -> list[str]:
    """What the list below the field shows."""
    hits = counter.sale.search.list
    model = hits.model()
    return [model.data(model.index(place, 0)) for place in range(model.rowCount())] if hits.isVisible() else []


def find(counter: Counter, text: str) -> None:
    """Type into the sale and let the search answer."""
    counter.type(text)
    counter.bot.waitUntil(lambda: bool(results(counter)))


def test_letters_over_the_cart_begin_a_search_without_input_methods(selling: Counter) -> None:
    find(selling, "hyrf")
    assert not selling.sale.search.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)
    assert "羽绒服" in results(selling)[0]


def test_stock_here_and_elsewhere_is_shown(selling: Counter) -> None:
    find(selling, "A001")
    assert "本店 5 · 他店 43" in results(selling)[0]


def test_arrows_and_enter_add_the_chosen_one(selling: Counter) -> None:
    find(selling, "A001")
    second = results(selling)[1]
    selling.press(Qt.Key.Key_Down)
    selling.press(Qt.Key.Key_Return)
    assert len(selling.lines()) == 1
    assert selling.lines()[0][0] in second
    assert selling.sale.search.text() == ""
    assert selling.window.front is selling.sale


def test_enter_before_the_answer_waits_for_it(selling: Counter) -> None:
    selling.type("T001\n")
    assert [qty for _, qty in selling.lines()] == ["1"]


def test_a_code_typed_by_hand_is_looked_up_like_a_scan(selling: Counter) -> None:
    selling.type(selling.gtin("T001-RED-110") + "\n")
    assert selling.lines() == [("红T恤", "1")]


def test_a_touch_on_a_result_adds_it(selling: Counter) -> None:
    find(selling, "T001")
    hits = selling.sale.search.list
    spot = hits.visualRect(hits.model().index(0, 0)).center()
    selling.click(hits.viewport(), spot)
    assert [qty for _, qty in selling.lines()] == ["1"]


def test_nothing_found_says_so(selling: Counter) -> None:
    """T-39: with what was typed."""
    selling.type("zzzzz\n")
    assert "zzzzz" in selling.window.message.text
    assert selling.lines() == []


def test_escape_empties_the_field_and_gives_the_focus_back(selling: Counter) -> None:
    find(selling, "T001")
    selling.press(Qt.Key.Key_Escape)
    assert (selling.sale.search.text(), results(selling)) == ("", [])
    assert not selling.sale.search.hasFocus()


def test_an_empty_answer_is_said_while_typing(selling: Counter) -> None:
    selling.type("zzzzz")
    selling.bot.waitUntil(lambda: "zzzzz" in visible_text(selling))
    selling.press(Qt.Key.Key_Escape)
    assert "zzzzz" not in visible_text(selling)


def visible_text(counter: Counter) -> str:
    """All labels on screen."""
    return " ".join(label.text() for label in counter.window.findChildren(QLabel) if label.isVisible())


def test_a_list_that_ends_too_soon_says_so(selling: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """T-26: no silent truncation."""
    monkeypatch.setattr(search_box, "MOST_HITS", 6)
    find(selling, "hyrf")
    assert len(results(selling)) == 6
    assert "只显示最合适的 6 个" in visible_text(selling)
    selling.press(Qt.Key.Key_Escape)
    selling.type("A001-RED-110")
    selling.bot.waitUntil(lambda: len(results(selling)) == 1)
    assert "只显示" not in visible_text(selling)


def test_a_till_without_goods_says_so_while_typing(selling: Counter) -> None:
    """Another word would find no more; Enter takes it for a code, which finds none either."""
    with closing(connect(next(selling.store.folder.glob("cache-*.db")))) as con, con:
        con.execute("DELETE FROM product")
    selling.type("T001")
    selling.bot.waitUntil(lambda: "没有商品资料" in visible_text(selling))
    selling.press(Qt.Key.Key_Return)
    assert "没有商品资料" in selling.window.message.text
    assert selling.lines() == []
