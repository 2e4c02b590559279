"""A whole import: what goes where, what a second one changes, and what strict means."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from posclient.errors import InputError
from sync.hq.database import Database, open_database
from sync.hq.feeds import read_page
from sync.hq.imports.importing import Report, import_folder
from sync.hq.imports.reading import Fault
from sync.hq.service import Hq
from sync.hq.tables import Feed
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill
from tests.sync.hq.till_at_hq import use

SMALL = Path(__file__).parents[2] / "data" / "small_store"
PRODUCTS = "sku,gtin,name,brand,department,category,size,price,style,color,tags,member_prices,tax_bp\n"
A = 'A,2000008189804,儿童羽绒服,JOJO,KIDS,coat,110,25900,J26,红,new warm,"{""gold"": 23900}",1300\n'
FILES = {
    "stores": "id,name,address,phone,zone,kind\nS001,一店,路1号,021,east,store\nW001,仓,,,east,warehouse\n"
    "S002,二店,,,west,store\n",
    "staff": "id,store,name,badge,roles,pin\nG1,S001,导购一,B1,guide cashier,1234\n",
    "allowances": "guide,month,amount\nG1,2026-11,32000\n",
    "settings": "store,name,value\n,max_coupons,3\nS001,max_coupons,2\n",
    "tiers": "id,name,rank\ngold,金卡,2\n",
    "cadences": "id,step,after_minutes,name,script\n3315,thanks,180,谢谢,{name}您好\n3315,wash,21600,护理,x\n",
    "promotions": 'id,name,rule\nP1,秋季,"{""kind"": ""percent_off"", ""bp"": 1000, ""include"": [""brand:JOJO""]}"\n',
    "coupon_templates": "id,name,rule,valid_days,newcomer\n"
    'T1,新人,"{""kind"":""amount_off"",""amount"":3000}",30,true\n',
    "products": PRODUCTS + A,
    "members": "code,phone,name,id,tier,points,birthday,own_guide,home_store,tags\n"
    "C1,13900110866,王小明,M1,gold,10,2020-02-29,G1,S001,vip new\nC2,13900110867,李,,,,,,,\n",
    "coupons": "id,member,kind,amount,from,until,skus\nK1,C1,amount_off,100,2026-01-01T00:00:00+08:00,,A B\n"
    "K2,C2,percent_off,1500,,2027-01-01T00:00:00+08:00,\n",
    "stock": "store,sku,qty\nS001,A,3\nW001,A,9\nS002,A,1\n",
}


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def run(database: Database, folder: Path, strict: bool = False) -> tuple[Report, list[tuple[str, int, str, str]]]:
    faults: list[Fault] = []
    report = import_folder(database, folder, strict, faults.append)
    return report, [(one.file, one.line, one.column, one.code) for one in faults]


def rows(database: Database, feed: str) -> dict[tuple[str, str], Any]:
    with database.read() as session:
        page = read_page(session, feed, 0, 500, 0, "")
    return {(row.t, row.k): row.d for row in page.rows if row.d is not None}


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the chain in it, and the folder it came from; made once, copied by ``chain``."""
    home = tmp_path_factory.mktemp("chain")
    folder = write(home / "in", **FILES)
    database = open_database(f"sqlite:///{home}/hq.db")
    report, faults = run(database, folder)
    assert (report.bad, faults) == (0, [])
    with database.read() as session:
        session.connection().exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return home


@pytest.fixture
def chain(imported: Path, tmp_path: Path) -> Path:
    """A folder of files, and beside it ``hq.db`` with all of it imported."""
    shutil.copy(imported / "hq.db", tmp_path)
    shutil.copytree(imported / "in", tmp_path / "in")
    return tmp_path / "in"


