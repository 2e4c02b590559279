"""One-time codes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from posclient.errors import InputError, LinkError
from sync.hq.database import Database
from sync.hq.enrolment import MOST_BAD_CODES
from sync.hq.service import Hq
from sync.hq.tables import EnrolmentCode
from sync.protocol import EnrolReply
from tests.sync.hq.conftest import NewTill
from tests.sync.hq.till_at_hq import enrol_request


class HandClock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 21, 9, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def hq(hq_database: Database, clock: HandClock) -> Hq:
    return Hq(hq_database, clock)


def enrol(hq: Hq, code: str, incarnation: str = "", **changes: Any) -> EnrolReply:
    return hq.enrol(enrol_request(code, incarnation, **changes))


def refusal(hq: Hq, code: str, **changes: Any) -> LinkError:
    with pytest.raises(LinkError) as caught:
        enrol(hq, code, **changes)
    return caught.value


def test_a_code_enrols_once(hq: Hq, hq_database: Database) -> None:
    """S-22: reuse."""
    terminal, code = hq.enrolment_code("S001")
    me = enrol(hq, code)
    assert (me.terminal, me.store, me.slot, me.next_receipt_seq) == (terminal, "S001", 1, 1)
    assert me.feeds == ["global", "zone:z1", "store:S001", "terminal:S001-1"]
    assert refusal(hq, code).code == "bad_code"
    with hq_database.read() as session:
        secret = session.exec(select(EnrolmentCode)).one().model_dump_json()
    assert code not in secret
    assert code[4:] not in secret


def test_a_code_is_ten_signs_that_people_can_type(hq: Hq) -> None:
    _, code = hq.enrolment_code("S001")
    assert len(code) == 10
    assert not set(code) & set("ILOU")
    assert enrol(hq, f" {code[:5].lower()}-{code[5:].lower()} ".replace("0", "o").replace("1", "l")).slot == 1


@pytest.mark.parametrize(("minutes", "good"), [(14, True), (16, False)])
def test_a_code_is_good_for_fifteen_minutes(hq: Hq, clock: HandClock, minutes: int, good: bool) -> None:
    """S-22: expired."""
    _, code = hq.enrolment_code("S001")
    clock.time += timedelta(minutes=minutes)
    if good:
        assert enrol(hq, code).terminal == "S001-1"
    else:
        assert refusal(hq, code).code == "bad_code"


def test_five_wrong_tries_end_a_code(hq: Hq) -> None:
    """S-22: brute force."""
    _, code = hq.enrolment_code("S001")
    for number in range(5):
        assert refusal(hq, f"{code[:4]}00000{number}").code == "bad_code"
    assert refusal(hq, code).code == "bad_code"


def test_too_many_bad_codes_make_hq_deaf_for_a_while(hq: Hq, clock: HandClock) -> None:
    """S-22: guessing at all codes at once."""
    _, code = hq.enrolment_code("S001")
    for _ in range(MOST_BAD_CODES):
        refusal(hq, "ZZZZZZZZZZ")
    error = refusal(hq, code)
    assert (error.code, error.params) == ("retry_after", {"seconds": 60})
    clock.time += timedelta(seconds=61)
    assert enrol(hq, code).slot == 1


@pytest.mark.parametrize("code", ["", "\0" * 10, "Ａ" * 10, "x" * 64, "' OR 1=1 --"])
def test_nonsense_is_a_bad_code(hq: Hq, code: str) -> None:
    assert refusal(hq, code).code == "bad_code"


def test_a_new_code_replaces_the_older_one(hq: Hq) -> None:
    _, old = hq.enrolment_code("S001", 1)
    _, new = hq.enrolment_code("S001", 1)
    assert refusal(hq, old).code == "bad_code"
    assert enrol(hq, new).terminal == "S001-1"


def test_the_next_free_slot(hq: Hq, clock: HandClock) -> None:
    assert hq.enrolment_code("S001")[0] == "S001-1"
    assert hq.enrolment_code("S001", 4)[0] == "S001-4"
    assert enrol(hq, hq.enrolment_code("S001")[1]).terminal == "S001-2"
    clock.time += timedelta(minutes=16)
    assert hq.enrolment_code("S001")[0] == "S001-1"
    assert hq.enrolment_code("S002")[0] == "S002-1"


@pytest.mark.parametrize("slot", [0, -1, 1000])
def test_a_slot_that_cannot_be(hq: Hq, slot: int) -> None:
    with pytest.raises(InputError, match="bad_slot"):
        hq.enrolment_code("S001", slot)


@pytest.mark.parametrize("store", ["", "a b", "../x", "店", "x" * 33, "a/b"])
def test_a_store_id_that_cannot_be(hq: Hq, store: str) -> None:
    with pytest.raises(InputError, match="bad_store"):
        hq.enrolment_code(store)


def test_receipt_numbers_go_on_after_a_new_enrolment(new_till: NewTill) -> None:
    """T-24: the number of a slot counts up for ever, whichever machine stands there."""
    till = new_till("S001", 1)
    till.push(till.sale(), till.sale(), till.sale())
    assert new_till("S001").me.next_receipt_seq == 1
    again = new_till("S001", 1)
    assert (again.me.terminal, again.me.next_receipt_seq) == (till.me.terminal, 4)
    assert again.codes(again.sale()) == [("applied", None)]
    with pytest.raises(LinkError) as caught:
        till.push(till.sale())
    assert caught.value.code == "unauthorized"


def test_an_incarnation_is_new_each_time(hq: Hq) -> None:
    enrol(hq, hq.enrolment_code("S001", 1)[1], "same")
    _, code = hq.enrolment_code("S001", 1)
    with pytest.raises(LinkError) as caught:
        enrol(hq, code, "same")
    assert caught.value.code == "bad_request"
    assert enrol(hq, code, "other").slot == 1


@pytest.mark.parametrize("incarnation", ["x" * 201, "a\0b"])
def test_an_incarnation_that_cannot_be_kept(hq: Hq, incarnation: str) -> None:
    with pytest.raises(LinkError) as caught:
        enrol(hq, hq.enrolment_code("S001")[1], incarnation)
    assert caught.value.code == "bad_request"


def test_another_protocol_asks_for_an_upgrade(hq: Hq) -> None:
    _, code = hq.enrolment_code("S001")
    assert refusal(hq, code, protocol=1).code == "upgrade_required"


@pytest.mark.parametrize("changes", [{"key": ""}, {"key": "?"}, {"proof": ""}, {"proof": "AAAA"}])
def test_a_key_without_its_proof(hq: Hq, changes: dict[str, str]) -> None:
    """S-22: whoever brings a key has its other half, and signed with this code; the code is not spent by it."""
    _, code = hq.enrolment_code("S001")
    assert refusal(hq, code, **changes).code == "bad_request"
    with pytest.raises(LinkError, match="bad_request"):
        hq.enrol(enrol_request(code).model_copy(update={"incarnation": "another"}))
    assert enrol(hq, code).slot == 1
