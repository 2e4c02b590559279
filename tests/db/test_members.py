from datetime import date
from pathlib import Path

import pytest

from posclient.db import coupons, local_members, members, sales
from posclient.db.at_rest import OwnKey
from posclient.db.connection import Connection, transaction
from posclient.db.journal import append
from posclient.db.live_cache import LiveCache
from posclient.domain.facts import MEMBER_REGISTERED
from posclient.domain.people import Member, MemberCoupon
from posclient.errors import DataError
from tests.db.shop import NOW, TERMINAL, caches, commit, enrolled, fill, member, rows, sale

KEY = b"k" * 32
NEW = Member("new-1", "C-new-1", "李雷", "13700009999", "basic", birthday=date(2020, 2, 29), own_guide="G1")


@pytest.fixture
def shop(tmp_path: Path) -> tuple[LiveCache, LiveCache, Connection]:
    return (*caches(tmp_path), enrolled(tmp_path))


def register(con: Connection, *given: MemberCoupon, one: Member = NEW) -> None:
    with transaction(con):
        entry = append(con, fact_id=f"f-{one.id}", kind=MEMBER_REGISTERED, content={"member": one.id}, at=NOW)
        local_members.add(con, one, entry.number, KEY, TERMINAL.index_key, given)


def coupon(key: str, owner: str, state: str = "active") -> dict[str, object]:
    return {
        "id": key, "member": owner, "name": "满减券", "template": None, "rule": {"kind": "amount_off", "amount": 500},
        "until": "2026-12-31T00:00:00+08:00", "single_use": True, "state": state,
    }  # fmt: skip


def test_a_member_by_code_phone_and_last_four(shop: tuple[LiveCache, LiveCache, Connection]) -> None:
    """T-70: found at the counter by phone, last four digits or code."""
    cache, till, con = shop
    fill(
        cache, "store:S001",
        *rows("member", [member("M1", birthday="2015-06-01", tags=["vip"]), member("M2"), member("M3", "13800005678")]),
    )  # fmt: skip
    found = members.by_code(till, con, "C-M1")
    assert found is not None
    assert (found.id, found.birthday, found.tags, found.points) == ("M1", date(2015, 6, 1), ("vip",), 100)
    assert [one.id for one in members.by_last4(till, con, "1234")] == ["M1", "M2"]
    assert len(members.by_last4(till, con, "1234", limit=1)) == 1
    assert [one.id for one in members.by_phone(till, con, "13800005678")] == ["M3"]
    assert members.by_id(till, con, "M9") is members.by_code(till, con, "M1") is None


def test_without_the_key_members_are_found_by_code_and_last_four_masked(
    shop: tuple[LiveCache, LiveCache, Connection], tmp_path: Path
) -> None:
    """S-20, S-21: sealed, a till still knows whom it serves, and nothing more of them."""
    cache, till, con = shop
    fill(cache, "store:S001", *rows("member", [member("M1", "13912345678", birthday="2015-06-01", points=7)]))
    assert members.opens(till, "store:S001")
    for key in (OwnKey(), OwnKey(b"o" * 32)):
        sealed = LiveCache(tmp_path, own=key)
        assert not members.opens(sealed, "store:S001")
        assert members.opens(sealed, "store:S002")  # there is nobody
        (found,) = members.by_last4(sealed, con, "5678")
        assert found == members.by_code(sealed, con, "C-M1") == members.by_id(sealed, con, "M1")
        assert (found.id, found.tier, found.points, found.sealed) == ("M1", "gold", 7, True)
        assert (found.masked_name, found.masked_phone, found.birthday) == ("", "****5678", None)
        sealed.close()
    with pytest.raises(DataError, match="no_own_key"):
        members.by_phone(LiveCache(tmp_path), con, "13912345678")
    assert members.by_phone(LiveCache(tmp_path, own=OwnKey(b"o" * 32)), con, "13912345678") == []


def test_a_row_in_another_rows_place_does_not_open(shop: tuple[LiveCache, LiveCache, Connection]) -> None:
    cache, till, con = shop
    fill(cache, "store:S001", *rows("member", [member("M1", name="甲"), member("M2", "13800005678", name="乙")]))
    with transaction(cache.con) as changed:
        changed.execute("UPDATE member SET private = (SELECT private FROM member WHERE key = 'M2') WHERE key = 'M1'")
    found = members.by_id(till, con, "M1")
    assert found
    assert (found.sealed, found.name) == (True, "")


def test_points_of_own_sales_are_added_until_hq_has_them(shop: tuple[LiveCache, LiveCache, Connection]) -> None:
    """T-16: points are counted once, whichever of the two knows the sale first."""
    cache, till, con = shop
    fill(cache, "store:S001", *rows("member", [member("member-1")]))
    commit(con, sale("sale-1", 1))
    commit(con, sale("sale-2", 2))

    def points() -> int:
        found = members.by_id(till, con, "member-1")
        assert found
        return found.points

    assert points() == 100 + 51 + 51
    fill(cache, "store:S001", *rows("member", [member("member-1", points=151)]), applied_seq=1)
    assert points() == 151 + 51
    fill(cache, "store:S001", *rows("member", [member("member-1", points=202)]), applied_seq=2)
    assert points() == 202


