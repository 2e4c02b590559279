"""Help of the command line in the language in force.

The commands say their help in English, as argparse wants it; it is looked up as gettext would, when somebody asks for
it: under ``help.`` and the English text itself. So a command that is only run reads no words.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

from resources.words import DEFAULT, words
from ui.i18n import language


class SpokenParser(argparse.ArgumentParser):
    """A parser, and all parsers of its commands, whose help is said in the language in force."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=_Formatter, **options)


class _Formatter(argparse.HelpFormatter):
    """What argparse calls for each text, the last of them its own hook for defaults in helps."""

    def add_usage(
        self, usage: str | None, actions: Iterable[argparse.Action], groups: Any, prefix: str | None = None
    ) -> None:
        super().add_usage(usage, actions, groups, said("usage: ") if prefix is None else prefix)

    def start_section(self, heading: str | None) -> None:
        super().start_section(said(heading))

    def add_text(self, text: str | None) -> None:
        super().add_text(said(text))

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return said(action.help)


def said(english: str | None) -> str | None:
    """The same in the language in force; as it is where nobody has said it in that.

    A command's description is often its help as a sentence.
    """
    if not english:
        return english
    known = words(language())
    if forms := known.get(f"help.{english}"):
        return forms[0]
    forms = known.get(f"help.{english[0].lower()}{english[1:].removesuffix('.')}")
    return f"{forms[0]}。" if forms and language() == DEFAULT else english
