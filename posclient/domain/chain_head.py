"""The head of a till's chain of facts: what is printed on the shift report, and typed back to check the journal (S-24).

Whoever cuts facts off the end of a journal leaves a chain that is whole in itself. A head on paper outside the till, or
at HQ, is what gives that away.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from posclient.errors import InputError

#: Hex digits on paper: 96 bits, so that nobody finds other facts with the same ones; a row of 58 mm holds them.
PRINTED_DIGITS = 24
#: Fewer than this are no evidence.
FEWEST_DIGITS, ALL_DIGITS = 16, 64
_GROUP = 4
_HEAD = re.compile(r"\s*([0-9]{1,18})[\s:]+([0-9a-fA-F\s-]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The last fact of a chain; ``seq`` 0: none was made yet, ``hash`` is then the chain's start."""

    terminal: str
    incarnation: str
    seq: int
    hash: bytes

    @property
    def printed(self) -> str:
        """The beginning of the hash in groups of four digits."""
        digits = self.hash.hex()[:PRINTED_DIGITS]
        return " ".join(digits[at : at + _GROUP] for at in range(0, PRINTED_DIGITS, _GROUP))


def read_head(text: str) -> tuple[int, str]:
    """Seq and hex digits of a head as somebody types it off a slip; ``InputError("chain_head")``."""
    found = _HEAD.fullmatch(text)
    digits = re.sub(r"[\s-]", "", found[2]).lower() if found else ""
    if found is None or not FEWEST_DIGITS <= len(digits) <= ALL_DIGITS:
        raise InputError("chain_head", text=text[:80], fewest=FEWEST_DIGITS)
    return int(found[1]), digits
