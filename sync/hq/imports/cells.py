"""One cell of an import file: text in, value out, or ``BadCellError`` with a code that says what is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime
from math import isinf
from typing import Any

from posclient.domain.gtin import has_check_digit, is_digits
from posclient.domain.money import MOST
from posclient.domain.private import plain_phone
from posclient.errors import InputError
from sync.hq.stores import STORE_ID

#: Longest text of a cell; longer than any name, shorter than what would trouble a page.
MOST_TEXT = 500
#: Longest document (a rule, a script, a list of SKUs).
MOST_LONG = 100_000
#: EAN and UPC numbers of these lengths carry a check digit; a wrong one is a slip of somebody's finger.
_CHECKED_LENGTHS = (12, 13, 14)
_WHOLE = re.compile(r"-?[0-9]{1,16}", re.ASCII)
#: Control characters, and what is left of bytes that are not UTF-8.
_BAD_TEXT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_BAD_LONG = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
#: A NUL as JSON writes it; a backslash before it that is itself a sign makes it a text like any other.
_BAD_IN_JSON = re.compile(r"(?<!\\)(?:\\\\)*\\u0000|[\ud800-\udfff]")
#: A number of 12 digits or more as a spreadsheet writes it unless its column is text: most of its digits are lost.
#: One of any length whose column has that form on purpose. A long one with decimals, as a spreadsheet or a program
#: writes it that computes with such columns; and one of 8 digits or more as Java does.
_ROUNDED = re.compile(
    r"[0-9][Ee]\+(1[1-9]|[2-9][0-9])|[0-9][.,][0-9]+[Ee]\+[0-9]{2,3}|[0-9]{7,}\.0+|[1-9]\.[0-9]+E([7-9]|1[0-9])",
    re.ASCII,
)
#: What a spreadsheet shows where a formula came to nothing, or a column is too narrow.
_NO_VALUE = re.compile(
    r"#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|CALC!|FIELD!|BLOCKED!|GETTING_DATA)|#{3,}|Err:5[0-9]{2}"
)
#: What others write between the entries of a list.
_PARTING = re.compile(r"[,;|，；、]")
#: ``="690..."`` and ``'690...``: how programs keep a spreadsheet from taking a code for a number.
_WRAPPED = ('="', "'")
_ID = re.compile(r"\S(.{0,78}\S)?")


class BadCellError(Exception):
    """``code``: what is wrong with the cell. Its text is not kept: it may be a person's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def text(cell: str) -> str:
    """One line of text."""
    _check(cell, _BAD_TEXT, MOST_TEXT)
    return cell


def scanned(cell: str) -> str:
    """One line of text that a scanner reads from a card."""
    _check_whole(text(cell))
    return cell


def long_text(cell: str) -> str:
    """Text that may have line ends."""
    _check(cell, _BAD_LONG, MOST_LONG)
    return cell


def identifier(cell: str) -> str:
    """The key of a row: up to 80 characters without control characters."""
    _check(cell, _BAD_TEXT, 80)
    if not _ID.fullmatch(cell):
        raise BadCellError("bad_id")
    _check_whole(cell)
    return cell


def store_id(cell: str) -> str:
    """A store's id."""
    if not STORE_ID.fullmatch(cell):
        raise BadCellError("bad_store")
    return cell


def whole(least: int, most: int = MOST) -> Callable[[str], int]:
    """A whole number in ASCII digits, within bounds (S-5)."""

    def read(cell: str) -> int:
        if not _WHOLE.fullmatch(cell):
            raise BadCellError("not_whole")
        if not least <= int(cell) <= most:
            raise BadCellError("out_of_range")
        return int(cell)

    return read


#: Fen.
money = whole(0)
#: Basis points.
basis_points = whole(0, 10_000)


def flag(cell: str) -> bool:
    """Yes or no."""
    known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if cell.lower() not in known:
        raise BadCellError("not_a_flag")
    return known[cell.lower()]


