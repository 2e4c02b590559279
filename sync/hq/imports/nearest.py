"""Names that nobody knows, beside what was probably meant."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

#: Signs of an unknown name that are told.
_MOST = 40
#: How much alike two names are at least; less, and ``store_hub`` is nearly ``stored_value``.
_ALIKE = 0.7


def named(name: str, known: Collection[str]) -> str:
    """``untill (until?)``; without the second where nothing is near. Whatever cannot be shown is a question mark."""
    shown = "".join(sign if sign.isprintable() else "?" for sign in name[:_MOST])
    near = _near(name, known)
    return f"{shown} ({near}?)" if near else shown


def has_near(name: str, known: Collection[str]) -> bool:
    """Is there a known name that may have been meant?"""
    return bool(_near(name, known))


def _near(name: str, known: Collection[str]) -> str:
    plain = name[:_MOST].lower().replace("-", "_").replace(" ", "_")
    return next(iter(get_close_matches(plain, known, 1, _ALIKE)), "")
