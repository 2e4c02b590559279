"""Hands on the window: keys at a person's pace, codes at a scanner's, and patience.

Events are posted as the window system would, so they take the way of every key: through the one scan channel.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QWidget

from posclient.errors import PosError

#: Between two keys of a person and of a scanner (ms).
PERSON_MS, SCANNER_MS = 60, 2


@dataclass(frozen=True, slots=True)
class Album:
    """Where pictures go, the window's width and height for them, and which ones are kept (none named: all)."""

    folder: Path
    size: tuple[int, int]
    only: frozenset[str] = frozenset()

    def wants(self, name: str) -> bool:
        """Is this picture one of those that were asked for?"""
        return not self.only or name in self.only


class Hands:
    """Works ``window`` and waits for what it shows."""

    def __init__(self, window: QWidget, album: Album | None) -> None:
        self._window, self._album = window, album
        if album is not None:
            window.window().resize(*album.size)
        self._stamp = time.monotonic() * 1000

    def key(self, name: str) -> None:
        """A key or chord by its Qt name: ``Return``, ``F9``, ``Ctrl+L``."""
        self._catch_up()
        chord = QKeySequence(name)[0]  # type: ignore[index]  # the stubs leave it out
        self._post(chord.key(), chord.keyboardModifiers(), "\r" if name == "Return" else "")

    def type(self, text: str) -> None:
        """Text at a person's pace."""
        self._catch_up()
        for sign in text:
            self._post(_key_of(sign), Qt.KeyboardModifier.NoModifier, sign)

    def scan(self, code: str) -> None:
        """A code as a scanner types it: fast, Enter at the end. All of it waits in the queue, as after a stall."""
        self._catch_up()
        self._stamp = time.monotonic() * 1000 - SCANNER_MS * (len(code) + 1)
        for sign in code:
            self._put(_key_of(sign), Qt.KeyboardModifier.NoModifier, sign, SCANNER_MS)
        self._put(Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "\r", SCANNER_MS)
        self.rest(80)

    def until(self, what: str, true: Callable[[], bool], patience_s: float = 30) -> None:
        """Let the window work until ``true``; else the step ``what`` has failed."""
        deadline = time.monotonic() + patience_s
        while not true():
            if time.monotonic() > deadline:
                raise PosError("demo_step", step=what, detail="timeout")
            self.rest(10)

    def rest(self, ms: float) -> None:
        """Let the window work for a while."""
        deadline = time.monotonic() + ms / 1000
        while (left := deadline - time.monotonic()) > 0:
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, max(1, int(left * 1000)))

    def picture(self, name: str) -> None:
        """The window as a PNG of this name, once what moves has come to rest."""
        if self._album is None or not self._album.wants(name):
            return
        self.rest(250)
        self._album.folder.mkdir(parents=True, exist_ok=True)
        self._window.grab().save(str(self._album.folder / f"{name}.png"))

    def _catch_up(self) -> None:
        """A moment of nothing, then on from now: what came before is decided."""
        self.rest(120)
        self._stamp = time.monotonic() * 1000

    def _post(self, key: int, modifiers: Qt.KeyboardModifier, text: str) -> None:
        """A person's key, and the pause after it."""
        self._stamp = time.monotonic() * 1000 - PERSON_MS
        self._put(key, modifiers, text, PERSON_MS)
        self.rest(PERSON_MS)

    def _put(self, key: int, modifiers: Qt.KeyboardModifier, text: str, pause_ms: int) -> None:
        """Press and release, each with its own time stamp, as the wedge judges by those alone."""
        self._stamp += pause_ms
        for kind, after in ((QEvent.Type.KeyPress, 0.0), (QEvent.Type.KeyRelease, min(pause_ms / 2, 1))):
            event = QKeyEvent(kind, key, modifiers, text)
            event.setTimestamp(int(self._stamp + after))
            target = QApplication.focusWidget()
            QCoreApplication.postEvent(self._window if target is None else target, event)


def _key_of(sign: str) -> int:
    """Qt's key code of a sign: its capital for ASCII."""
    return ord(sign.upper()) if sign.isascii() else 0
