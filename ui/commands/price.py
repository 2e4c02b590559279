"""``posclient price FILE|-``: what a basket costs, so that anyone can check it (pricing.md).

It needs the domain alone and starts fast; nothing heavy may be imported here.
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import IO, Any

from posclient.domain.pricing import BadBasket, parse_json, price, quote_json, read_basket

BAD = 2
#: What is wrong with a field, in words; the codes are ``BadBasket``'s.
WORDS = {
    "not_json": "is not JSON (UTF-8, not nested too deep)",
    "not_object": "must be an object",
    "not_list": "must be a list",
    "not_text": "must be a text that can be printed",
    "not_integer": "must be an integer (2.0 and true are none)",
    "not_boolean": "must be true or false",
    "not_time": "must be an ISO 8601 time with an offset",
    "missing": "is missing",
    "too_small": "is too small",
    "too_large": "is too large",
    "duplicate": "is there twice",
    "unknown_kind": "is of an unknown kind",
    "unknown_line": "names no line of this basket",
    "empty": "must not be empty",
    "one_step_only": "goes with one step only",
    "impossible_pin": "cannot be kept: no permitted set holds every pinned coupon",
}


def add(subparsers: Any) -> None:
    """Declare ``price``."""
    parser = subparsers.add_parser(
        "price", help="price a basket", description="Print the quote of a basket (JSON) as JSON; - is standard input."
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("file", nargs="?", metavar="FILE|-", help="one basket")
    source.add_argument(
        "--lines", metavar="FILE|-", help='a basket a line; prints a quote a line, {"error": "..."} for a bad one'
    )


def run(args: argparse.Namespace) -> int:
    """Status 2 for bad input, with one line on standard error; output that cannot be written is the caller's."""
    name = args.lines or args.file
    try:
        with _opened(name) as file:
            return _price_lines(file) if args.lines else _price_one(file)
    except _UnreadableError as error:
        return _complain(f"{name}: {error}")


class _UnreadableError(Exception):
    """The input cannot be read, and why."""


@contextmanager
def _reading() -> Iterator[None]:
    """Only what is done in here can be the input's fault."""
    try:
        yield
    except OSError as error:
        raise _UnreadableError(error.strerror) from error


def _opened(name: str) -> AbstractContextManager[IO[bytes]]:
    with _reading():
        return _input(name)


def _input(name: str) -> AbstractContextManager[IO[bytes]]:
    if name != "-":
        return Path(name).open("rb")
    if sys.stdin is None:  # started with it closed
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    return nullcontext(sys.stdin.buffer)


def _price_one(file: IO[bytes]) -> int:
    with _reading():
        text = file.read()
    try:
        print(_quote(text))
    except BadBasket as error:
        return _complain(describe(error))
    return 0


def _price_lines(file: IO[bytes]) -> int:
    """As they come, in order, each answered at once; the first bad one is named at the end."""
    first_bad = ""
    for number, (answer, error) in enumerate(_answers(file), start=1):
        print(answer, flush=True)
        if error and not first_bad:
            first_bad = f"line {number}: {error}"
    return _complain(first_bad) if first_bad else 0


def _answers(file: IO[bytes]) -> Iterator[tuple[str, str]]:
    for line in _lines(file):
        try:
            yield _quote(line), ""
        except BadBasket as error:
            text = describe(error)
            yield json.dumps({"error": text}), text


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    with _reading():
        yield from file


def _quote(text: bytes) -> str:
    return json.dumps(quote_json(price(read_basket(parse_json(text)))))


def describe(error: BadBasket) -> str:
    """One line that names the field. Control signs in a name are shown, not sent to the terminal."""
    field = error.field.encode("ascii", "backslashreplace").decode() if error.field else "the basket"
    shown = "".join([sign if sign.isprintable() else repr(sign)[1:-1] for sign in field])
    return f"{shown} {WORDS[error.code]}"


def _complain(text: str) -> int:
    print(f"posclient price: {text}", file=sys.stderr)
    return BAD
