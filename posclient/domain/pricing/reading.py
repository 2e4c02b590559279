"""Strict reading of JSON: whatever is wrong is one ``BadBasket`` that names the field (pricing.md, bad input)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Self

from posclient.errors import InputError

#: Larger numbers are rejected: no price, quantity or percentage needs them, and sums stay within reason (S-5).
MOST = 10**18


class BadBasket(InputError, ValueError):
    """The basket breaks a rule of pricing.md. ``field`` is its path, such as ``lines[2].qty`` (empty: the whole text).

    Codes: not_json, not_object, not_list, not_text, not_integer, not_boolean, not_time, missing, too_small, too_large,
    duplicate, unknown_kind, unknown_line, empty, one_step_only, impossible_pin.
    """

    def __init__(self, code: str, field: str) -> None:
        super().__init__(code, field=field)
        self.field = field


def parse_json(text: str | bytes) -> object:
    """JSON as it is written: no NaN, no text that is not UTF-8, any depth without a crash."""
    try:
        return json.loads(
            text.decode() if isinstance(text, bytes) else text, parse_int=_parse_int, parse_constant=_no_constant
        )
    except (ValueError, RecursionError):
        raise BadBasket("not_json", "") from None


def _parse_int(digits: str) -> int:
    """Python refuses more than 4,300 digits with an error that names no field; ours is too large, and says where."""
    if len(digits) <= 20:
        return int(digits)
    return -10 * MOST if digits[0] == "-" else 10 * MOST


def _no_constant(name: str) -> object:
    raise ValueError(name)


class Fields:
    """A JSON object being read. ``at`` is its path."""

    __slots__ = ("_values", "at")

    def __init__(self, value: object, at: str) -> None:
        if type(value) is not dict:
            raise BadBasket("not_object", at)
        self._values: dict[str, Any] = value
        self.at = at

    def path(self, name: str) -> str:
        return f"{self.at}.{name}" if self.at else name

    def bad(self, code: str, name: str) -> BadBasket:
        return BadBasket(code, self.path(name))

    def names(self) -> list[str]:
        return list(self._values)

    def has(self, name: str) -> bool:
        """Is it there, and not null?"""
        return self._values.get(name) is not None

    def _required(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            raise self.bad("missing", name) from None

    def text(self, name: str) -> str:
        return _text(self._required(name), self.path, name)

    def optional_text(self, name: str) -> str | None:
        return self.text(name) if self.has(name) else None

    def integer(self, name: str, least: int = 0, most: int = MOST) -> int:
        return _integer(self._required(name), self.path, name, least, most)

    def integer_or(self, default: int, name: str, least: int = 0) -> int:
        return self.integer(name, least) if name in self._values else default

    def optional_integer(self, name: str) -> int | None:
        return self.integer(name) if self.has(name) else None

    def flag(self, name: str, default: bool = False) -> bool:
        value = self._values.get(name, default)
        if value is True or value is False:
            return value
        raise self.bad("not_boolean", name)

    def moment(self, name: str) -> datetime:
        """A time with an offset (ISO 8601)."""
        text = self.text(name)
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise self.bad("not_time", name) from None
        if found.tzinfo is None:
            raise self.bad("not_time", name)
        return found

    def optional_moment(self, name: str) -> datetime | None:
        return self.moment(name) if self.has(name) else None

    def _list(self, name: str) -> list[Any]:
        value = self._values.get(name, [])
        if type(value) is not list:
            raise self.bad("not_list", name)
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; left out: none."""
        return tuple([_text(value, self.path, f"{name}[{n}]") for n, value in enumerate(self._list(name))])

    def fields(self, name: str) -> Self:
        """An object; left out: an empty one."""
        return type(self)(self._values.get(name, {}), self.path(name))

    def objects(self, name: str, required: bool = False) -> list[Self]:
        """A list of objects; left out: none."""
        if required:
            self._required(name)
        path = self.path(name)
        return [type(self)(value, f"{path}[{n}]") for n, value in enumerate(self._list(name))]

    def integers(self, name: str) -> dict[str, int]:
        """An object of integers not below 0; left out: an empty one."""
        inner = self.fields(name)
        return {_text(key, inner.path, "key"): inner.integer(key) for key in inner.names()}


def _text(value: object, path: Callable[[str], str], name: str) -> str:
    if type(value) is not str:
        raise BadBasket("not_text", path(name))
    # A lone surrogate can be neither stored nor printed. Most texts are ASCII, and that is known at once.
    if not value.isascii() and any("\ud800" <= sign <= "\udfff" for sign in value):
        raise BadBasket("not_text", path(name))
    return value


def _integer(value: object, path: Callable[[str], str], name: str, least: int, most: int) -> int:
    if type(value) is not int:  # neither 2.0 nor true
        raise BadBasket("not_integer", path(name))
    if value < least:
        raise BadBasket("too_small", path(name))
    if value > most:
        raise BadBasket("too_large", path(name))
    return value


def check_unique(found: Iterable[str], list_path: str, field: str = ".id") -> None:
    """No id twice within its list."""
    seen: set[str] = set()
    for n, one in enumerate(found):
        if one in seen:
            raise BadBasket("duplicate", f"{list_path}[{n}]{field}")
        seen.add(one)
