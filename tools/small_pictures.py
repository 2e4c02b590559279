"""Write the PNG files of folders again in 256 colours, which a window has hardly more of: a third of their bytes."""

import sys
from pathlib import Path

from PIL import Image

COLOURS = 256


def shrink(path: Path) -> None:
    """In place; a file that is small already stays small."""
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


def main() -> int:
    """Folders as arguments."""
    for folder in sys.argv[1:]:
        for path in sorted(Path(folder).glob("*.png")):
            shrink(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
