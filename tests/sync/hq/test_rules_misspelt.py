"""A rule with a key that pricing would pass over gives away more than somebody meant to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from posclient.domain.pricing.kinds import COUPONS, PROMOTIONS
from sync.hq.database import Database, open_database
from tests.sync.hq.test_import_folder import FILES, rows, run, write
from tests.sync.hq.test_told_amiss import told

FROM, UNTIL = "2026-11-01T00:00:00+08:00", "2026-12-01T00:00:00+08:00"
#: All that pricing.md says of each kind.
EVERY: dict[str, Any] = {
    "id": "P",
    "include": ["a"],
    "exclude": ["b"],
    "stores": ["S001"],
    "from": FROM,
    "until": UNTIL,
}
PROMOTION = EVERY | {"priority": 10, "stack": False, "tiers": ["gold", "basic"]}
COUPON = EVERY | {"min_spend": 1, "group": "g", "exclusive": False, "with_promotions": True}
OWN: dict[str, dict[str, Any]] = {
    "percent_off": {"bp": 1000}, "amount_off": {"amount": 1}, "fixed_price": {"price": 1},
    "nth_unit": {"n": 2, "bp": 1}, "bundle_price": {"size": 2, "price": 1},
    "spend_save": {"steps": [{"spend": 2, "save": 1}], "repeat": True}, "exchange": {"price": 1},
}  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A new one of each kind, with stores and tiers."""
    sqlite = request.param == "sqlite"
    opened = open_database(f"sqlite:///{tmp_path}/hq.db" if sqlite else request.getfixturevalue("postgres_url"))
    chain = {name: FILES[name] for name in ("stores", "tiers", "staff", "members")}
    assert run(opened, write(tmp_path / "chain", **chain))[1] == []
    yield opened
    opened.close()


def cell(rule: dict[str, Any]) -> str:
    return '"' + json.dumps(rule).replace('"', '""') + '"'


def promotions(*rules: dict[str, Any]) -> str:
    return "id,name,rule\n" + "".join(f"P{n},x,{cell(rule)}\n" for n, rule in enumerate(rules))


def coupons(*rules: dict[str, Any]) -> str:
    return "id,member,rule\n" + "".join(f"K{n},C1,{cell(rule)}\n" for n, rule in enumerate(rules))


def test_all_that_pricing_knows_goes_in(database: Database, tmp_path: Path) -> None:
    """Each kind with all its keys, null where there is none, and with a key of the chain's own."""
    mine = {"x-note": "of the buyers"}
    every = [{**PROMOTION, "kind": kind, **OWN[kind], **mine} for kind in PROMOTIONS]
    held = [{**COUPON, "kind": kind, **OWN[kind], **mine} for kind in COUPONS]
    held += [held[1] | {"cap": 5}, held[0] | {"from": None, "until": None, "group": None}]
    files = {"promotions": promotions(*every), "coupons": coupons(*held)}
    assert run(database, write(tmp_path / "in", **files))[1] == []
    assert len([key for key in rows(database, "global") if key[0] == "promotion"]) == len(PROMOTIONS)


PERCENT = {"kind": "percent_off", "bp": 1000}
WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"untill": UNTIL}, "rule.untill (until?)", "unknown_key"),
    ({"excludes": ["brand:JOJO"]}, "rule.excludes (exclude?)", "unknown_key"),
    ({"Stores": ["S001"]}, "rule.Stores (stores?)", "unknown_key"),
    ({"zz": 1}, "rule.zz", "unknown_key"),
    ({"from": UNTIL, "until": FROM}, "rule.until", "until_first"),
    ({"from": FROM, "until": FROM}, "rule.until", "until_first"),
    ({"stores": ["S001", "S009"]}, "rule.stores", "unknown_store"),
]
GOLDEN = {"tiers": ["golden"]}, "rule.tiers golden (gold?)", "unknown_tier"


@pytest.mark.parametrize(("more", "place", "code"), [*WRONG, GOLDEN])
def test_a_promotion_that_says_what_nobody_reads(
    database: Database, tmp_path: Path, more: dict[str, Any], place: str, code: str
) -> None:
    """Misspelt, it had no end, or was good for everything and everywhere."""
    _, faults = run(database, write(tmp_path / "in", promotions=promotions(PERCENT | more, PERCENT)))
    assert faults == [("promotions.csv", 2, place, code)]
    assert [key for key in rows(database, "global") if key[0] == "promotion"] == [("promotion", "P1")]


