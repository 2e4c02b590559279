"""What becomes of good data on a bad line, or in bad hands: JSON with a wrong value somewhere, bytes that were cut."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

#: Values that some code, somewhere, did not expect.
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**53, 2**63 - 1, 2**63, 2**64, -(2**63) - 1, 10**40, 0.0, -0.5, 1e308,
    float("nan"), float("inf"), "", " ", "\0", "\ud800", "\u202e", "a\nb", "𝕏" * 3, "1", "-1", "null", "9" * 400,
    "2026-13-45T99:99:99", "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59-14:00", "2026-01-01", "x" * 5000,
    "../../etc/passwd", "'; DROP TABLE sale; --", "=1+1", "13912345678", [], {}, [[]], {"": None}, [None] * 50,
    {"a": {"a": {"a": {}}}}, ["x", 1, None],
)  # fmt: skip
#: Bytes that mean something to a parser.
_SIGNS = (
    b"\0", b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"\n", b"\r", b"\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80",
    b"1e999", b"-", b"\\u0000", b'""', b";", b"\t", b"[" * 3000,
)  # fmt: skip


def mutated(random: Random, value: Any) -> Any:
    """A copy with one to three things wrong."""
    value = copy.deepcopy(value)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        value = _once(random, value)
    return value


def dumped(value: Any) -> bytes:
    """As JSON, with what Python's reader takes beyond it (NaN, lone surrogates)."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def broken(random: Random, data: bytes) -> bytes:
    """The bytes, cut, doubled, flipped or sprinkled."""
    made = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 4))):
        place = random.randrange(len(made) + 1)
        other = random.randrange(len(made) + 1)
        act = random.randrange(6)
        if act == 0:
            del made[place:]
        elif act == 1:
            del made[min(place, other) : max(place, other)]
        elif act == 2:
            made[place:place] = made[min(place, other) : min(place, other) + 400]
        elif act == 3:
            made[place:place] = random.choice(_SIGNS)
        elif made and act == 4:
            made[place - 1] ^= 1 << random.randrange(8)
        elif made:
            made[place - 1 : place] = random.choice(_SIGNS)
    return bytes(made)


def _once(random: Random, value: Any) -> Any:
    """Walk down by chance and spoil the place where the walk ends."""
    if isinstance(value, dict) and value and random.random() < 0.9:
        name = random.choice(list(value))
        act = random.random()
        if act < 0.1:
            del value[name]
        elif act < 0.15:
            value[random.choice(("", "\0", "\ud800", "d", "extra", name + "x"))] = copy.deepcopy(random.choice(ODD))
        else:
            value[name] = _once(random, value[name])
        return value
    if isinstance(value, list) and value and random.random() < 0.9:
        place = random.randrange(len(value))
        act = random.random()
        if act < 0.1:
            del value[place]
        elif act < 0.25:
            value.insert(random.randrange(len(value) + 1), copy.deepcopy(value[place]))
        elif act < 0.3:
            random.shuffle(value)
        else:
            value[place] = _once(random, value[place])
        return value
    if isinstance(value, int) and not isinstance(value, bool) and random.random() < 0.5:
        return value + random.choice((-1, 1, -value, 10**6, 2**62))
    if isinstance(value, str) and value and random.random() < 0.3:
        place = random.randrange(len(value))
        return value[:place] + random.choice(("\0", "", "é", "'", " ", "\ud800")) + value[place + 1 :]
    return copy.deepcopy(random.choice(ODD))
