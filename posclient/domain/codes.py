"""What was scanned. The one scan channel takes every kind of code; the code decides what it is (ux.md, scanning).

``parse`` cleans a raw text, refuses what no label of ours can hold (S-3), and says under which keys to look it up, in
order: always the whole code first. It never looks anything up and never guesses a price.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from posclient.domain import gs1
from posclient.domain.embedded import Embedded, EmbeddedRule, read_rules, read_sent_rules, rule_for
from posclient.domain.gtin import article_key, check_digit, ean13, gtin_key, has_check_digit, is_digits, read_gtin
from posclient.errors import InputError

__all__ = [
    "FULL_WIDTH", "LONGEST", "Embedded", "EmbeddedRule", "ReceiptNo", "ScannedCode", "article_key", "check_digit",
    "ean13", "format_receipt_no", "gtin_key", "has_check_digit", "is_digits", "parse", "parse_receipt_no", "read_gtin",
    "read_rules",
    "read_sent_rules",
]  # fmt: skip

#: The most that a QR code holds in letters and digits (S-3).
LONGEST = 4296
#: Control characters that a scanner may add, but GS, which parts GS1 elements (S-1). NUL is not dropped but refused.
_DROPPED = re.compile(r"[\x01-\x1c\x1e\x1f\x7f]")
#: Lone surrogates; zero-width signs and joiners; marks that turn the reading direction: two codes that look alike.
_UNSAFE = re.compile("[\x00\ud800-\udfff\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u061c\ufff9-\ufffb]")
#: ASCII as an input method in full-width mode types it; one to one, so nothing is guessed.
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
#: What a scanner may put in front to name the symbology (AIM); those of GS1 messages are gs1's business.
_SYMBOLOGY = re.compile(r"^\][A-Za-z][0-9A-Za-z]")
_RECEIPT = re.compile(
    r"(?P<store>[0-9A-Za-z_.-]{1,32})-(?P<slot>[1-9]\d{0,3})-(?P<day>\d{8})-(?P<seq>\d{6,12})", re.ASCII
)


@dataclass(frozen=True, slots=True)
class ScannedCode:
    """``text`` is ``raw`` cleaned. ``gtin14``: the article that the code as a whole, or its (01), names.

    ``embedded``: a price or weight by HQ's rule.
    ``problem`` is the code of what is wrong with a GS1 message or an embedded value: the whole code may still be
    known; where it is not, this says why nothing was read out of it.
    """

    raw: str
    text: str
    gtin14: str | None = None
    elements: tuple[gs1.Element, ...] = ()
    embedded: Embedded | None = None
    problem: str | None = None

    @property
    def lookup_keys(self) -> tuple[str, ...]:
        """What to look up, in order, as ``article_key`` files it.

        A hit by a key of ``embedded`` is sold at its price; any other hit is not.
        """
        keys = [self.text]
        if self.gtin14:
            keys.append(self.gtin14)
        if self.embedded:
            keys.extend(article_key(key) for key in self.embedded.keys)
        return tuple(dict.fromkeys(keys))

    @property
    def receipt_no(self) -> ReceiptNo | None:
        """The receipt that the code names, if it has the form of one."""
        return parse_receipt_no(self.text)


def parse(raw: str, rules: Sequence[EmbeddedRule] = ()) -> ScannedCode:
    """Read a scanned or typed code. Raises ``InputError``: ``code_too_long``, ``code_unsafe``, ``code_empty``."""
    text = _clean(raw)
    whole = ScannedCode(raw, text, gtin14=read_gtin(text))
    try:
        return _read_inside(whole, rules)
    except InputError as error:
        return replace(whole, problem=error.code)


def _clean(raw: str) -> str:
    if len(raw) > LONGEST:
        raise InputError("code_too_long", length=len(raw), most=LONGEST)
    if raw.isascii() and raw.isalnum():  # as nearly all are: nothing of what follows is in it
        return raw
    unsafe = _UNSAFE.search(raw)
    if unsafe:
        raise InputError("code_unsafe", sign=f"U+{ord(unsafe[0]):04X}", at=unsafe.start())
    text = _DROPPED.sub("", raw).translate(FULL_WIDTH).strip(" ").rstrip(gs1.GS)
    if not gs1.says_gs1(text):
        text = re.sub(_SYMBOLOGY, "", text, count=1)
    if not text:
        raise InputError("code_empty")
    return text


def _read_inside(whole: ScannedCode, rules: Sequence[EmbeddedRule]) -> ScannedCode:
    rule = rule_for(whole.text, rules)
    if rule:
        return replace(whole, embedded=rule.read(whole.text))
    if gs1.may_be_gs1(whole.text):
        return _read_gs1(whole)
    return whole


def _read_gs1(whole: ScannedCode) -> ScannedCode:
    """The article of (01); a text that only looked like GS1 and is not is simply a code of its own."""
    try:
        elements = gs1.read_elements(whole.text)
    except InputError:
        if gs1.says_gs1(whole.text):
            raise
        return whole
    return replace(whole, gtin14=gs1.article_of(elements), elements=elements)


@dataclass(frozen=True, slots=True)
class ReceiptNo:
    """``store-slot-businessdate-seq``; ``seq`` counts up for ever per slot and never restarts with the date."""

    store: str
    slot: int
    business_date: date
    seq: int

    def __str__(self) -> str:
        return f"{self.store}-{self.slot}-{self.business_date:%Y%m%d}-{self.seq:06d}"


def format_receipt_no(store: str, slot: int, business_date: date, seq: int) -> str:
    """S001, 1, 2026-11-22, 1 -> "S001-1-20261122-000001"."""
    return str(ReceiptNo(store, slot, business_date, seq))


def parse_receipt_no(text: str) -> ReceiptNo | None:
    """The parts of a receipt number; None for any other text."""
    found = _RECEIPT.fullmatch(text)
    if not found:
        return None
    day = found["day"]
    try:
        business_date = date(int(day[:4]), int(day[4:6]), int(day[6:]))
    except ValueError:
        return None
    return ReceiptNo(found["store"], int(found["slot"]), business_date, int(found["seq"]))
