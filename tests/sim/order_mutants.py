"""A fault that somebody might build into what becomes of valet orders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sync.hq.work import Work

Mutant = Callable[[pytest.MonkeyPatch], None]


def nobody_answers_an_order(patch: pytest.MonkeyPatch) -> None:
    """Routed, and its till is not told."""
    publish = Work.publish

    def silent(work: Work, feed: str, table: str, *row: Any) -> None:
        if table != "valet_outcome":
            publish(work, feed, table, *row)

    patch.setattr(Work, "publish", silent)


ORDERS: dict[str, Mutant] = {"nobody answers an order": nobody_answers_an_order}
