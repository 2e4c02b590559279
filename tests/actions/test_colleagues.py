"""A till whose files somebody has written to: who is a manager is what HQ has signed (S-23, privilege via DB edit)."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest

from posclient.actions import checkout, colleagues, login, powers, readiness, status
from posclient.db import leases, staff_records
from posclient.db.connection import connect, transaction
from posclient.db.live_cache import live_path
from posclient.db.staff_records import StaffRecord
from posclient.domain.people import Staff
from posclient.domain.staff_list import SETTING, STAFF, Trust, document
from posclient.errors import Refused
from sync.hq import lease_signing
from sync.hq.feeds import Change
from sync.signing import new_seed, public_key, sign
from tests.actions.kidswear import HQ_SEED, STORE, Shop, open_logged_out, pin_hash, staff_row

#: The serial of the list that the shop of these tests has seen last.
SEEN = 7


def send_list(
    shop: Shop, serial: int = SEEN, seed: bytes = HQ_SEED, store: str = "S001", at: str = "S001", **more: str
) -> None:
    """HQ signs all who are here now, as they are."""
    digests = {one.staff.id: colleagues.digest(one) for one in colleagues.records(shop.till)} | more
    text = document(store, serial, "e1", digests)
    value = {"document": text, "signature": sign(seed, STAFF, text)}
    shop.hq.send(STORE, ("setting", f"{at}/{SETTING}", {"name": SETTING, "value": value}))


@pytest.fixture
def signed(shop: Shop) -> Shop:
    """A shop whose HQ has signed its staff, which the till's vault knows."""
    send_list(shop)
    shop.till.take_trust(Trust(public_key(HQ_SEED), SEEN))
    return shop


def edit(shop: Shop, sql: str, *values: Any) -> None:
    """What anybody can do to the till's file with the tools of any system; the program starts after it."""
    trust = shop.till.own.trust
    shop.till.close()
    with closing(connect(live_path(shop.folder))) as con:
        con.execute(sql, values)
    shop.till = open_logged_out(shop.folder, shop.clock)
    shop.till.take_trust(trust)


def approves(shop: Shop, pin: str) -> str:
    """Whose word counts as a manager's; or why it does not."""
    try:
        return login.approve(shop.till, pin, "discount").name
    except Refused as refused:
        return refused.code


def test_what_hq_has_signed_counts(signed: Shop) -> None:
    assert (approves(signed, "9999"), approves(signed, "2222")) == ("店长", "not_manager")
    assert not colleagues.powers_rest(signed.till)


@pytest.mark.parametrize("told", [False, True], ids=["never", "by rows alone"])
def test_an_hq_that_signs_nobody_is_believed_as_ever(shop: Shop, told: bool) -> None:
    """An HQ of before: its rows come with no list."""
    if told:
        shop.hq.send(STORE, staff_row("B2", "副店长", "8888", "manager"))
    assert (approves(shop, "9999"), approves(shop, "8888")) == ("店长", "副店长" if told else "wrong_pin")


MADE_MANAGER = "UPDATE staff SET roles = '[\"manager\"]' WHERE key = 'G2'"
OTHER_PIN = "UPDATE staff SET pin_hash = ? WHERE key = 'B1'"
ADDED = (
    "INSERT INTO staff (key, feed, version, name, badge, roles, pin_hash, active)"
    " VALUES ('X1', 'store:S001', 9, '某人', '', '[\"manager\"]', ?, 1)"
)


def test_a_cashier_who_makes_themselves_a_manager(signed: Shop) -> None:
    """They sell on, since a till must not stop; their word as a manager is none."""
    edit(signed, MADE_MANAGER)
    assert (approves(signed, "2222"), approves(signed, "9999")) == ("not_confirmed", "店长")
    person = login.log_in(signed.till, "2222")
    assert (person.is_manager, person.powers_rest) == (False, True)
    with pytest.raises(Refused, match="not_confirmed"):
        powers.check_report(person)
    signed.hq.setting("discount_limit_bp", 1000)
    checkout.add(signed.till, "A001-RED-110")
    with pytest.raises(Refused, match="needs_approval"):
        checkout.set_price(signed.till, signed.till.selling.cart.lines[0].id, 100, "熟人")


def test_a_managers_pin_that_was_put_there(signed: Shop) -> None:
    edit(signed, OTHER_PIN, pin_hash("2222"))
    assert login.log_in(signed.till, "2222", "B1").powers_rest
    assert approves(signed, "9999") == "wrong_pin"


def test_a_manager_who_was_put_in(signed: Shop) -> None:
    edit(signed, ADDED, pin_hash("8888"))
    assert approves(signed, "8888") == "not_confirmed"


def test_somebody_who_has_left_and_is_put_back(signed: Shop) -> None:
    """S-23, a dismissed employee: the list has nobody who has left."""
    signed.hq.send(STORE, ("staff", "B1", {**staff_row("B1", "店长", "9999", "manager")[2], "active": False}))
    send_list(signed, SEEN + 1)
    assert approves(signed, "9999") == "wrong_pin"
    edit(signed, "UPDATE staff SET active = 1 WHERE key = 'B1'")
    assert approves(signed, "9999") == "not_confirmed"


GONE = f"DELETE FROM setting WHERE key = 'S001/{SETTING}'"


def test_a_list_that_was_taken_out_leaves_nobody(signed: Shop) -> None:
    """What HQ has once signed counts no more without its signature, or everybody would take that out."""
    edit(signed, GONE)
    assert (approves(signed, "9999"), login.log_in(signed.till, "3333").id) == ("not_confirmed", "C1")


