"""Every word is there in every language, fills the same blanks, and follows a switch while the window runs."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from resources.words import words
from ui import i18n, theme
from ui.widgets.button import Button
from ui.widgets.text import Text

UI = Path(i18n.__file__).parent
#: Callables whose first argument is an id of words.
SPEAKERS = {"tr", "Text", "Elided", "Button", "say", "Field", "tell"}
AN_ID = re.compile(r"[a-z]+(\.[a-z0-9_]+)+")


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    yield
    i18n.use_language("zh_CN")


def ids_in(path: Path) -> set[str]:
    """Literal ids that a source file says."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            value = node.args[0].value
            if name in SPEAKERS and isinstance(value, str) and AN_ID.fullmatch(value):
                found.add(value)
    return found


def blanks(form: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", form))


def test_chinese_comes_first_and_english_is_there() -> None:
    assert i18n.languages() == ("zh_CN", "en")


def test_both_languages_say_the_same_things() -> None:
    chinese, english = words("zh_CN"), words("en")
    assert chinese.keys() == english.keys()
    assert [key for key, forms in {**chinese, **english}.items() if not all(forms)] == []
    filled = {key: (blanks(chinese[key][0]), blanks(english[key][-1])) for key in chinese}
    assert {key: pair for key, pair in filled.items() if pair[0] != pair[1]} == {}


def test_every_id_in_the_source_has_words() -> None:
    said = {key: path.name for path in UI.rglob("*.py") for key in ids_in(path)}
    assert len(said) > 100
    assert {key: where for key, where in said.items() if not i18n.known(key)} == {}


def test_values_are_put_in_as_they_are() -> None:
    """S-7: braces in a customer's name are letters."""
    assert "{0}{x.__class__}" in i18n.tr("member.own_guide", name="{0}{x.__class__}")


def test_one_and_many() -> None:
    i18n.use_language("en")
    assert (i18n.tr("sale.pieces", n=1), i18n.tr("sale.pieces", n=2)) == ("1 piece", "2 pieces")


def test_a_language_that_is_not_there_is_chinese() -> None:
    i18n.use_language("tlh")
    assert i18n.language() == "zh_CN"


def test_what_is_on_screen_follows_a_switch(qtbot: QtBot) -> None:
    label, button = Text("sale.due"), Button("sale.pay")
    for widget in (label, button):
        qtbot.addWidget(widget)
    before = (label.text(), button.text())
    i18n.use_language("en")
    theme.call_everywhere("retranslate")
    assert (before, (label.text(), button.text())) == (("应收", "收款"), ("Due", "Collect"))
