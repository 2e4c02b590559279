"""Personal data that two places must treat alike: the blind index of a phone, and what a side record holds.

A side record's plain text is compact UTF-8 JSON: of a registration ``{phone, name, birthday}`` (ISO date or null), of a
valet order ``{name, phone, text}``. It is sealed to HQ's public key; its fact holds ``side_hash`` alone.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from posclient.domain.ids import derived_id
from posclient.errors import InputError

_SEPARATORS = re.compile(r"[\s()./-]")
_PHONE = re.compile(r"\+?[0-9]{5,15}", re.ASCII)


def plain_phone(text: str) -> str:
    """A phone in its one spelling: digits, no separators, without China's +86 or 0086; ``InputError("phone")``."""
    phone = _SEPARATORS.sub("", text)
    if not _PHONE.fullmatch(phone):
        raise InputError("phone")
    for prefix in ("+86", "0086"):
        if phone.startswith(prefix) and len(phone) == len(prefix) + 11:
            return phone.removeprefix(prefix)
    return phone


def phone_index(key: bytes, phone: str) -> str:
    """The blind index (hex) of a plain phone: HMAC-SHA256 under the chain's key, the same at HQ and on every till."""
    return hmac.new(key, phone.encode(), hashlib.sha256).hexdigest()


def newcomer_coupon_id(template: str, index: str) -> str:
    """The same newcomer coupon wherever this phone registers (protocol.md, members)."""
    return derived_id(template, index)


def side_hash(salt: bytes, sealed: bytes) -> str:
    """What the fact holds of its side record: SHA-256(salt || sealed), hex."""
    return hashlib.sha256(salt + sealed).hexdigest()
