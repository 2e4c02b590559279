"""What ``posclient doctor`` says of the computer itself: the program's parts, and the time zone it is set to."""

from __future__ import annotations

import platform
import sqlite3
from datetime import datetime

from posclient import __version__


def versions() -> dict[str, str]:
    """What this program is made of."""
    try:
        from PySide6.QtCore import qVersion

        qt = qVersion()
    except ImportError as error:
        qt = f"cannot be loaded: {error}"
    return {
        "posclient": __version__,
        "python": platform.python_version(),
        "qt": qt,
        "sqlite": sqlite3.sqlite_version,
        "system": platform.platform(),
    }


def time_zone() -> dict[str, str]:
    """Told, never judged: nothing in the store's data names its zone. The wrong one gives sales another business day,
    and HQ, which compares moments, finds nothing wrong with the clock.
    """
    at = datetime.now().astimezone()
    offset, local = at.isoformat()[-6:], f"{at:%Y-%m-%d %H:%M}"
    return {"state": "ok", "name": at.tzname() or "", "utc_offset": offset, "local": local}
