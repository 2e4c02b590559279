"""What the command line speaks: what was asked for, what is set for the till, what the system speaks."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from posclient.config import settings_path
from ui import i18n
from ui.cli import COMMANDS, _parser, main
from ui.spoken_help import said as spoken

CHINESE, ENGLISH = "没有收银数据", "There is no till"


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A system that says nothing of its language yet."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(words) == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"LANG": "zh_CN.UTF-8"}, CHINESE),
        ({"LANG": "zh_TW"}, CHINESE),
        ({"LANG": "de_DE.UTF-8"}, ENGLISH),
        ({"LANG": "C"}, ENGLISH),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, ENGLISH),
        ({"LC_MESSAGES": "en_US.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, CHINESE),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, CHINESE),
    ],
)
def test_it_speaks_what_the_system_speaks(
    system: pytest.MonkeyPatch,
    variables: dict[str, str],
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in variables.items():
        system.setenv(name, value)
    assert words in said(capsys, "journal", "verify", "--data", str(tmp_path / "none"))


def test_the_tills_own_language_is_stronger_and_what_is_asked_for_is_strongest(
    system: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    system.setenv("LANG", "zh_CN.UTF-8")
    words = ("journal", "verify", "--data", str(tmp_path))
    for text, language in (('language = "en"', ENGLISH), ('language = "system"', CHINESE), ("language = 7", CHINESE)):
        settings_path(tmp_path).write_text(text)
        assert language in said(capsys, *words), text
    settings_path(tmp_path).write_text('language = "en"')
    assert CHINESE in said(capsys, "--lang", "zh_CN", *words)
    assert CHINESE in said(capsys, "--lang=zh_CN", *words)


def test_a_command_leaves_the_language_as_it_was(
    system: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The demo runs commands beside an open window."""
    i18n.use_language("zh_CN")
    system.setenv("LANG", "en_US.UTF-8")
    assert ENGLISH in said(capsys, "journal", "verify", "--data", str(tmp_path / "none"))
    assert i18n.language() == "zh_CN"


def test_a_language_that_is_not_there_is_bad_use(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--lang", "tlh", "price"])
    assert ended.value.code == 2
    assert "tlh" in capsys.readouterr().err


def helps(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Everything that ``--help`` may say."""
    yield from ("usage: ", *(group.title or "" for group in parser._action_groups if group._group_actions))
    yield parser.description or ""
    for action in parser._actions:
        yield action.help or ""
        if isinstance(action, argparse._SubParsersAction):
            yield from (choice.help or "" for choice in action._choices_actions)
            for one in action.choices.values():
                yield from helps(one)


def test_every_help_has_chinese_words() -> None:
    i18n.use_language("zh_CN")
    whole = _parser({name: importlib.import_module(f"ui.commands.{name}") for name in COMMANDS})
    english = {text for text in helps(whole) if text}
    assert len(english) > 80
    same = {text for text in english if spoken(text) == text}
    assert same == set()


@pytest.mark.parametrize(("lang", "words"), [("zh_CN", "查看流水"), ("en", "look after the journal")])
def test_help_is_said_in_the_language_that_is_asked_for(
    lang: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--lang", lang, "--help"])
    assert ended.value.code == 0
    assert words in capsys.readouterr().out