@pytest.fixture
def database(chain: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{chain.parent}/hq.db")
    yield opened
    opened.close()


def test_the_chains_own_feed(database: Database) -> None:
    """docs/architecture.md, feeds: each row has exactly these keys."""
    found = rows(database, "global")
    assert found["product", "A"] == {
        "sku": "A", "style": "J26", "name": "儿童羽绒服", "brand": "JOJO", "category": "coat", "color": "红",
        "size": "110", "initials": "etyrf",
        "tags": ["brand:JOJO", "category:coat", "department:KIDS", "new", "style:J26", "warm"],
        "tax_bp": 1300, "gtins": ["2000008189804"],
    }  # fmt: skip
    assert found["promotion", "P1"]["rule"] == {
        "id": "P1",
        "kind": "percent_off",
        "bp": 1000,
        "include": ["brand:JOJO"],
    }
    assert found["coupon_template", "T1"] == {
        "id": "T1", "name": "新人", "rule": {"kind": "amount_off", "amount": 3000}, "valid_days": 30, "newcomer": True
    }  # fmt: skip
    assert found["store", "W001"]["kind"] == "warehouse"
    assert [step["step"] for step in found["cadence", "3315"]["steps"]] == ["thanks", "wash"]
    assert found["cadence", "3315"]["steps"][0] == {
        "step": "thanks", "after_minutes": 180, "name": "谢谢", "script": "{name}您好"
    }  # fmt: skip
    assert found["tier", "gold"] == {"id": "gold", "name": "金卡", "rank": 2}
    assert found["setting", "max_coupons"] == {"name": "max_coupons", "value": 3}


def test_the_zones_feeds(database: Database) -> None:
    east, west = rows(database, "zone:east"), rows(database, "zone:west")
    price = {"id": "A", "sku": "A", "price": 25900, "member_prices": {"gold": 23900}, "from": None, "until": None}
    assert east["price", "A"] == west["price", "A"] == price
    assert (east["stock", "A"]["qty"], west["stock", "A"]["qty"]) == ({"S001": 3, "W001": 9}, {"S002": 1})


def test_the_stores_feeds(database: Database) -> None:
    first, second = rows(database, "store:S001"), rows(database, "store:S002")
    assert first["member", "M1"] == {
        "id": "M1", "code": "C1", "name": "王小明", "phone": "13900110866", "birthday": "2020-02-29", "tier": "gold",
        "points": 10, "stored_value": 0, "own_guide": "G1", "home_store": "S001", "tags": ["vip", "new"],
    }  # fmt: skip
    assert first["coupon", "K1"] == {
        "id": "K1", "member": "M1", "name": "K1", "template": None, "until": None, "single_use": True,
        "state": "active",
        "rule": {"id": "K1", "kind": "amount_off", "amount": 100, "from": "2026-01-01T00:00:00+08:00",
                 "include": ["sku:A", "sku:B"]},
    }  # fmt: skip
    assert set(second) == {("member", "C2"), ("coupon", "K2")}
    assert first["member", "C2"] == second["member", "C2"]
    assert (second["coupon", "K2"]["rule"]["bp"], second["coupon", "K2"]["until"]) == (
        1500,
        "2027-01-01T00:00:00+08:00",
    )
    staff = first["staff", "G1"]
    assert (staff["roles"], staff["active"]) == (["cashier", "guide"], True)
    assert staff["pin_hash"].startswith("scrypt$")
    assert "1234" not in staff["pin_hash"].split("$")
    assert first["allowance", "G1/2026-11"] == {"guide": "G1", "month": "2026-11", "amount": 32000}
    assert first["setting", "S001/max_coupons"] == {"name": "max_coupons", "value": 2}


def test_a_second_import_publishes_only_what_changed(database: Database, chain: Path) -> None:
    report, _ = run(database, chain)
    assert sum(report.published.values()) == 0
    write(chain, products=PRODUCTS + A.replace("25900", "19900"), stock="store,sku,qty\nS001,A,4\n")
    report, _ = run(database, chain)
    assert {feed: count for feed, count in report.published.items() if count} == {"zone:east": 2, "zone:west": 1}
    assert rows(database, "zone:east")["stock", "A"]["qty"] == {"S001": 4, "W001": 9}


def test_a_member_who_moves_takes_the_coupons_along(database: Database, chain: Path) -> None:
    write(chain, members=FILES["members"].replace(",S001,", ",S002,"))
    run(database, chain)
    assert ("member", "M1") not in rows(database, "store:S001")
    assert ("coupon", "K1") not in rows(database, "store:S001")
    assert rows(database, "store:S002")["member", "M1"]["home_store"] == "S002"
    assert ("coupon", "K1") in rows(database, "store:S002")


def test_a_column_that_a_file_leaves_out_stays_as_it_was(database: Database, tmp_path: Path) -> None:
    """S-9: a list of new phones is no reason to show a store's members to all stores, or to move its zone."""
    before = rows(database, "store:S001")["member", "M1"]
    members = "code,phone,id\nC1,13900110877,M1\n"
    run(database, write(tmp_path / "short", members=members, stores="id,name\nS001,新一店\n"))
    assert rows(database, "store:S001")["member", "M1"] == {**before, "phone": "13900110877"}
    assert ("member", "M1") not in rows(database, "store:S002")
    store = rows(database, "global")["store", "S001"]
    assert (store["name"], store["zone"], store["address"]) == ("新一店", "east", "路1号")


def test_a_coupon_that_is_another_members_now_leaves_the_first_ones_store(database: Database, tmp_path: Path) -> None:
    """T-41: the tills of the old store would go on offering it to the member who had it."""
    members = "code,phone,home_store\nC3,13900110868,S002\n"
    coupons = "id,member,kind,amount\nK1,C3,amount_off,100\nK2,C3,amount_off,100\n"
    run(database, write(tmp_path / "given", members=members, coupons=coupons))
    assert {key for table, key in rows(database, "store:S001") if table == "coupon"} == set()
    second = rows(database, "store:S002")
    assert {key: row["member"] for (table, key), row in second.items() if table == "coupon"} == {"K1": "C3", "K2": "C3"}


def test_who_changes_stores_leaves_the_old_one(database: Database, chain: Path) -> None:
    write(chain, staff=FILES["staff"].replace("G1,S001", "G1,S002"))
    run(database, chain)
    assert ("staff", "G1") not in rows(database, "store:S001")
    assert ("staff", "G1") in rows(database, "store:S002")


@pytest.mark.parametrize("strict", [False, True])
def test_nobody_waits_while_pins_are_hashed(tmp_path: Path, strict: bool) -> None:
    """A chain's 10,000 guides take ten minutes, and tills push meanwhile."""
    database = open_database(f"sqlite:///{tmp_path}/hq.db", wait_s=0.3)
    run(database, write(tmp_path / "files", stores=FILES["stores"]))
    staff = "id,store,name,roles,pin\n" + "".join(f"G{n},S001,x,guide,{1000 + n}\n" for n in range(20))
    folder = write(tmp_path / "files", staff=staff)
    importing = threading.Thread(target=run, args=(database, folder, strict))
    importing.start()
    writes = 0
    while importing.is_alive():
        with database.write(shared=True) as session:
            session.connection()
        writes += 1
        time.sleep(0.02)
    assert writes > 5
    assert len([key for table, key in rows(database, "store:S001") if table == "staff"]) == 20
    database.close()


def test_a_store_that_changes_zones(database: Database, chain: Path) -> None:
    write(chain, stores=FILES["stores"].replace("021,east", "021,west"))
    run(database, chain)
    assert rows(database, "zone:west")["stock", "A"]["qty"] == {"S001": 3, "S002": 1}
    assert rows(database, "zone:east")["stock", "A"]["qty"] == {"W001": 9}


def test_a_store_that_moves_to_a_new_zone_finds_its_prices_there(database: Database, tmp_path: Path) -> None:
    """T-25: its tills follow the new zone from their next sync on, and would have nothing to sell."""
    run(database, write(tmp_path / "move", stores=FILES["stores"].replace("021,east", "021,north")))
    assert rows(database, "zone:north")["price", "A"]["price"] == 25900
    assert rows(database, "zone:north")["stock", "A"]["qty"] == {"S001": 3}


def test_what_a_store_took_along_is_no_stock_of_its_old_zone(database: Database, tmp_path: Path) -> None:
    run(database, write(tmp_path / "move", stores=FILES["stores"].replace(",west,", ",north,")))
    assert rows(database, "zone:north")["stock", "A"]["qty"] == {"S002": 1}
    assert ("stock", "A") not in rows(database, "zone:west")


def test_what_tills_did_stands_after_an_import(new_till: NewTill, hq_server: HqServer, tmp_path: Path) -> None:
    """Points earned and coupons used are facts: an import of the old file does not undo them."""
    folder = write(tmp_path / "in", **FILES)
    run(hq_server.database, folder)
    till = new_till("S001")
    till.push(till.sale(member="M1", points=5, coupons=(use("K1"),)))
    (folder / "stock.csv").unlink()  # a count: it would set the pieces anew
    report, _ = run(hq_server.database, folder)
    assert sum(report.published.values()) == 0
    assert till.row("store:S001", "member", "M1")["points"] == 15
    assert till.row("store:S001", "coupon", "K1")["state"] == "used"


BAD = [
    ("products", A + A, [(3, "sku", "doubled")]),
    ("products", A.replace("25900", "free"), [(2, "price", "not_whole")]),
    ("members", "code,phone,home_store\nC3,13900000000,S999\n", [(2, "home_store", "unknown_store")]),
    ("members", "code,phone\nC3,x\nC4,13900000000\nC4,13900000001\n",
     [(2, "phone", "not_a_phone"), (4, "code", "doubled")]),
    ("members", "code,phone,id\nC3,13900000000,M3\nC4,13900000001,M3\nC5,13900000002,C4\n", [(3, "id", "doubled")]),
    ("members", "code,phone,id\nC3,13900000000,\nC4,13900000001,C3\n", [(3, "id", "doubled")]),
    ("coupons", "id,member,kind,amount\nK3,C9,amount_off,1\n", [(2, "member", "unknown_member")]),
    ("coupons", "id,member,kind,amount\nK3,C1,gift,1\n", [(2, "kind", "bad_rule")]),
    ("coupons", "id,member,kind,amount\nK3,C1,amount_off,\n", [(2, "amount", "bad_rule")]),
    ("coupons", "id,member,kind,amount\nK3,C1,percent_off,10001\n", [(2, "amount", "bad_rule")]),
    ("coupons", 'id,member,rule\nK3,C1,"{""kind"": ""nope""}"\n', [(2, "rule", "bad_rule")]),
    ("stock", "store,sku,qty\nS001,Z,1\nS009,A,1\n", [(2, "sku", "unknown_sku"), (3, "store", "unknown_store")]),
    ("promotions", 'id,name,rule\nP2,x,"{""kind"": ""percent_off""}"\n', [(2, "rule.bp", "missing_key")]),
    ("coupon_templates", 'id,name,rule,valid_days\nT2,x,"{}",3\n', [(2, "rule.kind", "missing_key")]),
    ("staff", "id,store,name,roles,pin\nG2,S001,x,guide,12\nG3,S001,x,boss,1234\n",
     [(2, "pin", "pin_form"), (3, "roles", "unknown_word")]),
    ("staff", "id,store,name,roles,pin\nG2,S009,x,guide,1234\n", [(2, "store", "unknown_store")]),
    ("allowances", "guide,month,amount\nG9,2026-11,1\n", [(2, "guide", "unknown_staff")]),
    ("settings", "store,name,value\nS009,x,1\n,y,{\n", [(2, "store", "unknown_store"), (3, "value", "not_json")]),
    ("stores", "id,name\na/b,x\n", [(2, "id", "bad_store")]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "expected"), BAD)
@pytest.mark.parametrize("strict", [False, True])
def test_bad_rows(
    database: Database, chain: Path, name: str, text: str, expected: list[tuple[int, str, str]], strict: bool
) -> None:
    with database.read() as session:
        before = session.get_one(Feed, "global").head
    header = PRODUCTS if name == "products" else ""
    write(chain, **{name: header + text}, tiers="id,name,rank\nnew,x,1\n")
    report, faults = run(database, chain, strict)
    # a strict import may find the faults of later files in another order, never others
    assert sorted(faults) == sorted((f"{name}.csv", *fault) for fault in expected)
    assert report.bad == len({fault[1] for fault in faults})
    assert report.undone is strict
    assert (("tier", "new") in rows(database, "global")) is not strict
    if strict:
        with database.read() as session:
            assert session.get_one(Feed, "global").head == before


def test_a_folder_without_anything(hq_database: Database, tmp_path: Path) -> None:
    for folder, code in ((tmp_path / "none", "not_a_folder"), (tmp_path, "nothing_to_import")):
        with pytest.raises(InputError, match=code):
            run(hq_database, folder)


def test_a_part_of_a_real_store(hq_database: Database) -> None:
    """Without stores.csv all is chain-wide, and a store that opens later has it from the first day."""
    report, faults = run(hq_database, SMALL, strict=True)
    assert faults == []
    assert {name: counted.good for name, counted in report.files.items()} == {
        "products.csv": 311, "members.csv": 23, "coupons.csv": 40
    }  # fmt: skip
    Hq(hq_database).enrolment_code("S001")
    with hq_database.read() as session:
        counts = {name: session.get_one(Feed, name).count for name in ("global", "zone:z1", "store:S001")}
    assert counts == {"global": 312, "zone:z1": 311, "store:S001": 63}


def test_more_rows_than_a_batch(hq_database: Database, tmp_path: Path) -> None:
    """T-26, T-61: no list ends at a thousand, and a doubled key is seen across batches."""
    lines = [f"S{number:05},,name {number},,,,,{number}" for number in range(4500)]
    text = "sku,gtin,name,brand,department,category,size,price\n" + "\n".join([*lines, lines[0]]) + "\n"
    report, faults = run(hq_database, write(tmp_path / "in", products=text))
    assert (report.files["products.csv"].good, faults) == (4500, [("products.csv", 4502, "sku", "doubled")])
    with hq_database.read() as session:
        assert session.get_one(Feed, "zone:z1").count == 4500
