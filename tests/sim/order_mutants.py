"""Faults that somebody might build into what becomes of valet orders."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from sqlmodel import Session

from sync.hq import rerouting
from sync.hq.feeds import Change, publish
from sync.hq.work import Work

Mutant = Callable[[pytest.MonkeyPatch], None]


def nobody_answers_an_order(patch: pytest.MonkeyPatch) -> None:
    """Routed, and its till is not told."""
    publish = Work.publish

    def silent(work: Work, feed: str, table: str, *row: Any) -> None:
        if table != "valet_outcome":
            publish(work, feed, table, *row)

    patch.setattr(Work, "publish", silent)


def nobody_hears_of_a_move(patch: pytest.MonkeyPatch) -> None:
    """Sent from elsewhere, and its guide is not told."""

    def silent(session: Session, changes: Iterable[Change]) -> None:
        publish(session, [one for one in changes if one.table != "valet_outcome"])

    patch.setattr(rerouting, "publish", silent)


ORDERS: dict[str, Mutant] = {
    "nobody answers an order": nobody_answers_an_order, "nobody hears of an order that moves": nobody_hears_of_a_move,
}  # fmt: skip
