"""A card's number was the id of who had it first; it is another member's code now, whom a file without ids means."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import select

from posclient.errors import InputError
from sync.hq.chain_tables import MemberRow
from sync.hq.erasing import erase
from tests.sync.conftest import HqServer
from tests.sync.hq.test_code_given_on import load, two

__all__ = ["two"]


def members(hq: HqServer) -> dict[str, tuple[str, str]]:
    """Code and phone index by id."""
    with hq.database.read() as session:
        return {one.id: (one.code, one.phone_index) for one in session.exec(select(MemberRow))}


@pytest.fixture
def given_on(two: HqServer, tmp_path: Path) -> HqServer:
    """C9 came without an id, has a new card, and the old number went to M2."""
    assert load(two, tmp_path / "in", "C9,13900110009", header="code,phone\n") == []
    assert load(two, tmp_path / "in", "C9,C10,13900110009,S001", "M2,C9,13900110002,S001") == []
    return two


def test_a_row_without_an_id_is_of_whom_the_code_is(given_on: HqServer, tmp_path: Path) -> None:
    """The first owner got the phone of the second, and both had one code: a scan found either."""
    before = members(given_on)
    assert load(given_on, tmp_path / "in", "C9,13900110002", header="code,phone\n") == []
    assert members(given_on) == before


def test_nobody_is_forgotten_by_a_number_that_two_go_by(given_on: HqServer) -> None:
    """M2 asks for it and shows the card: the first owner of that number was gone for good."""
    before = members(given_on)
    with pytest.raises(InputError) as refused:
        erase(given_on.database, given_on.hq.clock, "", "C9")
    assert (refused.value.code, refused.value.params["members"]) == ("ambiguous_member", "C9, M2")
    assert members(given_on) == before
    erase(given_on.database, given_on.hq.clock, "", "M2")
    assert members(given_on).keys() == {"M1", "C9"}
    erase(given_on.database, given_on.hq.clock, "", "C9")
    assert members(given_on).keys() == {"M1"}


def test_nobody_goes_back_to_a_number_that_is_somebody_elses(given_on: HqServer, tmp_path: Path) -> None:
    """The first owner's next card is given on as well: their id for a code is what M2 has."""
    (fault,) = load(given_on, tmp_path / "in", "M1,C10,13900110001,S001")
    assert (fault.column, fault.code) == ("code", "no_other_code")
    assert {member: code for member, (code, _) in members(given_on).items()} == {"M1": "C1", "C9": "C10", "M2": "C9"}
    assert load(given_on, tmp_path / "in", "C9,C12,13900110009,S001", "M1,C10,13900110001,S001") == []
    assert {member: code for member, (code, _) in members(given_on).items()} == {"M1": "C10", "C9": "C12", "M2": "C9"}


def test_two_may_change_their_numbers_back(given_on: HqServer, tmp_path: Path) -> None:
    assert load(given_on, tmp_path / "in", "M2,C10,13900110002,S001") == []
    assert {member: code for member, (code, _) in members(given_on).items()} == {"M1": "C1", "C9": "C9", "M2": "C10"}
