"""Faults that somebody might build into the counter, or into what people do at HQ: the simulation has to find each."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from posclient.actions import rights, taking_out
from posclient.db import open_cart, outbox, terminal
from sync.hq.effects import care, sale

Mutant = Callable[[pytest.MonkeyPatch], None]


def a_card_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    """A till that starts anew does not know that the bank's machine was asked for money."""
    load = open_cart.load

    def forgetful(con: Any) -> str | None:
        text = load(con)
        return text and json.dumps(json.loads(text) | {"card_attempt": None})

    patch.setattr(open_cart, "load", forgetful)


def managers_have_no_cap(patch: pytest.MonkeyPatch) -> None:
    """Whatever they let through today, there is more."""
    patch.setattr(rights, "left_of_cap", lambda _till: 1 << 40)


def a_cleared_cart_is_not_told_of(patch: pytest.MonkeyPatch) -> None:
    """HQ hears only of what left a cart that was paid."""
    patch.setattr(taking_out, "_tell_cleared", lambda *_cart: None)


def claimed_codes_earn_nothing(patch: pytest.MonkeyPatch) -> None:
    """HQ gives points to members whom a till knew."""
    credit = sale._credit

    def known_alone(work: Any, fact: str, sold: Any) -> None:
        if sold.member:
            credit(work, fact, sold)

    patch.setattr(sale, "_credit", known_alone)


def forgotten_members_come_back(patch: pytest.MonkeyPatch) -> None:
    """What an offline till says of them is published."""
    patch.setattr(care, "_is_forgotten", lambda *_task: False)


def a_copy_goes_on(patch: pytest.MonkeyPatch) -> None:
    """A till whose disk was put back does not say that it has to be enrolled anew."""
    note = terminal.note_trouble
    for module in (terminal, outbox):
        patch.setattr(module, "note_trouble", lambda con, code: None if code == terminal.FORK else note(con, code))


def made_meanwhile_counts_as_sent(patch: pytest.MonkeyPatch) -> None:
    """What HQ has answered was all that there was, so nothing is unsent: and somebody has just sold."""
    pending, record = outbox.pending, outbox.record
    everything = False

    def picked(con: Any, *most: Any) -> Any:
        nonlocal everything
        found = pending(con, *most)
        everything = con.execute("SELECT count(*) FROM outbox WHERE acked_ms IS NULL").fetchone()[0] == len(found)
        return found

    def recorded(con: Any, *said: Any) -> None:
        record(con, *said)
        if everything:
            con.execute("UPDATE outbox SET acked_ms = 1 WHERE acked_ms IS NULL")

    patch.setattr(outbox, "pending", picked)
    patch.setattr(outbox, "record", recorded)


COUNTER: dict[str, Mutant] = {
    one.__name__.replace("_", " "): one
    for one in (
        a_card_is_forgotten, managers_have_no_cap, a_cleared_cart_is_not_told_of, claimed_codes_earn_nothing,
        forgotten_members_come_back, a_copy_goes_on, made_meanwhile_counts_as_sent,
    )
}  # fmt: skip
