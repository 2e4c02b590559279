"""The event stream of HQ's news, read line by line and bounded (protocol.md, news)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from posclient.errors import LinkError

#: Longest line that is read: a poke has some 80 bytes.
MOST_LINE = 4096
#: Longest spread that is believed (s).
MOST_WITHIN = 60


@dataclass(frozen=True, slots=True)
class Poke:
    """``feed`` has moved to ``version``. It carries no data: the till pulls.

    ``within``: seconds over which tills are to spread; None: HQ does not say.
    """

    feed: str
    version: int
    within: float | None = field(default=None, compare=False)


def pokes(pieces: Iterable[bytes]) -> Iterator[Poke | None]:
    """The pokes of a stream; None for each comment. Events of other kinds are skipped: a newer HQ may say more.

    ``LinkError("not_hq")`` for what is no event stream.
    """
    kind = ""
    for line in _lines(pieces):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            kind = ""
        elif not name:
            yield None
        elif name == "event":
            kind = value
        elif name == "data" and kind == "feed":
            yield _poke(value)


def _lines(pieces: Iterable[bytes]) -> Iterator[str]:
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            yield line.rstrip(b"\r").decode(errors="replace")
        if len(rest) > MOST_LINE:
            raise LinkError("not_hq", why="too_long")


def _poke(text: str) -> Poke:
    try:
        found = json.loads(text)
        feed, version, within = found["feed"], found["version"], found.get("within")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise LinkError("not_hq", why="shape") from None
    if not isinstance(feed, str) or type(version) is not int or not _is_time(within):
        raise LinkError("not_hq", why="shape")
    return Poke(feed, version, within)


def _is_time(within: object) -> bool:
    return within is None or (type(within) in (int, float) and 0 <= within <= MOST_WITHIN)  # type: ignore[operator]
