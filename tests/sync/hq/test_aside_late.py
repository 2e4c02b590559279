"""A member was forgotten, and HQ cannot take the order of a till that was offline meanwhile."""

from __future__ import annotations

import pytest

from sync.hq.erasing import erase
from sync.hq.fact_tables import Quarantine
from tests.sync.hq.desks import Desk
from tests.sync.hq.test_late_address import desk, nothing_is_left, ordered
from tests.sync.tills import Chain, stored

__all__ = ["desk"]


def test_the_address_of_an_order_that_is_put_aside_late_is_not_kept(
    desk: Desk, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lay at HQ for as long as nobody tried the order again: for ever, if somebody dealt with it otherwise."""
    member = ordered(desk)
    erase(chain.database, chain.clock, "", member)
    with monkeypatch.context() as patched:
        patched.setattr("sync.hq.effects.valet._route", lambda *_order: 1 / 0)
        desk.sync()
    assert len(stored(chain, Quarantine)) == 1
    desk.sync()
    nothing_is_left(desk, chain)
    assert chain.hq.try_again("zhao", stored(chain, Quarantine)[0].number).outcome == "applied"
    desk.sync()
    nothing_is_left(desk, chain)


def test_the_address_of_a_known_members_order_is_kept_aside(
    desk: Desk, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordered(desk)
    with monkeypatch.context() as patched:
        patched.setattr("sync.hq.effects.valet._route", lambda *_order: 1 / 0)
        desk.sync()
    desk.sync()
    assert desk.con.execute("SELECT count(*) FROM side_record").fetchone()[0] == 2
