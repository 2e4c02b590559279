"""Values of the domain as rows hold them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def json_text(value: Any) -> str:
    """Compact JSON."""
    return _ENCODER.encode(value)


def fields(value: Any) -> dict[str, Any]:
    """The fields of a slotted dataclass by their names, not deeper (``asdict`` copies all the way down)."""
    return {name: getattr(value, name) for name in value.__slots__}


def instant(text: str | None) -> datetime | None:
    """An ISO 8601 time that may be open."""
    return datetime.fromisoformat(text) if text else None
