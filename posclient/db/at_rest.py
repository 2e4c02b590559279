"""Personal data at rest: the keys that a till's own key makes, and what they seal and open (protocol.md).

XChaCha20-Poly1305 (libsodium) with a random nonce of 24 bytes before each text. PyNaCl is imported with the first use:
a start needs none of it. Where a value lies is its associated data, so that no value can be put in another's place.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import cached_property

from posclient.domain.staff_list import Trust
from posclient.errors import DataError

#: Bytes of the till's own key, and of those that are made of it.
KEY_BYTES = 32
NONCE_BYTES, TAG_BYTES = 24, 16
#: Bytes of a blind index: two phones of one index are a chance of 1 in 2^128.
INDEX_BYTES = 16

Cipher = Callable[[bytes, bytes, bytes, bytes], bytes]


class AtRest:
    """What is sealed and found under one own key (32 bytes)."""

    def __init__(self, own_key: bytes) -> None:
        if len(own_key) != KEY_BYTES:
            raise DataError("bad_key")
        self._seal_key = _made_of(own_key, b"seal at rest")
        self._index_key = _made_of(own_key, b"phone index")

    def seal(self, place: str, plain: bytes) -> bytes:
        """``plain`` as it may lie at ``place`` (table|key|column, or a file's name)."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._ciphers[0](plain, place.encode(), nonce, self._seal_key)

    def open(self, place: str, sealed: bytes) -> bytes:
        """The inverse. ``DataError("sealed")``: under another key, altered, or from another place."""
        from nacl.exceptions import CryptoError

        nonce, text = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return self._ciphers[1](text, place.encode(), nonce, self._seal_key)
        except (CryptoError, TypeError, ValueError) as error:
            raise DataError("sealed") from error

    def index(self, phone: str) -> bytes:
        """The blind index by which a whole phone number is found."""
        return hashlib.blake2b(phone.encode(), key=self._index_key, digest_size=INDEX_BYTES).digest()

    @cached_property
    def _ciphers(self) -> tuple[Cipher, Cipher]:
        from nacl import bindings

        return (
            bindings.crypto_aead_xchacha20poly1305_ietf_encrypt,
            bindings.crypto_aead_xchacha20poly1305_ietf_decrypt,
        )


class OwnKey:
    """This till's own key as the threads of a program share it; there is none while personal data are sealed.

    ``trust``: what lies in its vault beside it; None where the vault cannot be opened, or is of another enrolment.
    """

    def __init__(self, key: bytes | None = None) -> None:
        self._held: tuple[bytes, AtRest] | tuple[None, None] = (key, AtRest(key)) if key else (None, None)
        self.trust: Trust | None = Trust()

    @property
    def key(self) -> bytes | None:
        return self._held[0]

    @property
    def at_rest(self) -> AtRest | None:
        return self._held[1]

    def needed(self) -> AtRest:
        """``DataError("no_own_key")`` without it."""
        if self._held[1] is None:
            raise DataError("no_own_key")
        return self._held[1]

    def put(self, key: bytes) -> None:
        """HQ opened it again, or it is new."""
        self._held = (key, AtRest(key))

    def drop(self) -> None:
        """From now on personal data are sealed, for every thread."""
        self._held = (None, None)


def _made_of(own_key: bytes, purpose: bytes) -> bytes:
    """A key for one purpose alone."""
    return hashlib.blake2b(key=own_key, person=purpose, digest_size=KEY_BYTES).digest()
