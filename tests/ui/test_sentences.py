"""Every code that anybody raises has a sentence in both languages that says what is wrong and what to do."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import posclient
import sync
import ui
from posclient.domain import facts
from posclient.errors import InputError, PosError, Refused
from resources.words import words
from ui import i18n
from ui.sentences import code_sentence, sentence

KINDS = {"PosError", "InputError", "NotFound", "Refused", "DataError", "DeviceError", "LinkError"}
SOURCES = [Path(package.__path__[0]) for package in (posclient, sync, ui)]


@pytest.fixture(params=["zh_CN", "en"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    i18n.use_language(request.param)
    yield request.param
    i18n.use_language("zh_CN")


def raised(path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Codes and the names of their parameters in one source file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS and node.args:
            code = node.args[0]
            if isinstance(code, ast.Constant) and isinstance(code.value, str):
                yield code.value, tuple(word.arg for word in node.keywords if word.arg)


RAISED = [(path.name, *found) for source in SOURCES for path in source.rglob("*.py") for found in raised(path)]


def test_every_code_has_its_sentence(language: str) -> None:
    assert len(RAISED) > 100
    silent = {(code, name) for name, code, _ in RAISED if f"error.{code}" not in words(language)}
    assert silent == set()


def test_every_sentence_can_be_said_with_what_its_code_brings(language: str) -> None:
    """A sentence that names a parameter which is not there would fall back to the bare code."""
    bare = set()
    for name, code, params in RAISED:
        said = code_sentence(code, dict.fromkeys(params, 1))
        if said == i18n.tr("error.no_words", code=code):
            bare.add((code, name))
    assert bare == set()


def test_money_in_a_sentence_is_in_yuan(language: str) -> None:
    assert "12.34" in sentence(Refused("unpaid", due=1234))


def test_a_reason_chooses_the_finer_sentence(language: str) -> None:
    plain = sentence(Refused("coupon_barred", name="新人券", reason="new_reason"))
    assert sentence(Refused("coupon_barred", name="新人券", reason="held")) != plain


def test_a_code_without_words_is_shown_as_it_is(language: str) -> None:
    assert "brand_new" in sentence(PosError("brand_new"))
    assert "quantity" in sentence(InputError("quantity"))


def test_every_kind_of_fact_has_its_name(language: str) -> None:
    """In the queue of a till, and in HQ's console."""
    assert {kind for kind in facts.KINDS if {f"fact.{kind}", f"console.fact.{kind}"} - words(language).keys()} == set()


def test_what_hq_says_in_its_console_a_till_can_say_too(language: str) -> None:
    """Why a fact stands aside there is told to the till that made it, by the same code."""
    there = {
        key.rpartition(".")[2] for key in words(language) if key.startswith(("console.why.", "console.exception."))
    }
    assert len(there) > 15
    assert {code for code in there if f"outcome.{code}" not in words(language)} == set()


def test_a_replay_on_a_till_without_goods_has_its_own_sentence(language: str) -> None:
    text = sentence(InputError("replay_row", line=2, field="gtin", why="no_goods", value="690"))
    assert "690" in text
    assert "--resume" in text
    assert "no_goods" not in text
