"""Ed25519 signatures, and what HQ signs of its leases one by one (docs/protocol.md, signatures).

PyNaCl is imported late: a till that serves no member whose coupons are leased needs none of it.
"""

from __future__ import annotations

import base64
import binascii
import json
from functools import lru_cache

#: By HQ: a store's lease of a coupon; a till's lease of stored value or points; a coupon held for a till's cart.
LEASE, VALUE_LEASE, HELD = "posclient-lease-v2", "posclient-value-lease-v2", "posclient-hold-v2"


def signed_bytes(purpose: str, parts: tuple[str | bytes, ...]) -> bytes:
    """A purpose, a line feed, and the parts with line feeds between them; only the last part may hold one itself."""
    plain = [part.encode() if isinstance(part, str) else part for part in (purpose, *parts)]
    if any(b"\n" in part for part in plain[:-1]):
        raise ValueError("a line feed in a part of a signed message")
    return b"\n".join(plain)


def is_signed(key: bytes, signature: str, purpose: str, *parts: str | bytes) -> bool:
    """Is ``signature`` (base64) that of ``key`` over exactly this?"""
    from nacl.exceptions import CryptoError
    from nacl.signing import VerifyKey

    try:
        VerifyKey(key).verify(signed_bytes(purpose, parts), base64.b64decode(signature, validate=True))
    except (CryptoError, binascii.Error, ValueError, TypeError):
        return False
    return True


def array(*parts: str | int) -> str:
    """What is signed of a lease: a compact JSON array, so that no text in it can pose as two."""
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=4096)
def is_hqs(key: bytes, signature: str, purpose: str, *parts: str | int) -> bool:
    """Has HQ, whose key is pinned, signed this lease? Kept: the same lease is asked for at each change of a cart."""
    return bool(signature) and is_signed(key, signature, purpose, array(*parts))
