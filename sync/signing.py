"""Ed25519: what till and HQ sign for one another, and over which bytes (docs/protocol.md, signatures).

A signed message is its purpose, a line feed, and its parts with line feeds between them. Only the last part may hold
one itself, so that no message can be read as another. Knows no wire messages (``proofs`` does): a till reads its
credentials at every start, and pydantic would take a tenth of a second of it.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import dataclass, field

from posclient.domain.signatures import is_signed, signed_bytes

__all__ = [
    "ENROL", "ENROLLED", "FORWARDED", "HUB", "KEY_BYTES", "LAN_HUB", "LAN_TILL", "OPENED", "PAGE", "PUSH", "REVOKED",
    "SESSION", "TIME", "UNSEAL", "Signer", "is_signed", "new_seed", "open_sealed", "public_key", "seal_to", "sign",
]  # fmt: skip

KEY_BYTES = 32
#: By the till: a new key with its code; a session; a batch. By HQ: whom it enrolled; a session; its time.
ENROL, SESSION, PUSH = "posclient-enrol-v2", "posclient-session-v2", "posclient-push-v2"
ENROLLED, OPENED, TIME = "posclient-enrolled-v2", "posclient-opened-v2", "posclient-time-v2"
#: By HQ: what opens a till's personal data; that the till's place has been taken away.
UNSEAL, REVOKED = "posclient-unseal-v2", "posclient-revoked-v2"
#: By HQ, for a store's hub to hand on: who it is; a page; a reply to a batch. By hub and till: the line between them.
HUB, PAGE, FORWARDED = "posclient-hub-v2", "posclient-page-v2", "posclient-forwarded-v2"
LAN_HUB, LAN_TILL = "posclient-lan-hub-v2", "posclient-lan-till-v2"


@dataclass(frozen=True, slots=True)
class Signer:
    """Who a till is to its HQ: ``seed`` is its Ed25519 key, ``hq_key`` HQ's public one, pinned."""

    hq: str
    terminal: str
    seed: bytes = field(repr=False)
    hq_key: bytes


@dataclass(frozen=True, slots=True)
class Unsealing:
    """What HQ gives a till with each session: ``key`` wraps the till's own key in its vault, so that one that was
    sealed opens at the next good contact and a revoked one never does; and the chain's phone index key again.
    """

    key: bytes = field(repr=False)
    index_key: bytes = field(repr=False)


def new_seed() -> bytes:
    """A key for one till or one HQ."""
    return secrets.token_bytes(KEY_BYTES)


def public_key(seed: bytes) -> bytes:
    """The public half."""
    from nacl.signing import SigningKey

    return bytes(SigningKey(seed).verify_key)


def sign(seed: bytes, purpose: str, *parts: str | bytes) -> str:
    """A signature, in base64."""
    from nacl.signing import SigningKey

    return base64.b64encode(SigningKey(seed).sign(signed_bytes(purpose, parts)).signature).decode()


def seal_to(key: bytes, plain: bytes) -> str:
    """``plain`` in base64, as only the holder of the seed of the Ed25519 ``key`` can read it."""
    from nacl.public import SealedBox
    from nacl.signing import VerifyKey

    return base64.b64encode(SealedBox(VerifyKey(key).to_curve25519_public_key()).encrypt(plain)).decode()


def open_sealed(seed: bytes, sealed: str) -> bytes | None:
    """What ``seal_to`` sealed; None where it is not for us."""
    from nacl.exceptions import CryptoError
    from nacl.public import SealedBox
    from nacl.signing import SigningKey

    box = SealedBox(SigningKey(seed).to_curve25519_private_key())
    try:
        return bytes(box.decrypt(base64.b64decode(sealed, validate=True)))
    except (CryptoError, binascii.Error, ValueError, TypeError):
        return None
