"""Another machine takes a till's place: what was leased to the one before is not the new one's to spend."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from posclient.errors import LinkError
from sync import enrolment
from sync.hq.lease_tables import LossRow, ValueAccountRow, ValueLeaseRow
from sync.proofs import enrol_request
from sync.signing import Signer
from tests.sync.hq.leases import check_books, member, settings
from tests.sync.hq.test_stored_value import leased, spend
from tests.sync.tills import Chain, Line, TillFolder, stored, unreachable


@pytest.fixture
def escrow(chain: Chain, till: TillFolder) -> Chain:
    """Stored value is on; M1 of S001 has 500 yuan, of which S001-1 is leased 200."""
    settings(chain, stored_value=True)
    member(chain, value=50_000)
    till.cycle()
    assert leased(till) == 20_000
    return chain


def replaced(chain: Chain, folder: Path) -> TillFolder:
    """A new machine in the place of S001-1."""
    new = TillFolder(chain, folder, chain.code("S001", 1))
    new.cycle()
    return new


def reserved(chain: Chain) -> int:
    """Fen that no machine's feed has, and that are not free either."""
    return sum(one.balance - one.free for one in stored(chain, ValueAccountRow))


def test_a_new_machine_is_leased_what_is_free(escrow: Chain, till: TillFolder, tmp_path: Path) -> None:
    """S-18: the old one may have spent its part without a line, and has no more right than that to spend."""
    spend(till, 20_000)
    new = replaced(escrow, tmp_path / "new")
    assert leased(new) == 20_000
    assert {key for (key,) in new.rows("SELECT key FROM value_lease")}.isdisjoint(
        key for (key,) in till.rows("SELECT key FROM value_lease")
    )
    spend(new, 20_000)
    assert new.cycle().outcomes == {"applied": 1}
    new.close()
    assert (check_books(escrow), reserved(escrow)) == ({"M1": 30_000}, 20_000)


def test_what_is_all_with_the_old_machine_is_not_leased_again(escrow: Chain, till: TillFolder, tmp_path: Path) -> None:
    settings(escrow, value_lease=50_000)
    escrow.clock.forward(minutes=5)
    till.cycle()
    assert leased(till) == 50_000
    new = replaced(escrow, tmp_path / "new")
    assert leased(new) == 0
    new.close()
    assert check_books(escrow) == {"M1": 50_000}


def test_the_old_machine_s_part_is_free_after_its_end_and_a_week(
    escrow: Chain, till: TillFolder, tmp_path: Path
) -> None:
    """The contacts of the new one are none of the old one; and nothing is kept for ever."""
    settings(escrow, value_lease=40_000)
    new = replaced(escrow, tmp_path / "new")
    assert leased(new) == 30_000
    escrow.clock.forward(days=14, minutes=14)
    new.cycle()
    assert leased(new) == 30_000
    escrow.clock.forward(minutes=6)
    new.cycle()
    assert leased(new) == 40_000
    new.close()
    assert check_books(escrow) == {"M1": 50_000}
    assert sum(one.amount for one in stored(escrow, ValueLeaseRow)) == 40_000


def test_the_old_machine_that_comes_back_is_booked_from_its_own_part(
    escrow: Chain, till: TillFolder, tmp_path: Path
) -> None:
    """S-18: what both have sold is there, once each, and nobody has lost anything."""
    spend(till, 15_000)
    new = replaced(escrow, tmp_path / "new")
    spend(new, 20_000)
    assert new.cycle().outcomes == {"applied": 1}
    new.close()
    till.close()
    till.enrol(escrow.code("S001", 1))
    assert till.cycle().outcomes == {"applied": 1}
    assert (check_books(escrow), stored(escrow, LossRow)) == ({"M1": 15_000}, [])
    escrow.clock.forward(minutes=5)
    till.cycle()
    assert leased(till) == 15_000
    assert check_books(escrow) == {"M1": 15_000}


def test_an_enrolment_whose_answer_got_lost_costs_no_lease(escrow: Chain, till: TillFolder) -> None:
    def meddle(call: str, go: Callable[[], Any]) -> Any:
        said = go()
        if call == "enrol":
            raise unreachable()
        return said

    def dial(_url: str, signer: Signer | None) -> Line:
        line = Line(escrow.hq, signer)
        line.meddle = meddle
        return line

    till.close()
    with pytest.raises(LinkError, match="unreachable"):
        till.enrol(escrow.code("S001", 1), dial)
    till.enrol(escrow.code("S001", 1))
    till.cycle()
    assert leased(till) == 20_000
    assert reserved(escrow) == 20_000


def test_a_copy_that_knows_of_it_takes_no_lease_along(escrow: Chain, till: TillFolder, tmp_path: Path) -> None:
    """S-18, S-19: the other one of the two may be spending it."""
    shutil.copytree(till.folder, tmp_path / "copy")
    copy = TillFolder(escrow, tmp_path / "copy")
    spend(till, 1_000)
    till.cycle()
    spend(copy, 1_000)
    copy.cycle()
    copy.close()
    copy.enrol(escrow.code("S001", 1))
    copy.cycle()
    assert leased(copy) == 20_000
    copy.close()
    assert (check_books(escrow), reserved(escrow)) == ({"M1": 49_000}, 39_000)


def test_facts_of_an_older_program_are_booked_from_their_own_part(
    escrow: Chain, till: TillFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not say that it is the same machine; the facts of its chain before are proof enough."""

    def older(*words: Any) -> Any:
        return enrol_request(*words[:4])

    settings(escrow, value_lease=50_000)
    escrow.clock.forward(minutes=5)
    till.cycle()
    spend(till, 45_000)
    (till.folder / "credentials.json").unlink()
    till.close()
    monkeypatch.setattr(enrolment, "enrol_request", older)
    till.enrol(escrow.code("S001", 1))
    assert till.cycle().outcomes == {"applied": 1}
    assert (check_books(escrow), stored(escrow, LossRow)) == ({"M1": 5_000}, [])
