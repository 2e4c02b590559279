"""Sentences for errors: what is wrong and what to do. For window and command line; words are in i18n."""

from __future__ import annotations

from collections.abc import Mapping

from posclient.domain.money import yuan
from posclient.errors import PosError
from ui.i18n import known, tr

#: A parameter whose value chooses a finer sentence where there is one: ``error.<code>.<value>``.
FINER = ("reason", "field", "kind", "why")
#: Parameters in fen, shown in yuan, by code.
FEN = {
    ("allowance", "left"), ("coupon_waits", "missing"), ("member_has_value", "amount"), ("money_taken", "amount"),
    ("override_cap", "left"), ("points", "most"), ("points_step", "step"), ("stored_value", "most"), ("unpaid", "due"),
}  # fmt: skip


def sentence(error: PosError) -> str:
    """One clear sentence in the language in force; the bare code where a new one has no words yet."""
    return code_sentence(error.code, error.params)


def code_sentence(code: str, params: Mapping[str, object] | None = None) -> str:
    """The same from a code and its parameters, as a scan's result carries them."""
    values = dict(params or {})
    finer = (f"error.{code}.{values.get(name)}" for name in FINER)
    key = next((one for one in finer if known(one)), f"error.{code}")
    if not known(key):
        return tr("error.no_words", code=code)
    shown = {
        name: yuan(value) if (code, name) in FEN and isinstance(value, int) else value for name, value in values.items()
    }
    try:
        return tr(key, **shown)
    except KeyError:  # a code raised without what its sentence names: the code is better than nothing
        return tr("error.no_words", code=code)
