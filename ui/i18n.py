"""The words of the window and the command line, in the language chosen now.

``resources/i18n/posclient_<language>.ts`` are Qt Linguist files with ids, read as they are: a new language is one more
file and no code. No Qt here, for the command line speaks too. The language is the program's, as in Qt itself.
"""

from __future__ import annotations

import locale
import os
from collections.abc import Mapping
from typing import Any

from resources import FOLDER
from resources.words import DEFAULT, said_in, words

_current = DEFAULT
#: Where a system says which language it speaks to people; the first that is set counts (POSIX).
_ENVIRONMENT = ("LC_ALL", "LC_MESSAGES", "LANG")


def languages() -> tuple[str, ...]:
    """Every language that there is a file for, the default first."""
    names = sorted(one.name for one in (FOLDER / "i18n").iterdir() if one.name.endswith(".ts"))
    found = [name.removeprefix("posclient_").removesuffix(".ts") for name in names]
    return tuple(sorted(found, key=lambda name: name != DEFAULT))


def use_language(name: str) -> None:
    """Speak ``name`` from now on; ``system`` is what the system speaks."""
    global _current  # noqa: PLW0603  one window, one language, as with Qt's own translator
    if name == "system":
        name = system_language(os.environ)
    _current = name if name in languages() else DEFAULT


def system_language(environment: Mapping[str, str]) -> str:
    """Chinese on a Chinese system, else English. Windows sets none of the variables, and says it otherwise."""
    said = next((environment[name] for name in _ENVIRONMENT if environment.get(name)), "")
    return DEFAULT if (said or locale.getlocale()[0] or "").lower().startswith(("zh", "chinese")) else "en"


def language() -> str:
    """What is spoken now."""
    return _current


def tr(key: str, /, **params: Any) -> str:
    """The words for ``key`` (``resources.words.said_in``) in the language in force."""
    return said_in(_current, key, **params)


def known(key: str) -> bool:
    """Is there a word for ``key``?"""
    return key in words(DEFAULT)
