"""A proxy that holds an event stream back until it ends lets nothing through: the till lets such streams be."""

from __future__ import annotations

from posclient.errors import LinkError
from sync.events import Poke
from sync.listening import EARLY_S, OFFLINE_S, REST_S
from tests.sync.test_listening import Ear

SILENT = LinkError("timeout")


def test_streams_of_which_nothing_is_heard_are_let_be() -> None:
    """HQ says at once where each feed is, and every 25 s that it is there: a minute without a word is no stream."""
    ear = Ear()
    waits = [ear.hear(lasts=EARLY_S + 1, end=SILENT) for _ in range(3)]
    assert waits[2] == REST_S
    assert max(waits[:2]) <= OFFLINE_S


def test_one_that_was_heard_for_a_minute_was_good() -> None:
    ear = Ear()
    waits = [ear.hear(Poke("global", 1), lasts=EARLY_S + 1, end=SILENT) for _ in range(5)]
    assert max(waits) <= OFFLINE_S
