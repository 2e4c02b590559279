"""Who this HQ is, and the keys that the chain shares; made at first start, kept in the database (docs/hq.md, keys)."""

from __future__ import annotations

import base64
import hmac
import secrets
from dataclasses import dataclass

from sqlmodel import Session, select

from posclient.domain.ids import Clock
from sync.hq.clock import milliseconds
from sync.hq.feeds import GLOBAL, make_feed, zone_feed
from sync.hq.placing import DEFAULT_ZONE
from sync.hq.tables import Identity
from sync.signing import new_seed


@dataclass(frozen=True, slots=True)
class Keys:
    """``seal_private`` opens side records; ``index_key`` keys the blind index of phones; ``sign_seed`` is HQ's own
    Ed25519 key. ``hq`` is HQ's id."""

    hq: str
    seal_private: bytes
    seal_public: bytes
    index_key: bytes
    sign_seed: bytes


def unseal_key(keys: Keys, terminal: str) -> bytes:
    """What wraps the own key of ``terminal`` in its vault: always the same, and kept nowhere."""
    return hmac.digest(keys.seal_private, b"posclient unseal " + terminal.encode(), "sha256")


def own_keys(session: Session, clock: Clock) -> Keys:
    """HQ's keys, made where this is a new database."""
    found = session.exec(select(Identity)).first()
    if found is None:
        found = _new_identity(clock)
        session.add(found)
        make_feed(session, GLOBAL)
        make_feed(session, zone_feed(DEFAULT_ZONE))
    if not found.sign_seed:
        found.sign_seed = text(new_seed())  # a database from before tills and HQ signed
    texts = (found.seal_private, found.seal_public, found.index_key, found.sign_seed)
    return Keys(found.id, *(base64.b64decode(key) for key in texts))


def _new_identity(clock: Clock) -> Identity:
    from nacl.public import PrivateKey

    seal = PrivateKey.generate()
    return Identity(
        id=f"hq-{secrets.token_hex(8)}",
        seal_private=text(bytes(seal)),
        seal_public=text(bytes(seal.public_key)),
        index_key=text(secrets.token_bytes(32)),
        sign_seed=text(new_seed()),
        made_ms=milliseconds(clock),
    )


def text(key: bytes) -> str:
    """A key as the tables and the wire have it."""
    return base64.b64encode(key).decode()
