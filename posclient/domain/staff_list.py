"""The staff of a store as HQ signs it: rights to approve hang on no file that somebody at the till can write to (S-23).

The list is a setting of the store's feed and names everybody who works there with a digest of their row. A till that
has seen one goes by none that is older, and by none at all no more (docs/protocol.md, staff).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from posclient.domain.signatures import array, is_signed

#: By HQ: who works in a store; and the setting of the store's feed that says so.
STAFF, SETTING = "posclient-staff-v2", "staff_list"
#: Hex digits of a digest: two rows of one digest are a chance of 1 in 2^128.
DIGITS = 32


@dataclass(frozen=True, slots=True)
class Trust:
    """What a till's vault knows of its HQ. ``hq_key``: the pinned key, empty where the vault is from before it was kept
    there; ``staff``: the serial of the latest list that was seen, 0: HQ has never signed one; ``store``: whose list
    that is, as each store's count by themselves; empty as ``hq_key``.
    """

    hq_key: bytes = b""
    staff: int = 0
    store: str = ""


@dataclass(frozen=True, slots=True)
class StaffList:
    """``digests`` by the id of who works there; ``epoch``: of the feed, so that a restored HQ signs anew."""

    serial: int
    epoch: str
    digests: Mapping[str, str]


def digest(staff: str, name: str, badge: str, roles: Iterable[str], pin_hash: str) -> str:
    """What is signed of one row."""
    text = array(staff, name, badge, pin_hash, *sorted(set(roles)))
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def document(store: str, serial: int, epoch: str, digests: Mapping[str, str]) -> str:
    """What HQ signs."""
    said = {"store": store, "serial": serial, "epoch": epoch, "staff": dict(sorted(digests.items()))}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def read(said: Any, key: bytes, store: str) -> StaffList | None:
    """The value of the setting, if ``key`` has signed it and it is about ``store``; None for anything else."""
    if not isinstance(said, dict):
        return None
    text, signature = said.get("document"), said.get("signature")
    if not isinstance(text, str) or not isinstance(signature, str):
        return None
    return _read(text, signature, key, store)


@lru_cache(maxsize=4096)
def _read(text: str, signature: str, key: bytes, store: str) -> StaffList | None:
    """Kept: who is at the till is asked with each PIN, and HQ asks at each contact."""
    if not is_signed(key, signature, STAFF, text):
        return None
    try:
        found = json.loads(text)
        serial, epoch, digests = found["serial"], found["epoch"], found["staff"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    texts = isinstance(digests, dict) and all(isinstance(one, str) for one in digests.values())
    if not texts or type(serial) is not int or not isinstance(epoch, str) or found.get("store") != store:
        return None
    return StaffList(serial, epoch, digests)
