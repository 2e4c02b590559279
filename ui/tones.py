"""Three tones: it worked, it failed, it needs you (ux.md, scanning). They can be off.

Played by the system's own small player: QtMultimedia would be 150 MB more.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

from resources import FOLDER

TONES = ("success", "failure", "attention")
#: A player that has not ended by then hangs (s); no tone lasts half as long.
LONGEST_S = 2.0


class Tones:
    """``played`` keeps the last tone, so that a story can be told without ears."""

    def __init__(self, *, on: bool = True) -> None:
        self.on = on
        self.played = ""
        self._player = _player()
        self._running: subprocess.Popen[bytes] | None = None
        self._cut_off: list[subprocess.Popen[bytes]] = []
        self._sounding, self._since = "", 0.0

    def play(self, tone: str) -> None:
        """Start a tone and come back at once; a scan a moment later does not wait for it."""
        self.played = tone
        if self.on and self._player and self._has_room(tone):
            self._sounding, self._since = tone, time.monotonic()
            self._running = _start(self._player, FOLDER / "sounds" / f"{tone}.wav")

    def _has_room(self, tone: str) -> bool:
        """A success waits for nothing and cuts nothing off; what a person must hear is heard whatever sounds."""
        if self._running is None or self._running.poll() is not None:
            return True
        hangs = time.monotonic() - self._since > LONGEST_S
        if tone in {"success", self._sounding} and not hangs:
            return False
        self._running.kill()
        self._cut_off = [one for one in (*self._cut_off, self._running) if one.poll() is None]  # until it has ended
        return True


def _player() -> str:
    """The program that plays a WAV file here; empty where there is none (a till without a loudspeaker)."""
    if sys.platform == "win32":
        return "winsound"
    names = ("afplay",) if sys.platform == "darwin" else ("pw-play", "paplay", "aplay")
    return next((found for name in names if (found := shutil.which(name))), "")


def _start(player: str, path: Path) -> subprocess.Popen[bytes] | None:
    """Without a sound device, or a player any more, it is quiet: no sale stops for a tone."""
    try:
        if sys.platform == "win32":
            import winsound

            winsound.PlaySound(str(path), winsound.SND_FILENAME | winsound.SND_ASYNC)
            return None
        quiet = subprocess.DEVNULL
        return subprocess.Popen([player, str(path)], stdin=quiet, stdout=quiet, stderr=quiet)
    except (OSError, RuntimeError):  # winsound's own word is RuntimeError
        return None
