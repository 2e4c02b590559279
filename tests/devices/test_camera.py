"""Codes in pictures: several readers, several angles, frames that must agree."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from pyzbar import pyzbar

from posclient.devices import camera
from posclient.devices.barcodes import Pattern, code128_pattern, ean13_pattern, qr_pattern, to_png
from posclient.devices.camera import DecodedCode, FrameVote, read_codes, read_picture, watch
from posclient.errors import DeviceError, InputError

EAN = "6901234567892"
CODES: dict[str, tuple[Pattern, str]] = {
    "EAN-13": (ean13_pattern(EAN), EAN),
    "Code 128": (code128_pattern("M2026ABC"), "M2026ABC"),
    "QR Code": (qr_pattern("https://m.example/会员?c=M17"), "https://m.example/会员?c=M17"),
}


def photograph(pattern: Pattern, angle: float = 0, noise: float = 8) -> Any:
    """A label on a grey counter, turned, with the grain of a cheap camera."""
    label = Image.open(io.BytesIO(to_png(pattern, 2))).convert("L")
    counter = Image.new("L", (640, 480), 190)
    counter.paste(label, ((640 - label.width) // 2, (480 - label.height) // 2))
    turned = np.asarray(counter.rotate(angle, Image.Resampling.BICUBIC, fillcolor=190)).astype(float)
    grain = np.random.default_rng(7).normal(0, noise, turned.shape)
    return np.clip(turned + grain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("angle", [0, 90, 180, 20, 45, 135])
@pytest.mark.parametrize("name", CODES)
def test_codes_are_read_at_any_angle(name: str, angle: int) -> None:
    pattern, text = CODES[name]
    assert read_codes(photograph(pattern, angle)) == (DecodedCode(text, name),)


def test_zbar_reads_what_the_first_reader_misses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera, "_by_zxing", lambda _picture: [])
    assert read_codes(photograph(CODES["EAN-13"][0])) == (DecodedCode(EAN, "EAN-13"),)
    assert read_codes(photograph(CODES["QR Code"][0]), thorough=False) == ()  # beyond ASCII it garbles


def test_zbars_value_error_is_a_miss(monkeypatch: pytest.MonkeyPatch) -> None:
    """stack.md: pyzbar raises ValueError on some pictures (an orientation that it does not know)."""

    def unknown_orientation(*_: Any, **__: Any) -> list[Any]:
        raise ValueError(5)

    monkeypatch.setattr(pyzbar, "decode", unknown_orientation)
    assert read_codes(np.full((200, 200), 128, np.uint8)) == ()


def test_several_codes_in_one_picture() -> None:
    both = np.vstack([photograph(CODES["EAN-13"][0]), photograph(CODES["Code 128"][0])])
    assert {code.text for code in read_codes(both)} == {EAN, "M2026ABC"}


def bomb() -> bytes:
    """A PNG of a few bytes that claims 200,000 by 200,000 dots."""
    parts = ((b"IHDR", struct.pack(">IIBBBBB", 200_000, 200_000, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(b"")))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, bomb()])
def test_what_is_no_picture_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "file.png"
    file.write_bytes(content)
    for path in (file, tmp_path, tmp_path / "missing.png", Path("nul\0name")):
        with pytest.raises(InputError) as refused:
            read_picture(path)
        assert refused.value.code == "image_unreadable"


def frames(vote: FrameVote, *shown: str) -> list[str]:
    """One letter a code in a frame; retail codes but for Q, a QR code."""
    agreed = []
    for text in shown:
        codes = [DecodedCode(sign, "QR Code" if sign == "Q" else "EAN-13") for sign in text]
        agreed += [code.text for code in vote.see(codes)]
    return agreed


def test_three_frames_must_agree_on_an_article() -> None:
    """stack.md: a camera misreads with a valid check digit now and then; one frame is none."""
    assert frames(FrameVote(), "a", "a") == []
    assert frames(FrameVote(), "a", "b", "c", "d") == []
    assert frames(FrameVote(), "a", "", "a", "b", "a") == ["a"]
    assert frames(FrameVote(), "Q", "Q") == ["Q"]


def test_a_code_that_lies_before_the_camera_is_one_scan() -> None:
    vote = FrameVote(patience=3)
    assert frames(vote, *["a"] * 50) == ["a"]
    assert frames(vote, "", "", "a", "a", "a", "a") == []
    assert frames(vote, "", "", "", "a", "a", "a") == ["a"]


def test_two_codes_at_once_and_one_twice_in_a_frame() -> None:
    assert frames(FrameVote(), "ab", "ab", "ab") == ["a", "b"]
    assert frames(FrameVote(), "aaa") == []


def test_a_video_gives_each_article_once(tmp_path: Path) -> None:
    path = str(tmp_path / "counter.avi")
    video = cv2.VideoWriter(path, cv2.VideoWriter.fourcc(*"MJPG"), 10, (640, 480))
    empty = np.full((480, 640), 190, np.uint8)
    shown = [empty] * 2 + [photograph(CODES["EAN-13"][0])] * 6 + [empty] * 12 + [photograph(CODES["Code 128"][0])] * 3
    for frame in shown:
        video.write(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
    video.release()
    assert [code.text for code in watch(path, lambda: False)] == [EAN, "M2026ABC"]
    assert list(watch(path, lambda: True)) == []


def test_a_camera_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DeviceError) as failed:
        list(watch(str(tmp_path / "none.avi"), lambda: False))
    assert failed.value.code == "camera_unavailable"
