"""What a rule is, and how one is found broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from posclient.errors import LinkError

Check = Callable[[Any], None]
_T = TypeVar("_T")


class BrokenError(Exception):
    """HQ did something else; the text says what, without any value of a body."""


class SkippedError(Exception):
    """HQ does not offer this, as it may; the text says why."""


@dataclass(frozen=True, slots=True)
class Rule:
    """``name`` is stable, for people who keep lists; ``says`` is the rule; ``check`` asks a ``ground.Ground``."""

    name: str
    says: str
    check: Check


#: All rules in the order of their files.
RULES: list[Rule] = []


def rule(name: str, says: str) -> Callable[[Check], Check]:
    """Make a function a rule."""

    def declare(check: Check) -> Check:
        RULES.append(Rule(name, says, check))
        return check

    return declare


def must(true: object, instead: str) -> None:
    """``BrokenError`` with what HQ did ``instead``, unless ``true``."""
    if not true:
        raise BrokenError(instead)


def refused(ask: Callable[[], object], *codes: str) -> LinkError:
    """HQ must answer ``ask`` with one of the error ``codes``; gives the error with its parameters."""
    try:
        ask()
    except LinkError as error:
        must(error.code in codes, f"answered {error}, not {' or '.join(codes)}")
        return error
    raise BrokenError(f"took it; expected {' or '.join(codes)}")


def optional(ask: Callable[[], _T], why: str) -> _T:
    """``SkippedError`` with ``why`` where HQ does not know the call."""
    try:
        return ask()
    except LinkError as error:
        if error.params.get("status") == 404:
            raise SkippedError(why) from error
        raise
