"""Members registered at a counter, with their personal data sealed beside the fact."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from posclient.domain.facts import MEMBER_REGISTERED, member_registered
from posclient.domain.leases import POINTS
from posclient.domain.private import newcomer_coupon_id, phone_index
from sync.hq.chain_tables import MemberRow
from sync.hq.escrow import points_account
from sync.hq.fact_tables import EarlyPointsRow, FactRow, SideRow
from sync.hq.feeds import Change
from sync.hq.lease_tables import ValueAccountRow
from sync.protocol import FactMessage, SideRecord
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill
from tests.sync.hq.till_at_hq import STAMP, TillAtHq, new_id, use

TEMPLATE = {
    "id": "T1",
    "name": "新人券",
    "rule": {"kind": "amount_off", "amount": 3000},
    "valid_days": 30,
    "newcomer": True,
}
PHONE = "13912345678"


def registration(
    till: TillAtHq, member: str, phone: str = PHONE, coupon: str = "", plain: bytes = b"", spoil: bool = False
) -> tuple[FactMessage, SideRecord]:
    fact_id = new_id()
    person = {"phone": phone, "name": "王小明", "birthday": "2020-02-29"}
    side, digest = till.seal(fact_id, plain or json.dumps(person).encode())
    coupons = [{"id": coupon, "template": "T1", "until": "2026-12-21T00:00:00+08:00"}] if coupon else []
    content = member_registered(member, f"C{member}", "G1", till.me.store, "basic", coupons, digest, STAMP)
    if spoil:
        content["side"] = "00" * 32
    return till.fact(MEMBER_REGISTERED, content, fact_id), side


def templated(server: HqServer) -> None:
    server.publish(Change("global", "coupon_template", "T1", TEMPLATE))


def test_a_member_made_offline_and_the_sale_that_names_them(new_till: NewTill, hq_server: HqServer) -> None:
    """T-20: elsewhere the sale arrived and its customer was "None not found"."""
    till = new_till()
    templated(hq_server)
    registered, side = registration(till, "M7", coupon="K7")
    sale = till.sale(member="M7", points=10, coupons=(use("K7", 3000),))
    assert till.codes(registered, sale, sides=[side]) == [("applied", None)] * 2
    assert till.row("store:S001", "member", "M7") == {
        "id": "M7", "code": "CM7", "name": "王小明", "phone": PHONE, "birthday": "2020-02-29", "tier": "basic",
        "points": 10, "stored_value": 0, "own_guide": "G1", "home_store": "S001", "tags": [],
    }  # fmt: skip
    coupon = till.row("store:S001", "coupon", "K7")
    assert coupon == {
        "id": "K7", "member": "M7", "name": "新人券", "template": "T1", "until": "2026-12-21T00:00:00+08:00",
        "rule": {"kind": "amount_off", "amount": 3000, "id": "K7", "from": None, "until": "2026-12-21T00:00:00+08:00"},
        "single_use": True, "state": "used",
    }  # fmt: skip


def test_no_phone_and_no_name_in_facts(new_till: NewTill, hq_server: HqServer) -> None:
    """protocol.md, identity: facts carry no personal data; the side record is kept as it came, sealed."""
    till = new_till()
    registered, side = registration(till, "M7")
    till.push(registered, sides=[side])
    with hq_server.database.read() as session:
        body = session.get_one(FactRow, registered.id).body.decode()
        assert PHONE not in body
        assert "王" not in body
        kept = session.exec(select(SideRow)).one()
        assert (kept.fact, kept.sealed) == (registered.id, side.sealed)


def test_one_phone_in_two_stores_is_one_member(new_till: NewTill, hq_server: HqServer) -> None:
    """protocol.md, members: HQ keeps the older one and answers with an alias; points and coupons are united."""
    till, other = new_till("S001"), new_till("S002")
    templated(hq_server)
    with hq_server.database.write() as session:
        from sync.hq.identity import own_keys

        key = own_keys(session, hq_server.hq.clock).index_key
    coupon = newcomer_coupon_id("T1", phone_index(key, PHONE))
    first, first_side = registration(till, "M1", coupon=coupon)
    second, second_side = registration(other, "M2", phone="+86 139-1234-5678", coupon=coupon)
    assert till.codes(first, sides=[first_side]) == [("applied", None)]
    sale = other.sale(member="M2", points=10, coupons=(use(coupon),))
    assert other.codes(second, sale, sides=[second_side]) == [("applied", None)] * 2
    assert other.row("store:S002", "member_alias", "M2") == {"old": "M2", "new": "M1"}
    assert till.row("store:S001", "member", "M1")["points"] == 10
    assert till.row("store:S001", "coupon", coupon)["state"] == "used"
    assert till.codes(till.sale(member="M1", coupons=(use(coupon),)))[0][1] == "coupon_used_twice"


@pytest.mark.parametrize("phone", [PHONE, "13700000000"])
def test_a_registration_under_a_living_members_id_cuts_nobody_off(new_till: NewTill, phone: str) -> None:
    """S-14: an alias would send M2's points, value and coupons to somebody else, on all tills, for ever."""
    till, other = new_till("S001"), new_till("S002")
    first, first_side = registration(till, "M1")
    second, second_side = registration(other, "M2", phone="13800000000")
    till.push(first, sides=[first_side])
    other.push(second, sides=[second_side])
    odd, odd_side = registration(till, "M2", phone=phone)
    assert till.codes(odd, sides=[odd_side]) == [("applied_with_exception", "member_exists")]
    assert ("member_alias", "M2") not in till.pull("store:S001")[0]
    other.push(other.sale(member="M2", points=10))
    assert other.row("store:S002", "member", "M2")["points"] == 10
    assert till.row("store:S001", "member", "M1")["points"] == 0