def test_an_older_list_with_its_older_rows(signed: Shop) -> None:
    """An older copy of the whole file is as good as the new one, but for the serial that the vault has."""
    signed.till.take_trust(Trust(public_key(HQ_SEED), SEEN + 1))
    assert approves(signed, "9999") == "not_confirmed"


@pytest.mark.parametrize(
    "sent",
    [{"seed": new_seed()}, {"store": "S002"}],
    ids=["by somebody else's key", "of another store"],
)
def test_a_list_that_is_not_ours(signed: Shop, sent: dict[str, Any]) -> None:
    send_list(signed, SEEN + 1, **sent)
    assert approves(signed, "9999") == "not_confirmed"


def test_another_store_for_ours_in_the_file(signed: Shop) -> None:
    """A later list of a store where they have left since: it counts up by itself, so it is not ours to go by."""
    signed.till.take_trust(Trust(public_key(HQ_SEED), SEEN, "S001"))
    signed.hq.send(STORE, staff_row("X1", "某人", "8888", "manager"))
    send_list(signed, SEEN + 9, store="S002", at="S002")
    signed.till.db.execute("UPDATE terminal SET store = 'S002'")
    assert (approves(signed, "8888"), approves(signed, "9999")) == ("not_confirmed", "店长")


def test_another_key_for_hqs_in_the_file(signed: Shop) -> None:
    """The vault's is the one that counts, and stands in the file again with the next start: leases hang on it too."""
    seed = new_seed()
    signed.till.db.execute("UPDATE terminal SET hq_key = ?", (public_key(seed),))
    send_list(signed, SEEN + 1, seed=seed)
    assert approves(signed, "9999") == "not_confirmed"
    signed.till.take_trust(signed.till.own.trust)
    assert signed.rows("SELECT hq_key FROM terminal") == [(public_key(HQ_SEED),)]


def test_leases_are_held_against_the_vaults_key_from_the_start(signed: Shop) -> None:
    """The till reads who it is before its vault is opened: what the file said then went for the whole day."""
    forged = new_seed()
    signed.till.db.execute("UPDATE terminal SET hq_key = ?", (public_key(forged),))
    edit(signed, "SELECT 1")
    lease = {"coupon": "K1", "store": "S001", "not_after": "2026-11-22T00:00:00+08:00", "recalled": False}
    (row,) = lease_signing.signed(forged, [Change(STORE, "coupon_lease", "K1", lease)])
    signed.hq.send(STORE, ("coupon_lease", "K1", dict(row.data or {})))
    till = signed.till
    assert not leases.of_coupons(till.reference.cache, till.db, till.terminal, ["K1"], timedelta())


def test_the_first_administrator_is_no_way_around(signed: Shop) -> None:
    """Who empties the table and puts an administrator of their own beside it."""
    edit(signed, "DELETE FROM staff")
    with transaction(signed.till.db) as con:
        staff_records.add_local(con, Staff("X", "某人", "", frozenset({"admin"})), pin_hash("4321"))
    assert approves(signed, "4321") == "not_confirmed"


def test_a_vault_that_cannot_be_opened(signed: Shop) -> None:
    signed.till.take_trust(None)
    assert (approves(signed, "9999"), login.log_in(signed.till, "3333").id) == ("not_confirmed", "C1")


def _spoil(path: tuple[str, ...], value: object) -> Callable[[dict[str, Any]], None]:
    def spoil(said: dict[str, Any]) -> None:
        for name in path[:-1]:
            said = said[name]
        said[path[-1]] = value

    return spoil


@pytest.mark.parametrize(
    "spoil",
    [_spoil(("serial",), "7"), _spoil(("staff",), ["B1"]), _spoil(("staff", "B1"), 1), _spoil(("epoch",), None)],
    ids=["serial", "staff", "digest", "epoch"],
)
def test_a_list_of_a_form_that_nobody_reads(signed: Shop, spoil: Callable[[dict[str, Any]], None]) -> None:
    """Signed by an HQ with a fault: nobody is confirmed, and the till goes on."""
    said = json.loads(document("S001", SEEN, "e1", {"B1": "x"}))
    spoil(said)
    for text in (json.dumps(said), "[" * 100_000, "7"):
        value = {"document": text, "signature": sign(HQ_SEED, STAFF, text)}
        signed.hq.send(STORE, ("setting", f"S001/{SETTING}", {"name": SETTING, "value": value}))
        assert approves(signed, "9999") == "not_confirmed"
    for other in ({"document": 1, "signature": ""}, {"document": "x"}):
        signed.hq.send(STORE, ("setting", f"S001/{SETTING}", {"name": SETTING, "value": other}))
        assert approves(signed, "9999") == "not_confirmed"


def test_the_strip_compares_nobody_with_everybody(signed: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """It asks each second: where 500 work, the square of them was a thirtieth of a processor."""

    def compared(_one: StaffRecord, _other: object) -> bool:
        pytest.fail("two people were compared")

    monkeypatch.setattr(StaffRecord, "__eq__", compared)
    assert not colleagues.powers_rest(signed.till)


def test_the_readiness_page_says_it(signed: Shop) -> None:
    def why() -> list[str]:
        status.status(signed.till)
        (sell,) = (one for one in readiness.look(signed.till, None, {}).capabilities if one.name == "sell")
        return [one.code for one in sell.reasons]

    assert why() == []
    edit(signed, GONE)
    assert why() == ["powers_rest"]
