"""What came back from HQ, judged: the message it should be, or ``LinkError``.

The other end is not trusted to be HQ until it has proved it: a captive portal answers 200 with HTML, a broken proxy
cuts, a hostile one doubles keys, nests ten thousand lists or packs ten gigabytes into ten kilobytes. What is not the
JSON that we expect, in every type, is ``not_hq`` (field_failures.md T-21, S-10).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import zstandard
from pydantic import ValidationError

from posclient.errors import LinkError
from sync.protocol import Message, ProblemReply

_Reply = TypeVar("_Reply", bound=Message)

#: Codes that HQ may answer with; any other is ``bad_request`` or ``server`` (``sync.protocol.HqApi``).
CODES = {
    "gap", "upgrade_required", "unauthorized", "snapshot_required", "bad_code", "bad_request", "base_missing",
}  # fmt: skip
#: What shuts a till. Anybody can say it: here it is ``revoked_unproved``, and only a session of HQ's proves it.
REVOKED = "revoked"
#: Seconds to wait when HQ asks for patience without a number that can be used, and the most that is believed: as long
#: as a till backs off by itself, since a gateway on the way may ask for an hour.
RETRY_DEFAULT, RETRY_MOST = 30, 300
#: Memory that unpacking may take for its window.
MOST_WINDOW = 8 * 1024 * 1024
#: A surrogate in escaped form: of a pair, or alone.
_ESCAPED = re.compile(rb"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer, unpacked. ``headers`` by lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """The content type without its parameters."""
        return self.headers.get("content-type", "").split(";")[0].strip()


def message(kind: type[_Reply], reply: Reply) -> _Reply:
    """The message in a JSON reply."""
    expect(reply, "application/json")
    return _checked(kind, reply.body)


def text_message(kind: type[_Reply], text: str) -> _Reply:
    """The message in a text that came inside of another one, since it is signed."""
    return _checked(kind, text.encode())


def is_said_revoked(reply: Reply) -> bool:
    """Does this answer, whoever's it is, say that our place has been taken away?"""
    return reply.status >= 400 and _problem(reply).code == "revoked_unproved"


def expect(reply: Reply, media_type: str) -> None:
    """Raise what HQ said, if it said no; ``not_hq`` for another kind of answer (200 with HTML, a redirect)."""
    if reply.status >= 400:
        raise _problem(reply)
    if not 200 <= reply.status < 300 or reply.media_type != media_type:
        raise LinkError("not_hq", why="type", status=reply.status)


def unpacked(coding: str, body: bytes, most: int) -> bytes:
    """Undo the content coding within ``most`` bytes, whatever size the packed data claims (zstd bomb)."""
    if coding == "identity":
        return body
    if coding != "zstd":
        raise LinkError("not_hq", why="coding")
    try:
        with zstandard.ZstdDecompressor(max_window_size=MOST_WINDOW).stream_reader(body) as reader:
            plain: bytes = reader.read(most + 1)
    except (zstandard.ZstdError, MemoryError) as error:
        raise LinkError("not_hq", why="coding") from error
    if len(plain) > most:
        raise LinkError("not_hq", why="too_long")
    return plain


def parsed(body: bytes) -> Any:
    """JSON in UTF-8, with unique keys, finite numbers and texts that can be stored; ``not_hq`` for the rest.

    Half of a surrogate pair is a text for Python's reader, whether as bytes or escaped, but nothing can be done with
    it: not bound to a statement, not hashed, not put into an address, not printed.
    """
    try:
        found = json.loads(body.decode(), object_pairs_hook=_once, parse_constant=_no_constant)
        if _ESCAPED.search(body):
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise LinkError("not_hq", why="json") from error
    return found


def _checked(kind: type[_Reply], body: bytes) -> _Reply:
    try:
        return kind.model_validate(parsed(body))
    except ValidationError as error:
        raise LinkError("not_hq", why="shape") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are unique: two readers of a doubled key need not agree on its value."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("doubled key")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _problem(reply: Reply) -> LinkError:
    """What a 4xx or 5xx means. Whoever sent it, ``Retry-After`` is obeyed, within reason."""
    if reply.status in {429, 503}:
        return LinkError("retry_after", seconds=_patience_asked(reply.headers.get("retry-after", "")))
    server = reply.status >= 500
    if reply.media_type != "application/json":
        return LinkError("server" if server else "not_hq", status=reply.status)
    try:
        said = _checked(ProblemReply, reply.body)
    except LinkError as error:
        return LinkError("server", status=reply.status) if server else error
    return _said(said, reply.status)


def _said(problem: ProblemReply, status: int) -> LinkError:
    """The error that HQ named, with its parameters."""
    if problem.error == "gap":
        expected = problem.detail.get("expected")
        if not isinstance(expected, int) or isinstance(expected, bool) or expected < 1:
            return LinkError("not_hq", why="gap")
    if problem.error == REVOKED:
        return LinkError("revoked_unproved")
    if problem.error in CODES:
        return LinkError(problem.error, **problem.detail)
    return LinkError("server" if status >= 500 else "bad_request", error=problem.error, status=status)


def _patience_asked(asked: str) -> int:
    """``Retry-After`` in seconds, within reason; its form with a date (RFC 9110) is not worth a clock here."""
    return min(int(asked), RETRY_MOST) if asked.isascii() and asked.isdigit() and len(asked) < 9 else RETRY_DEFAULT
