"""Faults that somebody might build in of one kind: what was true at another moment, or of another history of a till, is
taken for true here and now. Each was one of ours, in one schedule of tens of thousands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from posclient.actions import rights
from posclient.db import outbox, terminal
from sync.credentials import Secrets
from sync.hq import contacts

Mutant = Callable[[pytest.MonkeyPatch], None]


def questions_are_as_young_as_they_arrive(patch: pytest.MonkeyPatch) -> None:
    """HQ takes a till that asks for its feeds for one that has sent all, however long the question was under way."""
    patch.setattr(contacts, "read_until", lambda _said: None)


def answers_that_the_hub_brings_are_about_this_disk(patch: pytest.MonkeyPatch) -> None:
    """A disk that was put back believes what HQ said of the facts before."""
    patch.setattr(outbox, "made_here", lambda *_fact: True)


def a_card_keeps_its_rights(patch: pytest.MonkeyPatch) -> None:
    """What the sync has heard of the clock or of a fork counts from the next card on."""
    standing = rights.standing

    def deaf(*cart: Any) -> Any:
        return replace(standing(*cart), ahead=timedelta(0), rest="")

    patch.setattr(rights, "standing", deaf)


def one_contact_tells_nothing_of_the_clock(patch: pytest.MonkeyPatch) -> None:
    """The median of five differences does, from the third contact on."""
    note = terminal.note_offset
    patch.setattr(terminal, "note_offset", lambda con, offset_ms, **_proved: note(con, offset_ms))
    patch.setattr(terminal, "last_offset_ms", lambda _con: 0)


def any_key_signs_for_any_enrolment(patch: pytest.MonkeyPatch) -> None:
    """A keyring that stays while the disk is put back."""
    patch.setattr(Secrets, "speaks_for", lambda held, till: bool(held.seed and till.hq_key))


STALE: dict[str, Mutant] = {
    one.__name__.replace("_", " "): one for one in (a_card_keeps_its_rights, any_key_signs_for_any_enrolment)
}
#: Of a store with a hub.
HUB_STALE: dict[str, Mutant] = {
    one.__name__.replace("_", " "): one
    for one in (
        questions_are_as_young_as_they_arrive, answers_that_the_hub_brings_are_about_this_disk,
        one_contact_tells_nothing_of_the_clock,
    )
}  # fmt: skip
