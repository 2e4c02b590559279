"""Three tones: it worked, it failed, it needs you (ux.md, scanning). They can be off.

Played by the system's own small player: QtMultimedia would be 150 MB more.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from resources import FOLDER

TONES = ("success", "failure", "attention")


class Tones:
    """``played`` keeps the last tone, so that a story can be told without ears."""

    def __init__(self, *, on: bool = True) -> None:
        self.on = on
        self.played = ""
        self._player = _player()
        self._running: subprocess.Popen[bytes] | None = None

    def play(self, tone: str) -> None:
        """Start a tone and come back at once; a scan a moment later does not wait for it."""
        self.played = tone
        if self.on and self._player and (self._running is None or self._running.poll() is not None):
            self._running = _start(self._player, FOLDER / "sounds" / f"{tone}.wav")


def _player() -> str:
    """The program that plays a WAV file here; empty where there is none (a till without a loudspeaker)."""
    if sys.platform == "win32":
        return "winsound"
    names = ("afplay",) if sys.platform == "darwin" else ("pw-play", "paplay", "aplay")
    return next((found for name in names if (found := shutil.which(name))), "")


def _start(player: str, path: Path) -> subprocess.Popen[bytes] | None:
    if sys.platform == "win32":
        import winsound

        winsound.PlaySound(str(path), winsound.SND_FILENAME | winsound.SND_ASYNC)
        return None
    quiet = subprocess.DEVNULL
    return subprocess.Popen([player, str(path)], stdin=quiet, stdout=quiet, stderr=quiet)
