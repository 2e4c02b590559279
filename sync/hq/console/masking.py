"""Phones are shown as 139****1234, wherever they come up (S-26)."""

from __future__ import annotations

import json
import re
from typing import Any

from posclient.domain.people import mask_phone

#: A mobile number in any text; longer runs of digits are barcodes and numbers of receipts.
_PHONE = re.compile(r"(?<![0-9])(?:(?:\+|00)86)?(1[3-9][0-9]{9})(?![0-9])", re.ASCII)
#: Columns that name a member by code or id, which is their phone where a chain takes it for that.
NAMING = frozenset({"member", "subject"})
#: Characters of a raw fact that are shown.
MOST_SHOWN = 20_000


def masked(text: str) -> str:
    """The text without a whole phone in it."""
    return _PHONE.sub(lambda found: mask_phone(found[1]), text)


def shown_body(body: bytes) -> str:
    """A fact's bytes for a person: laid out if they are JSON, as they are if not. Half of a surrogate pair, which no
    page can hold, stays as JSON writes it.
    """
    text = body[: MOST_SHOWN * 4].decode("utf-8", "replace")
    try:
        text = json.dumps(_masked(json.loads(text)), ensure_ascii=False, indent=1)
        text = text.encode(errors="backslashreplace").decode()
    except (ValueError, RecursionError):
        text = masked(text)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"


def _masked(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {masked(key): _masked(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [_masked(one, name) for one in value]
    if isinstance(value, str):
        return mask_phone(value) if name == "phone" else masked(value)
    if isinstance(value, int) and not isinstance(value, bool):
        hidden = masked(str(value)) if abs(value) < 10**15 else ""
        return hidden if "*" in hidden else value
    return value