@pytest.mark.parametrize(("more", "place", "code"), [*WRONG, ({"capp": 1}, "rule.capp (cap?)", "unknown_key")])
def test_a_coupon_that_says_what_nobody_reads(
    hq_database: Database, tmp_path: Path, more: dict[str, Any], place: str, code: str
) -> None:
    chain = {name: FILES[name] for name in ("stores", "staff", "members")}
    _, faults = run(hq_database, write(tmp_path / "in", **chain, coupons=coupons(PERCENT | more, PERCENT)))
    assert faults == [("coupons.csv", 2, place, code)]


def test_a_template_and_a_step_that_say_what_nobody_reads(hq_database: Database, tmp_path: Path) -> None:
    template = "id,name,rule,valid_days\nT1,x," + cell({"kind": "amount_off", "amount": 1, "min_spent": 9}) + ",3\n"
    step = {"kind": "spend_save", "steps": [{"spend": 2, "save": 1, "savee": 2}]}
    files = {"coupon_templates": template, "promotions": promotions(step)}
    assert run(hq_database, write(tmp_path / "in", **files))[1] == [
        ("coupon_templates.csv", 2, "rule.min_spent (min_spend?)", "unknown_key"),
        ("promotions.csv", 2, "rule.steps[0].savee (save?)", "unknown_key"),
    ]


@pytest.mark.parametrize(("rule", "place"), [
    ({"bp": 1000}, "rule.kind"), ({"kind": "percent_off"}, "rule.bp"), ({"kind": "nth_unit", "n": 2}, "rule.bp"),
    ({"kind": "spend_save"}, "rule.steps"),
    ({"kind": "spend_save", "steps": [{"spend": 2, "save": 1}, {"spend": 3}]}, "rule.steps[1].save"),
])  # fmt: skip
def test_a_promotion_that_lacks_a_key(hq_database: Database, tmp_path: Path, rule: dict[str, Any], place: str) -> None:
    """Of a rule of ten keys nobody saw what pricing could not read."""
    (line,) = told(hq_database, tmp_path / "in", promotions=promotions(rule))
    assert line.startswith(f"promotions.csv:2:{place}: ")


def test_a_coupon_or_template_that_lacks_a_key(hq_database: Database, tmp_path: Path) -> None:
    chain = {name: FILES[name] for name in ("stores", "staff", "members")}
    files = {"coupon_templates": "id,name,rule,valid_days\nT1,x," + cell({"kind": "exchange"}) + ",3\n"}
    files |= {"coupons": coupons({"kind": "amount_off", "min_spend": 1})}
    assert run(hq_database, write(tmp_path / "in", **chain, **files))[1] == [
        ("coupon_templates.csv", 2, "rule.price", "missing_key"),
        ("coupons.csv", 2, "rule.amount", "missing_key"),
    ]


def test_a_coupon_whose_columns_end_before_they_begin(hq_database: Database, tmp_path: Path) -> None:
    files = {name: FILES[name] for name in ("stores", "staff", "members")}
    text = f"id,member,kind,amount,from,until\nK,C1,amount_off,1,{UNTIL},{FROM}\n"
    assert run(hq_database, write(tmp_path / "in", **files, coupons=text))[1] == [
        ("coupons.csv", 2, "until", "until_first")
    ]


def test_tiers_of_a_chain_that_lists_none_or_has_another_by_default(hq_database: Database, tmp_path: Path) -> None:
    assert run(hq_database, write(tmp_path / "1", promotions=promotions(PERCENT | {"tiers": ["vip"]})))[1] == []
    files = {"tiers": FILES["tiers"], "settings": 'store,name,value\n,default_tier,"""plain"""\n'}
    files["promotions"] = promotions(PERCENT | {"tiers": ["gold", "plain"]}, PERCENT | {"tiers": ["vip"]})
    assert run(hq_database, write(tmp_path / "2", **files))[1] == [
        ("promotions.csv", 3, "rule.tiers vip", "unknown_tier")
    ]


def test_the_key_and_what_was_meant_are_said(hq_database: Database, tmp_path: Path) -> None:
    (line,) = told(hq_database, tmp_path / "in", promotions=promotions(PERCENT | {"untill": UNTIL}))
    assert line.startswith("promotions.csv:2:rule.untill (until?): ")
