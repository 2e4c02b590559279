"""Instants as the databases keep them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


def to_ms(at: datetime) -> int:
    """Unix time in ms, rounded down; ``at`` must be aware."""
    return (at - _EPOCH) // _MS


def iso(ms: int) -> str:
    """ISO 8601 of Unix time in ms, in UTC."""
    return (_EPOCH + ms * _MS).isoformat()


def iso_ms(text: str) -> int:
    """Unix time in ms of an ISO 8601 time with an offset; ``ValueError`` for anything else."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"no offset: {text[:40]}")
    return to_ms(at)
