"""How a feed is compared at both ends (protocol.md, pull)."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence

#: Sums of ``row_checksum`` are kept modulo this.
CHECKSUM_MODULUS = 2**64


def row_checksum(table: str, key: str, version: int) -> int:
    """One live row's part of its feed's checksum: first 8 bytes, big-endian, of SHA-256(table|key|version) in UTF-8."""
    return int.from_bytes(hashlib.sha256(f"{table}|{key}|{version}".encode()).digest()[:8], "big")


def rows_checksum(table: str, keys: Sequence[str], versions: Sequence[int]) -> int:
    """The sum of many rows' parts, for a first load; not yet reduced by ``CHECKSUM_MODULUS``."""
    rows = zip(keys, versions, strict=True)
    parts = [hashlib.sha256(f"{table}|{key}|{version}".encode()).digest()[:8] for key, version in rows]
    return sum(struct.unpack(f">{len(parts)}Q", b"".join(parts)))


def signed(checksum: int) -> int:
    """As a signed 64-bit number, which is what databases can hold; ``unsigned`` is its inverse."""
    return checksum - CHECKSUM_MODULUS if checksum >= CHECKSUM_MODULUS // 2 else checksum


def unsigned(stored: int) -> int:
    """Back from a database: 0 to 2^64 - 1."""
    return stored % CHECKSUM_MODULUS
