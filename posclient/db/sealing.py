"""Personal data on the till: sealed for HQ, and a copy that only this till opens (protocol.md, identity and order).

A fact holds nothing but ``digest``. PyNaCl is imported late: a start needs none of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from posclient.domain.private import side_hash
from posclient.errors import DataError

SALT_BYTES = 16
#: Bytes of the till's own key (XSalsa20-Poly1305), kept with its credentials.
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Sealed:
    """``sealed`` only HQ opens, ``own`` only this till; ``digest`` is SHA-256(salt || sealed) in hex."""

    salt: bytes
    sealed: bytes
    own: bytes
    digest: str


def seal(hq_public: bytes, own_key: bytes, plain: Mapping[str, Any]) -> Sealed:
    """Seal plain JSON to HQ's X25519 key, with a copy under ``own_key``. Salt and nonces come from libsodium."""
    from nacl.public import PublicKey, SealedBox
    from nacl.utils import random

    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()
    try:
        sealed = bytes(SealedBox(PublicKey(hq_public)).encrypt(text))
    except (TypeError, ValueError) as error:
        raise DataError("bad_key") from error
    salt = random(SALT_BYTES)
    return Sealed(salt, sealed, seal_own(own_key, plain), side_hash(salt, sealed))


def seal_own(own_key: bytes, plain: Mapping[str, Any]) -> bytes:
    """Plain JSON under this till's own key alone."""
    from nacl.secret import SecretBox

    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()
    try:
        return bytes(SecretBox(own_key).encrypt(text))
    except (TypeError, ValueError) as error:
        raise DataError("bad_key") from error


def open_own(own_key: bytes, own: bytes) -> dict[str, Any]:
    """What ``seal`` or ``seal_own`` kept for this till. ``DataError("sealed")`` with another key or altered bytes."""
    from nacl.exceptions import CryptoError
    from nacl.secret import SecretBox

    try:
        opened: dict[str, Any] = json.loads(SecretBox(own_key).decrypt(own))
    except (CryptoError, TypeError, ValueError) as error:
        raise DataError("sealed") from error
    return opened
