"""Ask every rule, and say a line each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from posclient.errors import PosError
from sync.conformance import (  # noqa: F401 - they declare the rules
    enrolling,
    escrow,
    hubs,
    leasing,
    machines,
    news,
    outcomes,
    pulling,
    pushing,
    settling,
    staff,
)
from sync.conformance.ground import Ground
from sync.conformance.rules import RULES, BrokenError, Rule, SkippedError


@dataclass(frozen=True, slots=True)
class Finding:
    """``verdict``: ok, broken or skipped; ``why`` is empty where it is ok."""

    rule: Rule
    verdict: str
    why: str = ""


def examine(
    url: str, token: str, wanted: Callable[[str], bool] = lambda _name: True, stock_of: str = "", value_of: str = ""
) -> Iterator[Finding]:
    """Examine the HQ at ``url``, rule by rule; it gets a store of its own and keeps what was tried there.

    ``token``: the administration's; ``stock_of``, ``value_of``: see ``Ground``. ``LinkError`` where HQ cannot be
    asked at all, or the token is not its own.
    """
    ground = Ground(url, token, stock_of, value_of)
    try:
        ground.stranger.health()
        ground.code()
        for one in RULES:
            if wanted(one.name):
                yield _ask(one, ground)
    finally:
        ground.close()


def _ask(one: Rule, ground: Ground) -> Finding:
    try:
        one.check(ground)
    except BrokenError as broken:
        return Finding(one, "broken", str(broken))
    except SkippedError as skipped:
        return Finding(one, "skipped", str(skipped))
    except PosError as error:
        return Finding(one, "broken", f"answered {error}")
    except (KeyError, StopIteration, ValueError) as odd:
        return Finding(one, "broken", f"an answer that cannot be followed: {type(odd).__name__}")
    return Finding(one, "ok")
