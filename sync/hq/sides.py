"""Side records: personal data that only HQ can open (protocol.md, identity and order)."""

from __future__ import annotations

import base64
import binascii

from sqlmodel import Session, select

from posclient.domain.private import side_hash
from sync.hq.bodies import UnreadableError
from sync.hq.fact_tables import FactRow, SideRow
from sync.hq.identity import Keys
from sync.hq.work import Received
from sync.protocol import FactMessage, SideRecord


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


def kept(session: Session, fact: FactRow) -> Received:
    """The fact as it came, with the sealed records that are here."""
    sides = session.exec(select(SideRow).where(SideRow.fact == fact.id)).all()
    message = FactMessage(
        terminal=fact.terminal, incarnation=fact.incarnation, seq=fact.seq, id=fact.id, kind=fact.kind,
        kind_version=fact.kind_version, body=fact.body.decode(), hash=fact.hash,
    )  # fmt: skip
    return Received(message, fact.body, tuple(SideRecord(**side.model_dump()) for side in sides))