def test_united_members_are_followed(shop: tuple[LiveCache, LiveCache, Connection]) -> None:
    cache, till, con = shop
    commit(con, sale("sale-1", 1))  # to member-1, before HQ united it
    fill(cache, "store:S001", *rows("member", [member("M2")]))
    fill(
        cache, "store:S001", *rows("coupon", [coupon("K1", "member-1"), coupon("K2", "M2"), coupon("K3", "M2", "used")])
    )
    fill(
        cache,
        "store:S001",
        *rows("member_alias", [{"old": "member-1", "new": "M1"}, {"old": "M1", "new": "M2"}], "old"),
    )
    for key in ("member-1", "M1", "M2"):
        found = members.by_id(till, con, key)
        assert found is not None
        assert (found.id, found.points) == ("M2", 151)
    assert members.by_code(till, con, "member-1") == members.by_id(till, con, "M2")
    assert {one.id for one in coupons.of_member(till, con, "M2")} == {"K1", "K2"}
    assert members.is_known(till, "member-1")


def test_aliases_in_a_circle_end(shop: tuple[LiveCache, LiveCache, Connection]) -> None:
    cache, till, con = shop
    fill(cache, "store:S001", *rows("member_alias", [{"old": "A", "new": "B"}, {"old": "B", "new": "A"}], "old"))
    assert members.by_id(till, con, "A") is None
    assert set(members.all_ids(till, "A")) == {"A", "B"}


def test_a_member_registered_here_is_found_at_once(shop: tuple[LiveCache, LiveCache, Connection]) -> None:
    _, till, con = shop
    newcomer = MemberCoupon("K9", "新人券", NEW.id, {"id": "K9", "kind": "amount_off", "amount": 1}, NOW, "T1")
    register(con, newcomer)
    assert local_members.by_id(con, NEW.id, KEY) == NEW
    assert local_members.by_code(con, NEW.code, KEY) == NEW
    assert local_members.by_phone(con, NEW.phone, KEY, TERMINAL.index_key) == NEW
    assert local_members.by_last4(con, "9999", KEY) == [NEW]
    assert local_members.by_last4(con, "0000", KEY) == []
    assert coupons.of_member(till, con, NEW.id) == [newcomer]
    assert coupons.by_id(till, con, "K9") == newcomer


def test_no_personal_data_lies_open_in_till_db(shop: tuple[LiveCache, LiveCache, Connection], tmp_path: Path) -> None:
    """S-20 for till.db: a canary's phone and name are in no byte of its files."""
    _, _, con = shop
    register(con)
    con.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    for path in tmp_path.glob("till.db*"):
        content = path.read_bytes()
        assert NEW.phone.encode() not in content
        assert NEW.name.encode() not in content
    for key in (b"x" * 32, None):
        (found,) = local_members.by_last4(con, "9999", key)
        assert (found.sealed, found.name, found.masked_phone, found.birthday) == (True, "", "****9999", None)


def test_hqs_rows_take_the_place_of_local_ones(shop: tuple[LiveCache, LiveCache, Connection]) -> None:
    cache, till, con = shop
    register(con, MemberCoupon("K9", "新人券", NEW.id, {"kind": "amount_off", "amount": 1}, NOW))
    register(con, one=Member("new-2", "C-new-2", "韩梅", "13700008888", "basic"))
    assert local_members.forget_superseded(con, cache) == 0
    fill(cache, "store:S001", *rows("member", [member(NEW.id, NEW.phone)]), *rows("coupon", [coupon("K9", NEW.id)]))
    assert len(coupons.of_member(till, con, NEW.id)) == 1  # both know it
    assert local_members.forget_superseded(con, cache) == 2
    assert local_members.by_id(con, NEW.id, KEY) is None
    assert local_members.by_id(con, "new-2", KEY) is not None
    assert len(coupons.of_member(till, con, NEW.id)) == 1


def test_a_coupon_that_was_taken_is_still_shown_with_its_reason(
    shop: tuple[LiveCache, LiveCache, Connection],
) -> None:
    cache, till, con = shop
    fill(cache, "store:S001", *rows("coupon", [coupon("K1", "member-1"), coupon("K3", "member-1")]))
    commit(con, sale())
    held = coupons.of_member(till, con, "member-1")
    assert [one.id for one in held] == ["K1", "K3"]
    assert sales.used_coupons(con, [one.id for one in held]) == {"K1"}
    assert held[0].rule == {"id": "K1", "kind": "amount_off", "amount": 500}
    assert coupons.by_id(till, con, "nothing") is None
