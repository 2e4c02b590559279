"""A column that coupons.csv leaves out changes nothing of a coupon that is here already."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from sync.hq.database import Database
from sync.hq.lease_tables import LossRow
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill
from tests.sync.hq.test_import_folder import rows, run, write
from tests.sync.hq.till_at_hq import use

WHOLE = {
    "stores": "id,name\nS001,一店\nS002,二店\n",
    "members": "code,phone,home_store\nC1,13912345671,S001\nC2,13912345672,S001\n",
    "coupons": "id,member,kind,amount,from,until,skus,name,template,single_use\n"
    "K1,C1,amount_off,100,2026-01-01T00:00:00+08:00,2027-01-01T00:00:00+08:00,A B,Ten,T1,false\n",
}
RULE = "id,member,single_use,rule\n" + 'K1,C1,false,"{""kind"":""amount_off"",""amount"":100,""stores"":[""S001""]}"\n'


@pytest.fixture
def database(hq_database: Database, tmp_path: Path) -> Database:
    assert run(hq_database, write(tmp_path / "whole", **WHOLE))[1] == []
    return hq_database


def coupon(database: Database, folder: Path, text: str, store: str = "S001") -> Any:
    assert run(database, write(folder / "part", coupons=text))[1] == []
    return rows(database, f"store:{store}").get(("coupon", "K1"))


@pytest.mark.parametrize(("text", "changed", "rule"), [
    ("id\nK1\n", {}, {}),
    ("id,name\nK1,Other\n", {"name": "Other"}, {}),
    ("id,name,template\nK1,,\n", {"name": "K1", "template": None}, {}),
    ("id,member\nK1,C2\n", {"member": "C2"}, {}),
    ("id,single_use\nK1,true\n", {"single_use": True}, {}),
    ("id,amount\nK1,300\n", {}, {"amount": 300}),
    ("id,kind,amount\nK1,exchange,300\n", {}, {"kind": "exchange", "price": 300}),
    ("id,skus\nK1,\n", {}, {"include": []}),
    ("id,from\nK1,\n", {}, {"from": None}),
    ("id,until\nK1,2028-01-01T00:00:00+08:00\n", {"until": "2028-01-01T00:00:00+08:00"},
     {"until": "2028-01-01T00:00:00+08:00"}),
    ('id,rule\nK1,"{""kind"":""percent_off"",""bp"":1000}"\n', {},
     {"kind": "percent_off", "bp": 1000, "include": None}),
    ('id,rule\nK1,"{""kind"":""percent_off"",""bp"":1000,""until"":null}"\n', {"until": None},
     {"kind": "percent_off", "bp": 1000, "include": None, "until": None}),
])  # fmt: skip
def test_what_is_left_out_stays(
    database: Database, tmp_path: Path, text: str, changed: dict[str, Any], rule: dict[str, Any]
) -> None:
    before = rows(database, "store:S001")["coupon", "K1"]
    now = coupon(database, tmp_path, text)
    assert {name for name, value in now.items() if before[name] != value} - {"rule"} == set(changed)
    assert now == {**before, **changed, "rule": now["rule"]}
    gone = {"kind": {"amount"}}.get(next(iter(rule), ""), set())
    was = {name: value for name, value in before["rule"].items() if name not in gone}
    said = {name: value for name, value in {**was, **rule}.items() if value is not None}
    assert {name: value for name, value in now["rule"].items() if value is not None} == said
    assert ("coupon", "K1") not in rows(database, "store:S002"), "it is where its member is"


def test_a_rule_of_its_own_stays(database: Database, tmp_path: Path) -> None:
    before = coupon(database, tmp_path, RULE)
    assert before["rule"]["stores"] == ["S001"]
    assert coupon(database, tmp_path, "id,name\nK1,Ten\n") == before
    now = coupon(database, tmp_path, "id,amount\nK1,300\n")
    assert now["rule"] == {**before["rule"], "amount": 300, "include": now["rule"]["include"]}


def test_a_public_code_stays_one(database: Database, tmp_path: Path) -> None:
    text = "id,kind,amount,single_use\nPUBLIC,amount_off,100,false\n"
    assert run(database, write(tmp_path / "part", coupons=text))[1] == []
    assert run(database, write(tmp_path / "part", coupons="id,name\nPUBLIC,Spring\n"))[1] == []
    for store in ("S001", "S002"):
        found = rows(database, f"store:{store}")["coupon", "PUBLIC"]
        assert (found["member"], found["single_use"], found["name"]) == ("", False, "Spring")


def test_the_next_use_is_no_loss(new_till: NewTill, hq_server: HqServer, tmp_path: Path) -> None:
    run(hq_server.database, write(tmp_path / "whole", **WHOLE))
    till = new_till("S001")
    for text in ("id,member,kind,amount\nK1,C1,amount_off,100\n", "id\nK1\n"):
        assert till.codes(till.sale(coupons=(use("K1"),))) == [("applied", None)]
        coupon(hq_server.database, tmp_path, text)
    assert till.codes(till.sale(coupons=(use("K1"),))) == [("applied", None)]
    with hq_server.database.read() as session:
        assert session.exec(select(LossRow)).all() == []