def instant(cell: str) -> str:
    """A time with an offset, as it is."""
    try:
        aware = datetime.fromisoformat(cell).tzinfo is not None
    except ValueError:
        raise BadCellError("not_a_time") from None
    if not aware or not cell.isascii():
        raise BadCellError("not_a_time")
    return cell


def day(cell: str) -> str:
    """YYYY-MM-DD."""
    try:
        return date.fromisoformat(cell).isoformat()
    except ValueError:
        raise BadCellError("not_a_day") from None


def month(cell: str) -> str:
    """YYYY-MM."""
    try:
        day(f"{cell}-01")
    except BadCellError:
        raise BadCellError("not_a_month") from None
    return cell


def phone(cell: str) -> str:
    """A phone in its one spelling."""
    _check_whole(cell)
    try:
        return plain_phone(cell)
    except InputError:
        raise BadCellError("not_a_phone") from None


def has_value(cell: str) -> str:
    """The cell, unless it says that a spreadsheet had no value for it."""
    if cell[:1] in "#E" and _NO_VALUE.fullmatch(cell):
        raise BadCellError("no_value")
    return cell


def words(cell: str) -> list[str]:
    """A list, space-separated."""
    if _PARTING.search(cell):
        raise BadCellError("parting")
    return _parts(cell)


def identifiers(cell: str) -> list[str]:
    """A list of keys of rows."""
    return [identifier(one) for one in words(cell)]


def codes(cell: str) -> list[str]:
    """Barcodes, space-separated: GTINs with their check digit, or in-house codes."""
    found = words(cell)
    for code in found:
        if len(code) > 80 or not code.isascii():
            raise BadCellError("not_a_barcode")
        _check_whole(code)
        if is_digits(code) and len(code) in _CHECKED_LENGTHS and not has_check_digit(code):
            raise BadCellError("check_digit")
    return found


def choice(*known: str) -> Callable[[str], str]:
    """One of a few words."""

    def read(cell: str) -> str:
        if cell not in known:
            raise BadCellError("unknown_word")
        return cell

    return read


def several(*known: str) -> Callable[[str], list[str]]:
    """Some of a few words."""

    def read(cell: str) -> list[str]:
        found = _parts(cell)
        if not found or set(found) - set(known):
            raise BadCellError("unknown_word")
        return sorted(set(found))

    return read


def document(cell: str) -> Any:
    """Any JSON value, but no NaN, nothing infinite and no key twice."""
    _check(cell, _BAD_LONG, MOST_LONG)
    try:
        found = json.loads(cell, parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise BadCellError("not_json") from None
    _check(json.dumps(found, ensure_ascii=False), _BAD_IN_JSON, MOST_LONG * 2)
    return found


def setting(cell: str) -> Any:
    """Any JSON value; a spreadsheet writes true and false in capitals, whatever somebody types."""
    return cell == "TRUE" if cell in ("TRUE", "FALSE") else document(cell)


def json_object(cell: str) -> dict[str, Any]:
    """A JSON object."""
    found = document(cell)
    if not isinstance(found, dict):
        raise BadCellError("not_an_object")
    return found


def prices(cell: str) -> dict[str, int]:
    """A JSON object of fen by tier."""
    found = json_object(cell)
    for value in found.values():
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST:
            raise BadCellError("not_whole")
    return found


def _parts(cell: str) -> list[str]:
    return [has_value(one) for one in long_text(cell).split()]


def _check(cell: str, bad: re.Pattern[str], most: int) -> None:
    if len(cell) > most:
        raise BadCellError("too_long")
    found = bad.search(cell)
    if found:
        raise BadCellError("encoding" if found[0] >= "\ud800" else "control_character")


def _check_whole(code: str) -> None:
    """A code that others have become as well is nobody's; one in a spreadsheet's wrapping is on no label."""
    if _ROUNDED.fullmatch(code):
        raise BadCellError("rounded")
    if code.startswith(_WRAPPED):
        raise BadCellError("wrapped")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("doubled key")
    return found


def _finite(text: str) -> float:
    """1e999 is a number in JSON, and infinity here, which JSON cannot say again."""
    found = float(text)
    if isinf(found):
        raise ValueError(text)
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)
