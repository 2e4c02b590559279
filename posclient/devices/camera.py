"""Codes in pictures and camera frames (stack.md, barcodes from a camera).

zxing-cpp reads first, zbar what it misses; what lies aslant is turned by 45 degrees with OpenCV and read again
(OpenCV's own reader is wrong too often). Any of them may misread with a valid check digit: a live camera needs several
frames that agree (``FrameVote``), and an article counts only if the catalogue knows it. All are imported on first use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from posclient.errors import DeviceError, InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

#: What is on articles, cards, coupons and slips; one name for both readers.
FORMATS = ("EAN-13", "EAN-8", "UPC-A", "UPC-E", "Code 128", "QR Code")
_ZBAR_FORMATS = {
    "EAN13": "EAN-13", "EAN8": "EAN-8", "UPCA": "UPC-A", "UPCE": "UPC-E", "CODE128": "Code 128", "QRCODE": "QR Code",
}  # fmt: skip
#: Frames that must agree: one modulo-10 digit lets one misreading in ten through, the others check better.
_FRAMES = {"Code 128": 2, "QR Code": 2}
_FRAMES_OF_RETAIL = 3


@dataclass(frozen=True, slots=True)
class DecodedCode:
    """``format`` is one of ``FORMATS``."""

    text: str
    format: str


def read_picture(path: Path) -> Picture:
    """A picture file in grey, turned as its camera says; ``InputError("image_unreadable")`` if it is none."""
    import cv2
    import numpy as np

    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # a broken picture is told once, and in words
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
        picture: Any = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) if data.size else None
    except (OSError, ValueError) as error:
        raise InputError("image_unreadable", path=str(path)) from error
    except cv2.error as error:  # more pixels than OpenCV is willing to hold
        raise InputError("image_unreadable", path=str(path)) from error
    if picture is None:
        raise InputError("image_unreadable", path=str(path))
    return picture  # type: ignore[no-any-return]


def read_codes(picture: Picture, thorough: bool = True) -> tuple[DecodedCode, ...]:
    """All codes in a grey picture, each once. ``thorough``: also those aslant (not for live frames)."""
    found = _by_zxing(picture) or _by_zbar(picture)
    if not found and thorough:
        turned = _turned(picture)
        found = _by_zxing(turned) or _by_zbar(turned)
    return tuple(dict.fromkeys(found))


def _by_zxing(picture: Picture) -> list[DecodedCode]:
    import zxingcpp

    formats = zxingcpp.barcode_formats_from_str("|".join(FORMATS))
    found = zxingcpp.read_barcodes(picture, formats=formats, text_mode=zxingcpp.TextMode.Plain)
    return [DecodedCode(code.text, str(code.format)) for code in found if code.text]


def _by_zbar(picture: Picture) -> list[DecodedCode]:
    """What zbar sees. pyzbar raises ValueError at an orientation it does not know and garbles QR text beyond ASCII."""
    from pyzbar import pyzbar

    symbols = [pyzbar.ZBarSymbol[name] for name in _ZBAR_FORMATS]
    try:
        found = pyzbar.decode(picture, symbols=symbols)
    except ValueError:
        return []
    return [
        DecodedCode(code.data.decode("ascii"), _ZBAR_FORMATS[code.type])
        for code in found
        if code.data.isascii() and code.type in _ZBAR_FORMATS
    ]


def _turned(picture: Picture) -> Picture:
    """By 45 degrees, on a canvas that holds all of it; grey around, for bars need an edge."""
    import cv2

    high, wide = picture.shape[:2]
    side = int((high + wide) * 0.7072) + 1
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), 45, 1)
    matrix[:, 2] += ((side - wide) / 2, (side - high) / 2)
    turned: Any = cv2.warpAffine(picture, matrix, (side, side), flags=cv2.INTER_CUBIC, borderValue=(220,))
    return turned  # type: ignore[no-any-return]


class FrameVote:
    """Gives a code once when enough frames agree on it, and again only after it was out of sight for a while."""

    def __init__(self, patience: int = 10) -> None:
        #: Frames without a code after which it is forgotten. A reader misses some frames of a code that lies still.
        self._patience = patience
        self._seen: dict[DecodedCode, int] = {}
        self._missed: dict[DecodedCode, int] = {}

    def see(self, codes: Iterable[DecodedCode]) -> tuple[DecodedCode, ...]:
        """What the next frame shows; answers what is agreed by now."""
        present = tuple(dict.fromkeys(codes))
        for code in [one for one in self._seen if one not in present]:
            self._miss(code)
        agreed = []
        for code in present:
            self._seen[code] = self._seen.get(code, 0) + 1
            self._missed[code] = 0
            if self._seen[code] == _FRAMES.get(code.format, _FRAMES_OF_RETAIL):
                agreed.append(code)
        return tuple(agreed)

    def _miss(self, code: DecodedCode) -> None:
        self._missed[code] += 1
        if self._missed[code] >= self._patience:
            del self._seen[code], self._missed[code]


def watch(source: int | str, stop: Callable[[], bool]) -> Iterator[DecodedCode]:
    """Agreed codes of a camera (its number) or a video file, until ``stop()`` or its end.

    Blocks while it waits for frames: run it in a thread of its own. ``DeviceError("camera_unavailable")``.
    """
    vote = FrameVote()
    for frame in _frames(source, stop):
        yield from vote.see(read_codes(frame, thorough=False))


def _frames(source: int | str, stop: Callable[[], bool]) -> Iterator[Picture]:
    import cv2

    capture = cv2.VideoCapture(source)
    try:
        if not capture.isOpened():
            raise DeviceError("camera_unavailable", source=source)
        while not stop():
            found, frame = capture.read()
            if not found:
                return
            grey: Any = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
            yield grey
    finally:
        capture.release()
