"""Where this till's chain of facts ends, and whether a head from elsewhere is one of its own (S-24)."""

from __future__ import annotations

from dataclasses import dataclass

from posclient.db.connection import Connection, snapshot
from posclient.domain.chain_head import ChainHead
from posclient.domain.facts import chain_start
from posclient.errors import DataError


@dataclass(frozen=True, slots=True)
class HeadFinding:
    """``state``: right; cut (facts up to ``seq`` were there once, now ``last`` is the last); other_hash."""

    state: str
    seq: int
    incarnation: str
    last: int


def head(con: Connection) -> ChainHead:
    """The last fact that was made. Error: ``not_enrolled``."""
    found = con.execute("SELECT terminal, incarnation, next_seq - 1, last_hash FROM terminal").fetchone()
    if found is None:
        raise DataError("not_enrolled")
    return ChainHead(*found)


def compare(con: Connection, seq: int, digits: str, incarnation: str = "") -> HeadFinding:
    """Is the fact ``seq`` the one whose hash begins with ``digits``?

    ``incarnation`` (its beginning is enough) names the chain; without it any chain of this file will do, and what is
    wrong is said of the present one. The facts count, not what the counters say of them. Error: ``not_enrolled``.
    """
    with snapshot(con):
        now = head(con)
        chains: dict[str, tuple[str, int]] = {
            name: (terminal, last)
            for name, terminal, last in con.execute("SELECT incarnation, terminal, max(seq) FROM fact GROUP BY 1")
        }
        chains.setdefault(now.incarnation, (now.terminal, 0))
        asked = [name for name in chains if name.startswith(incarnation)]
        for name in asked:
            if _hash(con, name, chains[name][0], seq).startswith(digits):
                return HeadFinding("right", seq, name, chains[name][1])
    name = now.incarnation if now.incarnation in asked else asked[-1] if asked else incarnation
    last = chains[name][1] if name in chains else 0
    return HeadFinding("cut" if seq > last else "other_hash", seq, name, last)


def _hash(con: Connection, incarnation: str, terminal: str, seq: int) -> str:
    """Of a fact in hex; empty where there is none."""
    if seq == 0:
        return chain_start(terminal, incarnation).hex()
    found = con.execute("SELECT hash FROM fact WHERE incarnation = ? AND seq = ?", (incarnation, seq)).fetchone()
    return bytes(found[0]).hex() if found else ""
