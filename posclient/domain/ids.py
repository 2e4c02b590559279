"""Identifiers, and the clock and chance they are made of.

Ids are opaque: nothing ever reads order or time out of them (protocol.md, identity and order).
Clock and randomness are passed in, so that a simulation can own them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol
from uuid import UUID, uuid5

#: Namespace of the ids that two places must make alike without talking (care tasks, newcomer coupons).
NAMESPACE = UUID("6f0b4a3e-93a5-5d7c-8a51-0c1d8f0c3b11")


class Clock(Protocol):
    """Business time: aware, in the store's zone."""

    def now(self) -> datetime: ...


class LocalClock(Clock, Protocol):
    """A clock that also knows its zone's offset at other instants: in summer it is another one than in winter."""

    def local(self, at: datetime) -> datetime:
        """The instant ``at`` as the store's clocks show it then."""


NewId = Callable[[], str]


def uuid7(milliseconds: int, random: bytes) -> str:
    """A UUIDv7 (RFC 9562) of a Unix time in ms and ten random bytes."""
    value = (milliseconds & (2**48 - 1)) << 80 | int.from_bytes(random[:10], "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(UUID(int=value))


def derived_id(*parts: str) -> str:
    """The same id wherever it is made: UUIDv5 over the parts."""
    return str(uuid5(NAMESPACE, "\x1f".join(parts)))
