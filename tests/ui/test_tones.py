"""Tones: a failure is heard behind a success, a player that hangs is let go, and one that is gone stops no sale."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from ui import tones
from ui.tones import Tones

COAT = "A001-RED-110"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the player is a shell script here")


class Ears:
    """A player that writes down what it plays, and takes its time over it as a sound card does."""

    def __init__(self, folder: Path, seconds: float) -> None:
        self.sound = Tones()
        self.heard_in = folder / "heard"
        self.heard_in.touch()
        self.script = folder / "player"
        self.script.write_text(f'#!/bin/sh\nbasename "$1" .wav >>"{self.heard_in}"\nexec sleep {seconds}\n')
        self.script.chmod(0o755)
        self.sound._player = str(self.script)

    def wait_for(self, *wanted: str) -> None:
        until = time.monotonic() + 3
        while self.heard() != list(wanted) and time.monotonic() < until:
            time.sleep(0.02)
        assert self.heard() == list(wanted)

    def heard(self) -> list[str]:
        return self.heard_in.read_text().split()

    def stop(self) -> None:
        for one in (*self.sound._cut_off, self.sound._running):
            if one is not None:
                one.kill()
                one.wait()


def test_a_failure_right_behind_a_success_is_heard(tmp_path: Path) -> None:
    """Two articles a second, and the second is unknown: whoever looks at the goods hears it."""
    ears = Ears(tmp_path, seconds=1.5)
    sound = ears.sound
    sound.play("success")
    ears.wait_for("success")
    sound.play("failure")
    ears.wait_for("success", "failure")
    sound.play("success")
    time.sleep(0.2)
    assert ears.heard() == ["success", "failure"], "it cuts no failure off"
    ears.stop()


def test_a_player_that_hangs_does_not_silence_the_till(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tones, "LONGEST_S", 0.1, raising=False)
    ears = Ears(tmp_path, seconds=30)
    sound = ears.sound
    sound.play("success")
    ears.wait_for("success")
    time.sleep(0.2)
    sound.play("success")
    ears.wait_for("success", "success")
    ears.stop()


def test_a_sale_is_finished_where_no_tone_can_be_played(selling: Counter) -> None:
    """The player went with an update, or there is no sound device: the drawer, the slip and the next cart come."""
    asked: list[str] = []
    context = selling.shop.context
    context.receipt_wanted.connect(lambda sale, _copy: asked.append(sale))
    context.tones.on, context.tones._player = True, "/nowhere/player"
    selling.scan(selling.gtin(COAT))
    assert selling.lines() == [("红羽绒服", "1")]
    selling.press(Qt.Key.Key_Return)
    selling.press(Qt.Key.Key_Return)
    assert len(asked) == 1
    assert selling.lines() == []
