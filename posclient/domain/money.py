"""Money is an int of fen (0.01 yuan). It becomes text here and nowhere else."""

from __future__ import annotations

import re

from posclient.errors import InputError

#: More than any till takes; guards sums against nonsense such as 10^18 (S-5).
MOST = 10**11
_YUAN = re.compile(r"([0-9]{1,10})(?:\.([0-9]{1,2}))?", re.ASCII)


def parse_yuan(text: str) -> int:
    """Read yuan: 12.5 -> 1250. ASCII digits only, two places at most; else ``InputError("amount")``."""
    found = _YUAN.fullmatch(text.strip())
    if not found:
        raise InputError("amount", text=text[:40])
    fen = int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))
    if fen > MOST:
        raise InputError("amount", text=text[:40])
    return fen


def yuan(fen: int) -> str:
    """1250 -> "12.50", -5 -> "-0.05". No grouping: it is read back by people and tests."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def yuan_in_groups(fen: int) -> str:
    """123456789 -> "1,234,567.89": for figures of a chain, which nobody types in again."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def round_cash(left: int, unit: int) -> int:
    """What is rounded away (抹零) from ``left`` fen, down to ``unit`` fen (1, 10 or 100)."""
    return left % unit if left > 0 else 0


def quick_amounts(left: int) -> tuple[int, ...]:
    """What a customer is likely to hand over for ``left`` fen: up to four amounts above it."""
    found: list[int] = []
    for note in (100, 500, 1000, 2000, 5000, 10000):
        amount = -(-left // note) * note
        if amount > left and amount not in found:
            found.append(amount)
    return tuple(sorted(found)[-4:]) if len(found) > 4 else tuple(sorted(found))
