"""Recorded keystrokes: scanners of several makes, cashiers, and codes made to do harm.

A recording lists ``[ms, text]``, with a third word (release, repeat, control) where it is not a plain press.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from posclient.devices.wedge import Key, Kind, kind_of
from tests.devices.scan_owner import Owner

RECORDINGS = sorted((Path(__file__).parent / "recordings").glob("*.json"))


def recorded_keys(rows: list[list[Any]]) -> list[Key]:
    return [recorded_key(*row) for row in rows]


def recorded_key(time_ms: float, text: str, word: str = "") -> Key:
    kinds = {"release": Kind.RELEASE, "control": Kind.CONTROL}
    return Key(time_ms, text, kinds.get(word, kind_of(text)), code=ord(text or "\0"), repeat=word == "repeat")


@pytest.mark.parametrize("file", RECORDINGS, ids=lambda file: file.stem)
def test_recording(file: Path) -> None:
    """T-27, T-29, T-30, T-34, S-1: each recording tells its story in ``about``."""
    recording = json.loads(file.read_text(encoding="utf-8"))
    owner = Owner().play(recorded_keys(recording["keys"]))
    seen = {"scans": owner.scans, "partials": owner.partials, "typed": owner.field, "enters": owner.enters}
    assert seen == recording["expect"], recording["about"]
    assert owner.longest_hold <= 35


@pytest.mark.parametrize("file", RECORDINGS, ids=lambda file: file.stem)
def test_recording_on_a_stalled_computer(file: Path) -> None:
    """T-35: all keys delivered at once after a stall are judged the same, for only their time stamps count."""
    recording = json.loads(file.read_text(encoding="utf-8"))
    owner = Owner()
    for key in recorded_keys(recording["keys"]):
        owner.obey(owner.channel.on_key(key))
    owner.obey(owner.channel.flush())
    seen = {"scans": owner.scans, "partials": owner.partials, "typed": owner.field, "enters": owner.enters}
    assert seen == recording["expect"], recording["about"]