def test_a_coupon_used_before_its_member_was_known_stays_used(new_till: NewTill, hq_server: HqServer) -> None:
    till, other = new_till(), new_till()
    templated(hq_server)
    other.push(other.sale(coupons=(use("K7"),)))
    registered, side = registration(till, "M7", coupon="K7")
    till.push(registered, sides=[side])
    assert till.row("store:S001", "coupon", "K7")["state"] == "used"


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("older", [True, False])
def test_a_sale_that_comes_before_its_member_earns_all_the_same(
    new_till: NewTill, hq_server: HqServer, together: bool, older: bool
) -> None:
    """S-12: after a restore, what a till's earlier enrolment sent may come behind the present one's sales."""
    till, other = new_till(), new_till("S002")
    if older:  # the phone has a member already: the till's is an alias
        first, side = registration(other, "M1")
        other.push(first, sides=[side])
    sale = till.sale(member="M7", points=37)
    registered, side = registration(till, "M7")
    for batch in [(sale, registered)] if together else [(sale,), (registered,)]:
        till.push(*batch, sides=[side] if registered in batch else [])
    home, name = ("store:S002", "M1") if older else ("store:S001", "M7")
    assert (other if older else till).row(home, "member", name)["points"] == 37
    with hq_server.database.read() as session:
        assert session.exec(select(EarlyPointsRow)).all() == []


def test_a_side_record_that_cannot_be_read_goes_aside(new_till: NewTill) -> None:
    till = new_till()
    cases: list[tuple[str, tuple[FactMessage, SideRecord]]] = [
        ("side_missing", registration(till, "M1", spoil=True)),
        ("side_unreadable", registration(till, "M2", plain=b"not json")),
        ("side_unreadable", registration(till, "M3", phone="no phone")),
    ]
    for code, (fact, side) in cases:
        assert till.codes(fact, sides=[side]) == [("quarantined", code)]
    lost, _ = registration(till, "M4")
    assert till.codes(lost) == [("quarantined", "side_missing")]
    broken, side = registration(till, "M5")
    assert till.codes(broken, sides=[side.model_copy(update={"sealed": "***"})]) == [("quarantined", "side_unreadable")]
    assert till.codes(till.sale(member="M1", points=1)) == [("applied", None)]


def test_a_template_that_hq_does_not_know(new_till: NewTill) -> None:
    till = new_till()
    fact, side = registration(till, "M7", coupon="K7")
    assert till.codes(fact, sides=[side]) == [("applied_with_exception", "unknown_template")]
    assert till.row("store:S001", "member", "M7")["id"] == "M7"


def test_the_same_registration_again_changes_nothing(new_till: NewTill, hq_server: HqServer) -> None:
    """G-3: header and children are one idempotent unit."""
    till = new_till()
    templated(hq_server)
    fact, side = registration(till, "M7", coupon="K7")
    before: Any = None
    for _ in range(3):
        till.push(fact, sides=[side])
        rows, page = till.pull("store:S001")
        assert before in (None, (rows, page.head))
        before = (rows, page.head)


def test_an_error_of_the_database_names_no_person(hq_server: HqServer) -> None:
    """S-26: a bug's trace goes into HQ's log, values of rows do not."""

    def add() -> None:
        data = json.dumps({"phone": PHONE})
        with hq_server.database.write() as session:
            session.add(MemberRow(id="M1", code="C1", phone_index="x", home_store=None, data=data))

    add()
    with pytest.raises(IntegrityError) as caught:
        add()
    assert PHONE not in str(caught.value)


def test_a_side_record_whose_id_is_taken_wedges_nothing(new_till: NewTill, hq_server: HqServer) -> None:
    """G-7: a fact that cannot be stored with what came beside it is kept and acknowledged all the same."""
    till = new_till()
    templated(hq_server)
    first, side = registration(till, "M7")
    second, double = registration(till, "M8", "13912340000")
    assert till.codes(first, sides=[side]) == [("applied", None)]
    double = double.model_copy(update={"id": side.id})
    assert till.codes(second, till.sale(), sides=[double]) == [("quarantined", "not_applied"), ("applied", None)]


def test_a_second_registration_and_its_sale_in_one_batch_earn_into_the_account(
    new_till: NewTill, hq_server: HqServer
) -> None:
    """T-16: points under an id that HQ had not heard of when it looked who has an account of them."""
    till = new_till()
    first, first_side = registration(till, "M7")
    till.push(first, sides=[first_side])
    with hq_server.database.write() as session:
        points_account(session, session.get_one(MemberRow, "M7"), 0)
    second, second_side = registration(till, "M8")
    sale = till.sale(member="M8", points=10)
    assert till.codes(second, sale, sides=[second_side]) == [("applied", None)] * 2
    with hq_server.database.read() as session:
        shown, account = session.get_one(MemberRow, "M7"), session.get_one(ValueAccountRow, ("M7", POINTS))
    assert (shown.points, account.balance) == (10, 10)
