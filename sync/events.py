"""The event stream of HQ's news, read line by line and bounded (protocol.md, news)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from posclient.errors import LinkError

#: Longest line that is read: a poke has some 80 bytes.
MOST_LINE = 4096


@dataclass(frozen=True, slots=True)
class Poke:
    """``feed`` has moved to ``version``. It carries no data: the till pulls."""

    feed: str
    version: int


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
        feed, version = found["feed"], found["version"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise LinkError("not_hq", why="shape") from None
    if not isinstance(feed, str) or type(version) is not int:
        raise LinkError("not_hq", why="shape")
    return Poke(feed, version)
