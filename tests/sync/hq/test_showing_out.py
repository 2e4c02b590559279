"""Guests who came no more leave a store's feed in HQ's daily round, also where nobody else visits."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from sqlmodel import col, select

from sync.asking import VisitRequest
from sync.hq import pruning
from sync.hq.chain_tables import GuestRow
from sync.hq.database import open_database
from sync.hq.feeds import store_feed
from sync.hq.server import Server
from sync.hq.tables import FeedRow
from sync.hq.visiting import MOST_A_DAY, STAY, show_out, visit
from tests.sync.hq.leases import coupon, member
from tests.sync.hq.test_pruning import BOTH, on
from tests.sync.tills import Chain, stored

AWAY = "S002"


@pytest.fixture
def resort(url: str) -> Iterator[Chain]:
    """S001 and S002, on either database."""
    database = open_database(url)
    made = Chain(database)
    made.code()
    made.code(AWAY)
    yield made
    database.close()


def come(chain: Chain, *names: str) -> None:
    """Members of S001 show their codes in S002."""
    for name in names:
        visit(chain.database, chain.clock, f"{AWAY}-1", VisitRequest(code=f"C{name}"))


def rows(chain: Chain, store: str = AWAY) -> list[str]:
    """Members and coupons in a store's feed."""
    live = (FeedRow.feed == store_feed(store), col(FeedRow.data).is_not(None))
    with chain.database.read() as session:
        return sorted(session.exec(select(FeedRow.key).where(*live, FeedRow.table_name != "staff")))


@BOTH
def test_a_guest_of_long_ago_goes_though_nobody_else_comes(resort: Chain) -> None:
    for name in ("M1", "M2"):
        member(resort, name)
    coupon(resort)
    come(resort, "M1")
    at_home = rows(resort, "S001")
    resort.clock.forward(days=1)
    come(resort, "M2")
    resort.clock.forward(seconds=STAY.total_seconds() - 86_400)
    assert (show_out(resort.database, resort.clock, on), rows(resort)) == (0, ["K1", "M1", "M2"])
    resort.clock.forward(seconds=1)
    assert (show_out(resort.database, resort.clock, on), rows(resort)) == (1, ["M2"])
    assert [guest.member for guest in stored(resort, GuestRow)] == ["M2"]
    assert rows(resort, "S001") == at_home
    assert show_out(resort.database, resort.clock, on) == 0


def test_of_many_who_came_on_one_day_some_go_each_day(resort: Chain) -> None:
    """No till is asked about a mass delete, and nobody waits for long."""
    names = [f"M{number:03}" for number in range(MOST_A_DAY + 20)]
    for name in names:
        member(resort, name)
    come(resort, *names)
    resort.clock.forward(days=91)
    assert [show_out(resort.database, resort.clock, on) for _ in range(3)] == [MOST_A_DAY, 20, 0]
    assert rows(resort) == []


def test_of_very_many_a_fiftieth_goes_bite_by_bite(resort: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.hq.visiting.MOST_A_DAY", 1)
    monkeypatch.setattr("sync.hq.visiting.MOST_AT_ONCE", 2)
    monkeypatch.setattr("sync.hq.visiting.SHARE", 2)
    names = [f"M{number}" for number in range(9)]
    for name in names:
        member(resort, name)
    come(resort, *names)
    resort.clock.forward(days=91)
    assert show_out(resort.database, resort.clock, lambda: True) == 2, "the process ends"
    assert [show_out(resort.database, resort.clock, on) for _ in range(4)] == [3, 2, 1, 1]
    assert rows(resort) == []


def test_a_running_hq_has_its_round_by_itself(resort: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "FIRST_S", 0.01)
    member(resort)
    come(resort, "M1")
    resort.clock.forward(days=91)
    server = Server(resort.hq)
    server.start()
    ends = time.monotonic() + 10
    while "hq_guests_shown_out_total 1.0" not in resort.hq.metrics.text().decode() and time.monotonic() < ends:
        time.sleep(0.01)
    server.stop()
    assert rows(resort) == []
