"""Faults that somebody might build into what becomes of valet orders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sync.hq import enrolment
from sync.hq.effects import valet
from sync.hq.work import Work

Mutant = Callable[[pytest.MonkeyPatch], None]


def orders_begin_anew(patch: pytest.MonkeyPatch) -> None:
    """Whoever takes over a place counts its orders from one."""
    patch.setattr(enrolment, "next_valet", lambda *_place: 1)


def addresses_outlive_their_member(patch: pytest.MonkeyPatch) -> None:
    """Of an order that comes after HQ has forgotten who it is for."""
    patch.setattr(valet, "is_forgotten", lambda *_member: False)


def nobody_answers_an_order(patch: pytest.MonkeyPatch) -> None:
    """Routed, and its till is not told."""
    publish = Work.publish

    def silent(work: Work, feed: str, table: str, *row: Any) -> None:
        if table != "valet_outcome":
            publish(work, feed, table, *row)

    patch.setattr(Work, "publish", silent)


ORDERS: dict[str, Mutant] = {
    one.__name__.replace("_", " "): one
    for one in (orders_begin_anew, addresses_outlive_their_member, nobody_answers_an_order)
}
