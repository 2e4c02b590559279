"""How many rows of feeds the transactions of an import publish, where they may be few."""

from __future__ import annotations

from typing import Any

import pytest

from sync.hq import feeds
from sync.hq.imports import importing

MOST = 500


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Rows of feeds, by transaction."""
    found: list[int] = []

    def counted(session: Any, changes: Any) -> Any:
        listed = list(changes)
        found.append(len(listed))
        return feeds.publish(session, listed)

    monkeypatch.setattr(importing, "publish", counted)
    monkeypatch.setattr("sync.hq.imports.weights.MOST", MOST)
    return found
