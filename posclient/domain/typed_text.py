"""What a person typed into a field for free text, as it may be kept (field_failures.md S-3, S-25)."""

from __future__ import annotations

import re

from posclient.domain.card_numbers import without_card_numbers

#: Half of a surrogate pair: what is left of a sign that was cut in two. It can neither be stored nor printed.
_HALF = re.compile("[\ud800-\udfff]")


def typed(text: str) -> str:
    """``text`` without white space around it, halves of signs, and the middle of card numbers."""
    return without_card_numbers(whole(text).strip())


def whole(text: str) -> str:
    """``text`` without halves of signs: nothing that somebody could have meant."""
    return _HALF.sub("", text)
