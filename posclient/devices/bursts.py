"""A run of keystrokes with no long pause in it, and whether a scanner typed it (ux.md, scanning).

A scanner types with under 10 ms between keys, a person with over 30. Only the events' own time stamps are looked at, so
a slow or stalled computer judges no differently.
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field
from enum import Enum

from posclient.domain.codes import FULL_WIDTH, LONGEST
from posclient.domain.gs1 import GS

#: No pause inside a scan is longer, and no key of a person is kept longer (ms).
HOLD_MS = 35.0
#: The median pause inside a scan is shorter (ms).
FAST_MS = 15.0
#: A scan has at least so many printable keys.
FEWEST_KEYS = 6
#: Input methods may answer one key with several events; a run that holds some is only odd from here on.
FEWEST_COMPOSED = 4


class Kind(Enum):
    """What a key event is to the scan channel. Shift, Ctrl, Alt alone are not fed to it."""

    CHAR = "char"
    SUFFIX = "suffix"
    CONTROL = "control"
    RELEASE = "release"


def kind_of(text: str, chord: bool = False) -> Kind:
    """The kind of a pressed key by the text it types; ``chord``: Ctrl, Alt or Meta is down.

    Scanners send Enter, Tab, LF and GS also as Ctrl+M, Ctrl+I, Ctrl+J and Ctrl+].
    """
    if text in {"\r", "\n", "\t"}:
        return Kind.SUFFIX
    if text == GS:
        return Kind.CHAR
    return Kind.CHAR if text and not chord and text.isprintable() else Kind.CONTROL


@dataclass(frozen=True, slots=True)
class Key:
    """One key event. ``code`` pairs a press with its release; ``repeat``: the system's auto-repeat.

    ``event`` is the owner's own: what it needs to send the key on to the window later.
    """

    time_ms: float
    text: str
    kind: Kind
    code: int = 0
    repeat: bool = False
    event: object = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Typed:
    """A person typed these: give them to whatever has the focus, in this order."""

    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Scan:
    """A scanned code, raw. ``typed`` stands in the focused field already, before the cursor: take it out again."""

    text: str
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Partial:
    """A scanner typed, but no whole code: say so, scan again (T-34). ``typed`` as in ``Scan``."""

    text: str
    typed: str = ""


@dataclass(frozen=True, slots=True)
class TooLong:
    """More than a QR code can hold; its text was thrown away (S-3). ``typed`` as in ``Scan``."""

    length: int
    typed: str = ""


Decision = Typed | Scan | Partial | TooLong


class Burst:
    """Grows by one stroke at a time; ``verdict`` says at its end what it was."""

    def __init__(self, broken_off: str = "") -> None:
        self.last_ms = 0.0
        #: A suffix came after too few keys: the end, unless more keys follow at once (S-1, Enter inside a code).
        self.ended = False
        #: What has reached the focused field.
        self.typed = ""
        self._broken_off = broken_off
        self._text: list[str] = []
        self._length = 0
        self._gaps: list[float] = []
        self._presses = 0
        self._strokes = 0
        self._complete = False
        self._odd = False  # keys that are no part of any code
        self._mangled = False  # an input method has turned keys into words
        self._composed = False
        self._sure = False
        self._preedit = ""

    def add_key(self, key: Key) -> None:
        """A pressed key."""
        if key.kind is Kind.SUFFIX and self._is_scan():
            self._complete = True
        self._press(key.time_ms)
        self._odd |= key.kind is not Kind.CHAR
        self.ended = key.kind is Kind.SUFFIX and self._is_fast()
        if key.kind is Kind.CHAR:
            self._strokes += 1
            self._collect(key.text)

    def add_step(self, time_ms: float, preedit: str) -> None:
        """An input method shows what it composes."""
        self._composed = True
        self._preedit = preedit
        self._strokes += 1
        self._press(time_ms)

    def add_text(self, time_ms: float, text: str, sure: bool) -> None:
        """An input method has put ``text`` into the field; ``sure``: nobody composes such a text."""
        if not self._composed or time_ms - self.last_ms > 2:  # else the last key's second event
            self._strokes += 1
            self._press(time_ms)
        self._composed = True
        self._preedit = ""
        self._sure |= sure
        plain = text.translate(FULL_WIDTH)
        self._mangled |= not plain.isascii()
        self.typed += text
        self._collect(plain)

    @property
    def holds_on(self) -> bool:
        """Is it so like a scanner that its keys are kept until it ends?"""
        enough = 2 if self._odd else 3  # two letters at once are a quick hand, a letter and an Enter are not
        return bool(self._broken_off) or (self._presses >= enough and self._is_fast())

    @property
    def is_complete(self) -> bool:
        """Has a suffix ended a whole scan?"""
        return self._complete

    @property
    def is_too_long(self) -> bool:
        """Is it over the bound already? Then nothing of it is kept."""
        return self._length > LONGEST

    def verdict(self) -> Scan | Partial | TooLong | None:
        """None: a person typed it."""
        text = self._broken_off + "".join(self._text)
        if self.is_too_long:
            return TooLong(self._length, self.typed)
        if self._broken_off:
            return Partial(text, self.typed)
        if self._complete or self._is_scan():
            return Partial(text, self.typed) if self._mangled else Scan(text, self.typed)
        enough = FEWEST_COMPOSED if self._composed else 2
        if self._presses >= enough and self._is_fast() and (self._odd or self._mangled or self._preedit):
            return Partial(text + self._preedit, self.typed)
        return None

    def _press(self, time_ms: float) -> None:
        if self._presses and not self.is_too_long:  # past the bound the verdict is clear; keep no more
            insort(self._gaps, time_ms - self.last_ms)
        self.last_ms = time_ms
        self._presses += 1

    def _collect(self, text: str) -> None:
        self._length += len(text)
        if not self.is_too_long:
            self._text.append(text)

    def _is_fast(self) -> bool:
        count = len(self._gaps)
        return count > 0 and (self._gaps[(count - 1) // 2] + self._gaps[count // 2]) / 2 < FAST_MS

    def _is_scan(self) -> bool:
        printable = self._length - self._text.count(GS)
        if self._sure:
            return printable >= FEWEST_KEYS
        return min(printable, self._strokes) >= FEWEST_KEYS and self._is_fast()
