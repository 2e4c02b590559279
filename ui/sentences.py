"""Sentences for errors: what is wrong and what to do. For window and command line; words are in i18n."""

from __future__ import annotations

from posclient.errors import PosError
from ui.i18n import known, tr

#: Codes whose parameter ``reason`` or ``field`` chooses a finer sentence where there is one: ``error.code.value``.
FINER = ("reason", "field", "kind")


def sentence(error: PosError) -> str:
    """One clear sentence in the language in force; the bare code where a new one has no words yet."""
    return code_sentence(error.code, error.params)


def code_sentence(code: str, params: dict[str, object] | None = None) -> str:
    """The same from a code and its parameters, as a scan's result carries them."""
    values = dict(params or {})
    for name in FINER:
        finer = f"error.{code}.{values.get(name)}"
        if known(finer):
            return _filled(finer, values)
    return _filled(f"error.{code}", values) if known(f"error.{code}") else tr("error.unknown_code", code=code)


def _filled(key: str, values: dict[str, object]) -> str:
    try:
        return tr(key, **values) if values else tr(key)
    except (KeyError, IndexError):
        return tr("error.unknown_code", code=key.removeprefix("error."))
