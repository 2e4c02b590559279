"""A member before a till of another store: from then on that store's feed has them and their coupons."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from posclient.errors import LinkError
from sync.asking import VisitRequest
from sync.hq.chain_tables import GuestRow
from sync.hq.erasing import erase
from sync.hq.visiting import visit
from tests.sync.hq.leases import coupon, member
from tests.sync.hq.test_erasing import Interrupted
from tests.sync.hq.till_at_hq import use
from tests.sync.tills import Chain, TillFolder, stored

CODE = VisitRequest(code="CM1")


@pytest.fixture
def away(chain: Chain, tmp_path: Path) -> Iterator[TillFolder]:
    """A till of S002; M1 of S001 has the coupon K1."""
    opened = TillFolder(chain, tmp_path / "away", chain.code("S002"))
    member(chain)
    coupon(chain)
    opened.cycle()
    yield opened
    opened.close()


def known(till: TillFolder) -> tuple[list[tuple[str, int]], list[tuple[str, str]]]:
    """Members with their points, coupons with their state, as the till's cache has them."""
    assert till.cycle().error is None
    members = [(row[0], row[1]) for row in till.rows("SELECT key, points FROM member")]
    return members, [(row[0], row[1]) for row in till.rows("SELECT key, state FROM coupon ORDER BY key")]


def test_a_visit_brings_the_member_and_their_coupons(till: TillFolder, away: TillFolder) -> None:
    assert known(away) == ([], [])
    assert away.line.visit(CODE).member == "M1"
    assert away.line.visit(CODE).member == "M1"
    assert known(away) == known(till) == ([("M1", 0)], [("K1", "active")])


def test_what_becomes_of_a_guest_is_heard_in_both_stores(chain: Chain, till: TillFolder, away: TillFolder) -> None:
    away.line.visit(CODE)
    coupon(chain, "K2")  # published to the home store alone by this test's own hand
    away.sale(at=chain.clock.now(), member="M1", points=10, coupons=(use("K1"),))
    away.cycle()
    assert known(away) == ([("M1", 10)], [("K1", "used")])
    assert known(till) == ([("M1", 10)], [("K1", "used"), ("K2", "active")])


def test_a_member_who_is_at_home_is_no_guest(chain: Chain, till: TillFolder, away: TillFolder) -> None:
    member(chain, "M2", home=None)
    assert till.line.visit(CODE).member == "M1"
    assert away.line.visit(VisitRequest(code="CM2")).member == "M2"
    assert stored(chain, GuestRow) == []


def test_who_is_forgotten_as_they_show_their_code_is_nobody(chain: Chain, away: TillFolder) -> None:
    """Between HQ's look for them and the row of their visit: the till is told that nobody has the code."""
    database = Interrupted(make_url(f"sqlite:///{chain.database.file}"))
    database.meanwhile = lambda: erase(chain.database, chain.clock, "zhao", "M1")
    assert visit(database, chain.clock, "S002-1", CODE).member == ""
    database.close()
    assert (stored(chain, GuestRow), known(away)) == ([], ([], []))


def test_a_code_of_nobodys_is_told_as_such(chain: Chain, away: TillFolder) -> None:
    assert away.line.visit(VisitRequest(code="CM9")).member == ""
    assert (stored(chain, GuestRow), known(away)) == ([], ([], []))


def test_a_guest_who_came_no_more_is_let_go_at_somebody_elses_visit(chain: Chain, away: TillFolder) -> None:
    """A stolen disk holds no more people than it must."""
    member(chain, "M2")
    away.line.visit(CODE)
    chain.clock.forward(days=90, seconds=1)
    assert known(away) == ([("M1", 0)], [("K1", "active")])
    away.line.visit(VisitRequest(code="CM2"))
    assert known(away) == ([("M2", 0)], [])
    assert [row.member for row in stored(chain, GuestRow)] == ["M2"]


def test_a_guest_who_moved_here_stays(chain: Chain, away: TillFolder) -> None:
    from sync.hq.chain_tables import MemberRow

    away.line.visit(CODE)
    member(chain, "M2")
    with chain.database.write() as session:
        session.get_one(MemberRow, "M1").home_store = "S002"
    chain.clock.forward(days=91)
    away.line.visit(VisitRequest(code="CM2"))
    assert {row[0] for row in known(away)[0]} == {"M1", "M2"}
    assert [row.member for row in stored(chain, GuestRow)] == ["M2"]


def test_a_revoked_till_is_told_nothing(chain: Chain, away: TillFolder) -> None:
    """S-21."""
    chain.hq.revoke("S002-1")
    with pytest.raises(LinkError, match="revoked"):
        away.line.visit(CODE)
