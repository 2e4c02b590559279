import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posclient.db.cache_schema import PRODUCT_TEXT
from posclient.db.connection import Connection
from posclient.db.live_cache import LiveCache
from posclient.db.name_text import match_query, spaced
from posclient.db.product_search import search
from tests.db.shop import NOW, caches, fill, on_sale, product, rows

NAMES = {
    "N-1": "儿童连帽羽绒服 加厚",
    "N-2": "100%棉T恤",
    "N-3": "T-shirt red",
    "N-4": "a_b",
    "N-5": 'o\'neil "x"',
    "N-6": "NEAR(a b)",
    "N-7": "Ärmellos",
    "N-8": "50% off AND NOT OR",
    "N-9": "短袖💡T恤",
    "N-10": "back\\slash *",
}


@pytest.fixture
def cache(tmp_path: Path) -> LiveCache:
    writer, reader = caches(tmp_path)
    on_sale(writer, *(product(sku, name, initials=f"x{sku[2:]}") for sku, name in NAMES.items()))
    return reader


def hits(cache: LiveCache, text: str) -> list[str]:
    return [one.sku for one in search(cache, text, NOW).products]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("羽", ["N-1"]), ("羽绒", ["N-1"]), ("服 加", ["N-1"]), ("绒羽", []), ("棉T", ["N-2"]), ("t恤", ["N-2", "N-9"]),
        ("100", ["N-2"]), ("armel", ["N-7"]), ("RED", ["N-3"]), ("re", ["N-3"]),
        ("Ä", ["N-4", "N-6", "N-7", "N-8"]), ("o", ["N-5", "N-8"]), ("shirt t", ["N-3"]), ("💡", ["N-9"]),
    ],
)  # fmt: skip
def test_names(cache: LiveCache, text: str, expected: list[str]) -> None:
    assert hits(cache, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%", ["N-2", "N-8"]), ("_", ["N-4"]), ("\\", ["N-10"]), ("'", ["N-5"]), ('"', ["N-5"]), ("*", ["N-10"]),
        ("NEAR(", ["N-6"]), ("AND NOT OR", ["N-8"]), ("AND", ["N-8"]), ("0%", []),
        ("'; DROP TABLE product", []),
        ("50% off", ["N-8"]), ("x*", []), ("name:red", []), ("^red", []), ("red OR blue", []), ("-red", []), ("", []),
        ("   ", []), ("\x00", []), ("red\x00", []), ("\ud800", []), ("()", []),
        ("红" * 10_000, []), ("a " * 5_000, []),
    ],
)  # fmt: skip
def test_any_text_is_taken_literally(cache: LiveCache, text: str, expected: list[str]) -> None:
    """S-4: wildcards, quotes and operators of SQL and FTS are what they look like."""
    assert hits(cache, text) == expected


@given(st.text(max_size=40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_is_an_error(cache: LiveCache, text: str) -> None:
    """S-4: no text at all is an error of the full-text search."""
    found = search(cache, text, NOW)
    assert not found.more


@pytest.fixture(scope="module")
def index() -> Connection:
    """A full-text index by itself."""
    con = sqlite3.connect(":memory:", factory=Connection, isolation_level=None)
    con.execute(PRODUCT_TEXT)
    return con


@given(st.lists(st.text("aZé7%_'\"*\\()-:^+{}童装恤かナ💡。，", min_size=1, max_size=8), min_size=1, max_size=6))
def test_a_name_is_found_by_its_words_in_any_order(index: Connection, words: list[str]) -> None:
    """S-4: whatever a product is called, typing its words finds it."""
    index.execute("BEGIN")
    index.execute("INSERT INTO product_text (rowid, name) VALUES (99, ?)", (spaced(" ".join(words)),))
    for text in (" ".join(words), " ".join(reversed(words)), words[0], words[-1][:1]):
        query = "SELECT rowid FROM product_text WHERE product_text MATCH ?"
        assert index.execute(query, (match_query(text),)).fetchall() == [(99,)], text
    index.execute("ROLLBACK")


def test_numbers_by_their_beginning(tmp_path: Path) -> None:
    cache, till = caches(tmp_path)
    on_sale(
        cache,
        product("J26A001-RED", gtins=["6901234567892"], initials="ntyrf"),
        product("J26A002-RED", gtins=["012345678905"], initials="nvtx"),
        product("j9%", gtins=["A_1"], initials="zz"),
    )
    for text, expected in (
        ("J26", ["J26A001-RED", "J26A002-RED"]), ("j26a001", ["J26A001-RED"]), ("j26a001-r", ["J26A001-RED"]),
        ("6901", ["J26A001-RED"]), ("6901234567892", ["J26A001-RED"]), ("01234", ["J26A002-RED"]), ("12345", []),
        ("0012345678905", ["J26A002-RED"]), ("nt", ["J26A001-RED"]), ("NV", ["J26A002-RED"]), ("J2%", []), ("J_6", []),
        ("A_1", ["j9%"]), ("j9%", ["j9%"]), ("%", []),
    ):  # fmt: skip
        assert hits(till, text) == expected, text


def test_initials_from_within(tmp_path: Path) -> None:
    """The initials of the second word: HQ sends 男童羽绒服 as one, ntyrf. Those that begin with it come first."""
    cache, till = caches(tmp_path)
    on_sale(
        cache,
        product("A-1", "男童羽绒服", initials="ntyrf"),
        product("A-2", "男童羽绒服", initials="ntyrf"),
        product("B-1", "羽绒服", initials="yrf"),
        product("C-1", "圆领", initials="yly"),
        product("D-1", "袜", initials=""),
    )
    for text, expected in (
        ("yrf", ["B-1", "A-1", "A-2"]), ("YR", ["B-1", "A-1", "A-2"]), ("rf", ["A-1", "A-2", "B-1"]),
        ("ly", ["C-1"]), ("f", []), ("fn", []), ("ntyrf", ["A-1", "A-2"]), ("yr%", []), ("ry", []),
    ):  # fmt: skip
        assert hits(till, text) == expected, text
    on_sale(cache, product("E-1", "新款", initials="xlyq"))
    assert sorted(hits(till, "ly")) == ["C-1", "E-1"], "what HQ sends is found at once"
    found = search(till, "rf", NOW, limit=2)
    assert ([one.sku for one in found.products], found.more) == (["A-1", "A-2"], True)


def test_better_ways_come_first(tmp_path: Path) -> None:
    cache, till = caches(tmp_path)
    on_sale(cache, product("Z-1", "red nt"), product("NT-1", "羽绒"), product("Y-1", "毛衣", initials="ntx"))
    assert hits(till, "nt") == ["NT-1", "Y-1", "Z-1"]


@pytest.mark.parametrize("count", [999, 1000, 1001])
def test_nothing_is_cut_off_unsaid(tmp_path: Path, count: int) -> None:
    """T-26: 999, 1000 and 1001 articles: a list that ends early says so."""
    cache, till = caches(tmp_path)
    for first in range(0, count, 500):
        on_sale(cache, *(product(f"A-{n}") for n in range(first, min(first + 500, count))))
    for text in ("羽绒", "A", "ntyrf"):
        found = search(till, text, NOW, limit=1000)
        assert (len(found.products), found.more) == (min(count, 1000), count > 1000), text
    assert search(till, "羽绒", NOW).more
    assert len(search(till, "羽绒", NOW).products) == 50


def test_what_is_not_on_sale_is_not_offered(tmp_path: Path) -> None:
    cache, till = caches(tmp_path)
    fill(cache, "global", *rows("product", [product("A-1")], "sku"))
    assert hits(till, "羽绒") == []
