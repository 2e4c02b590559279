"""The words of the slip in one language, from ``resources/receipt/<language>.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files

from posclient.errors import InputError


def load_labels(language: str) -> Mapping[str, str]:
    """Labels of ``zh_CN``, ``en`` or whatever file lies there; else ``InputError("receipt_language")``."""
    file = files("resources") / "receipt" / f"{language}.toml"
    if not language.isidentifier() or not file.is_file():
        raise InputError("receipt_language", language=language)
    return tomllib.loads(file.read_text(encoding="utf-8"))
