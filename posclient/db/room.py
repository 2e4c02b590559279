"""Room on the disk: what a sale needs is left to it, whatever else would have it (field_failures.md T-5)."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from posclient.errors import DataError

#: Free bytes below which no payment is begun: taken money must have a place to be written to.
NEEDED_BYTES = 16 * 1024 * 1024
#: What a load leaves free: as much again, since a day is sold while it runs and behind it.
LEFT_BYTES = 2 * NEEDED_BYTES
#: A cache is so many times as long as its packed chunks, at least; 19 times for articles and prices.
CACHE_OF_PACKED = 4


def is_full(folder: Path) -> bool:
    """Is there no room for a payment? A folder that cannot be asked is told by whatever needs it next."""
    with suppress(OSError):
        return shutil.disk_usage(folder).free < NEEDED_BYTES
    return False


def for_load(folder: Path) -> int:
    """Bytes that a load may take now; less than nothing where the next sale needs what is left."""
    try:
        return shutil.disk_usage(folder).free - LEFT_BYTES
    except OSError as error:
        raise DataError("cannot_open", path=str(folder), detail=str(error)) from error


def has_load(folder: Path, missing: int, packed: int) -> bool:
    """Can ``missing`` bytes of chunks lie here, and what is built of all ``packed``? Asked before the first chunk, too:
    a till with little room would fetch them in vain with each cycle.
    """
    return for_load(folder) >= missing + CACHE_OF_PACKED * packed
