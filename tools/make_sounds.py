"""Make ``resources/sounds/*.wav``: three tones that nobody mixes up, by pitch and by number."""

import math
import struct
import wave
from pathlib import Path

RATE = 22050
FOLDER = Path(__file__).resolve().parent.parent / "resources" / "sounds"
#: name -> (frequency in Hz, or 0 for a rest; length in s)
TONES = {
    "success": [(1320.0, 0.07)],
    "attention": [(880.0, 0.09), (0.0, 0.05), (880.0, 0.09)],
    "failure": [(330.0, 0.14), (0.0, 0.03), (247.0, 0.24)],
}


def samples(notes: list[tuple[float, float]]) -> bytes:
    """16-bit samples; each note fades in and out over 5 ms, so that it does not click."""
    made = []
    for pitch, length in notes:
        count = int(RATE * length)
        for i in range(count):
            fade = min(1.0, i / (RATE * 0.005), (count - i) / (RATE * 0.005))
            made.append(int(12000 * fade * math.sin(2 * math.pi * pitch * i / RATE)))
    return struct.pack(f"<{len(made)}h", *made)


if __name__ == "__main__":
    for name, notes in TONES.items():
        with wave.open(str(FOLDER / f"{name}.wav"), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
            file.writeframes(samples(notes))
