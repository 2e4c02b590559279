"""The console's words in the language of each request: Chinese, unless the person chose English."""

from __future__ import annotations

from typing import Any

from babel.support import LazyProxy
from starlette_admin.i18n import get_locale

from posclient.errors import PosError
from resources.words import DEFAULT, said_in, words

#: The library's names of our languages.
LANGUAGES = {"zh": "zh_CN", "en": "en"}


def say(key: str, /, **params: object) -> str:
    """Now."""
    return said_in(LANGUAGES.get(get_locale(), DEFAULT), key, **params)


def named(of: str, name: str) -> str:
    """The word of ``of.name``; the name itself where nobody here has one: tills may be newer than HQ."""
    key = f"{of}.{name}"
    return say(key) if key in words(DEFAULT) else name


def told(error: PosError) -> str:
    """What a person did wrong, in a sentence. A database that is busy or away, which nobody here did, is raised on."""
    if error.code == "database_unusable":
        raise error
    return say(f"error.{error.code}", **error.params)


def word(key: str) -> Any:
    """When it is shown: labels are made once, languages change with each request."""
    return LazyProxy(say, key, enable_cache=False)
