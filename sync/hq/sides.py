"""Side records: personal data that only HQ can open (protocol.md, identity and order)."""

from __future__ import annotations

import base64
import binascii

from posclient.domain.private import side_hash
from sync.hq.bodies import UnreadableError
from sync.hq.identity import Keys
from sync.hq.work import Received


def open_side(keys: Keys, received: Received, wanted: str) -> bytes:
    """The plain text of the side record whose hash the fact holds.

    Raises:
        UnreadableError: ``side_missing``, ``side_unreadable``.
    """
    from nacl.exceptions import CryptoError
    from nacl.public import PrivateKey, SealedBox

    for side in received.sides:
        try:
            salt, sealed = (base64.b64decode(text, validate=True) for text in (side.salt, side.sealed))
            if side_hash(salt, sealed) == wanted:
                return bytes(SealedBox(PrivateKey(keys.seal_private)).decrypt(sealed))
        except (binascii.Error, ValueError, CryptoError):
            raise UnreadableError("side_unreadable", "sealing") from None
    raise UnreadableError("side_missing", f"{len(received.sides)} side records")
