"""A public code at HQ: in every store's feed, applied as often as it is used, and never anybody's loss."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import select

from posclient.domain import facts
from posclient.domain.facts import PUBLIC, CouponRight
from sync.hq.chain_tables import CouponRow
from sync.hq.database import Database
from sync.hq.lease_tables import CouponClaimRow, CouponLeaseRow, LossRow
from sync.hq.statistics import count_all
from sync.protocol import FactMessage
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill
from tests.sync.hq.leases import coupon, member, settings
from tests.sync.hq.published_rows import MOST, published
from tests.sync.hq.test_everywhere import stores
from tests.sync.hq.test_import_folder import rows, run, write
from tests.sync.hq.test_retiring import days
from tests.sync.hq.test_sale_effect import have
from tests.sync.hq.till_at_hq import STAMP, TillAtHq, make_sale, use
from tests.sync.tills import Chain, TillFolder, stored

__all__ = ["published"]

HEADER = "id,member,kind,amount,single_use,until\n"
SPRING = HEADER + "SPRING,,amount_off,2000,false,2027-01-01T00:00:00+08:00\n"
MEMBER = "code,phone\nC1,13900110866\n"


def code(key: str = "SPRING") -> CouponRow:
    return CouponRow(id=key, member="", single_use=False, data='{"name":"K","rule":{},"until":null}')


def sale(till: TillAtHq, coupon: str = "SPRING") -> FactMessage:
    """As a till says it: a use of a public code, by everybody's right."""
    till.sales += 1
    receipt = f"{till.me.store}-{till.me.slot}-20261121-{till.sales}"
    place = {"store": till.me.store, "slot": till.me.slot, "receipt": receipt}
    made = make_sale(till.sales, **place, coupons=(use(coupon),))
    return till.fact(facts.SALE_COMPLETED, facts.sale_completed(made, STAMP, (CouponRight(coupon, PUBLIC),)))


def test_a_code_is_imported_into_every_stores_feed(hq_database: Database, tmp_path: Path) -> None:
    report, faults = run(hq_database, write(tmp_path / "in", stores="id,name\nS1,x\nS2,x\n", coupons=SPRING))
    assert (report.bad, faults) == (0, [])
    for store in ("S1", "S2"):
        row = rows(hq_database, f"store:{store}")["coupon", "SPRING"]
        assert (row["member"], row["single_use"], row["state"], row["rule"]["amount"]) == ("", False, "active", 2000)
    run(hq_database, write(tmp_path / "new", stores="id,name\nS3,x\n"))
    assert ("coupon", "SPRING") in rows(hq_database, "store:S3")
    run(hq_database, write(tmp_path / "ends", coupons=SPRING.replace("2027", "2026")))
    assert {rows(hq_database, f"store:S{n}")["coupon", "SPRING"]["until"][:4] for n in (1, 2, 3)} == {"2026"}


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("NEW,,amount_off,1,,", ("single_use", "public_single_use")),  # what a forgotten member looks like, too
        ("NEW,,amount_off,1,true,", ("single_use", "public_single_use")),
        ("K1,,amount_off,1,false,", ("member", "public_for_good")),
        ("SPRING,C1,amount_off,1,true,", ("member", "public_for_good")),
        ("NEW,,gift,1,false,", ("kind", "bad_rule")),
    ],
)
def test_what_cannot_be_public(hq_database: Database, tmp_path: Path, row: str, fault: tuple[str, str]) -> None:
    known = {"members": MEMBER, "coupons": SPRING + "K1,C1,amount_off,1,true,\n"}
    run(hq_database, write(tmp_path / "in", stores="id,name\nS1,x\n", **known))
    before = rows(hq_database, "store:S1")
    _, faults = run(hq_database, write(tmp_path / "bad", coupons=f"{HEADER}{row}\n"))
    assert faults == [("coupons.csv", 2, *fault)]
    assert rows(hq_database, "store:S1") == before


@pytest.mark.parametrize("strict", [False, True])
def test_no_transaction_publishes_all_codes(
    hq_database: Database, tmp_path: Path, published: list[int], strict: bool
) -> None:
    """Each is a row in each store's feed, as of members without a home store."""
    codes = HEADER + "".join(f"P{n},,amount_off,1,false,\n" for n in range(60))
    run(hq_database, write(tmp_path / "in", stores=stores(1), coupons=codes), strict)
    run(hq_database, write(tmp_path / "new", stores=stores(41)), strict)
    assert max(published) <= MOST + 100
    assert sum(published) == 2 * 60 * 40 + 2 * 40


def test_a_code_is_applied_as_often_as_it_is_used(new_till: NewTill, hq_server: HqServer) -> None:
    here, there = new_till(), new_till("S002")
    have(hq_server, code())
    assert here.codes(*(sale(here) for _ in range(3))) == [("applied", None)] * 3
    assert there.codes(sale(there)) == [("applied", None)]
    figures = count_all(hq_server.database)
    assert (figures["coupons_used"], figures["coupons_used_twice"], figures["settlements"]) == (4, 0, 0)
    with hq_server.database.read() as session:
        assert session.get_one(CouponRow, "SPRING").state == "active"
        assert [session.exec(select(table)).all() for table in (LossRow, CouponClaimRow, CouponLeaseRow)] == [[]] * 3
    assert here.row("store:S001", "coupon", "SPRING")["state"] == "active"


def test_a_restored_hq_that_lost_the_code_takes_it_all_the_same(new_till: NewTill, hq_server: HqServer) -> None:
    """Its sales come before somebody imports it once more: the second one was a loss, of a cashier who did no wrong."""
    till = new_till()
    assert till.codes(sale(till), sale(till)) == [("applied", None)] * 2
    assert count_all(hq_server.database)["coupons_used_twice"] == 0
    have(hq_server, code())
    assert till.codes(sale(till)) == [("applied", None)]


def test_a_word_of_the_tills_makes_no_members_coupon_public(new_till: NewTill, hq_server: HqServer) -> None:
    till = new_till()
    have(hq_server, CouponRow(id="K1", member="M1", single_use=True, data='{"name":"K","rule":{},"until":null}'))
    assert till.codes(sale(till, "K1"), sale(till, "K1")) == [
        ("applied", None), ("applied_with_exception", "coupon_used_twice"),
    ]  # fmt: skip


def test_a_code_reaches_the_till_and_no_store_is_leased_it(chain: Chain, till: TillFolder, tmp_path: Path) -> None:
    """Beside a member's coupon, which is leased; and when its day is long past it leaves the feed as others do."""
    settings(chain, coupon_leases=True, over_days=30)
    run(chain.database, write(tmp_path / "in", members=MEMBER + "C2,13900110867\n"))
    member(chain)
    coupon(chain)
    run(
        chain.database, write(tmp_path / "codes", coupons=SPRING.replace("2027-01-01", f"{chain.clock.now():%Y-%m-%d}"))
    )
    assert till.cycle().error is None
    assert till.rows("SELECT key, member, single_use FROM coupon ORDER BY key") == [("K1", "M1", 1), ("SPRING", "", 0)]
    assert till.rows("SELECT key FROM coupon_lease") == [("K1",)]
    days(chain, 70)
    assert till.cycle().error is None
    assert till.rows("SELECT key FROM coupon") == [("K1",)]
    assert [one.coupon for one in stored(chain, CouponLeaseRow)].count("SPRING") == 0
