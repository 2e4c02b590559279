from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from posclient.db import inbox, product_search
from posclient.db.live_cache import LiveCache
from posclient.domain.feeds import row_checksum
from posclient.errors import DataError
from sync.protocol import Page, Row
from tests.db.shop import NOW, caches, fill, member, page, price, product, rows


@pytest.fixture
def cache(tmp_path: Path) -> LiveCache:
    return caches(tmp_path)[0]


def everything(cache: LiveCache) -> list[Any]:
    """All that a page may change."""
    tables = ("product", "price", "barcode", "feed_cursor", "member")
    return [cache.con.execute(f"SELECT * FROM {name}").fetchall() for name in tables]


def test_a_page_and_its_cursor_come_together(cache: LiveCache) -> None:
    applied = inbox.apply_page(cache, page("global", rows("product", [product("A-1"), product("A-2")], "sku")), NOW)
    assert applied.agrees
    cursor = inbox.cursors(cache)["global"]
    assert (cursor.version, cursor.head, cursor.count, cursor.at_head) == (2, 2, 2, True)
    assert cursor.checksum == (row_checksum("product", "A-1", 1) + row_checksum("product", "A-2", 2)) % 2**64
    assert cursor.checked_ms == int(NOW.timestamp() * 1000)


def test_pages_follow_one_another(cache: LiveCache) -> None:
    first = page("global", rows("product", [product("A-1")], "sku"), head=3)
    assert inbox.apply_page(cache, first, NOW).cursor.at_head is False
    second = page("global", rows("product", [product("A-1", "裤子"), product("A-2")], "sku", after=1), after=1, count=2)
    sums = sum(row_checksum("product", key, version) for key, version in (("A-1", 2), ("A-2", 3))) % 2**64
    assert inbox.apply_page(cache, second.model_copy(update={"checksum": sums}), NOW).agrees


def test_the_same_page_twice_is_a_gap_and_changes_nothing(cache: LiveCache) -> None:
    """T-10: a page that is delivered twice has one effect."""
    first = page("global", rows("product", [product("A-1")], "sku"))
    inbox.apply_page(cache, first, NOW)
    before = everything(cache)
    with pytest.raises(DataError) as caught:
        inbox.apply_page(cache, first, NOW)
    assert (caught.value.code, caught.value.params["expected"]) == ("feed_gap", 1)
    assert everything(cache) == before


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"from_": 5, "to": 9, "head": 9}, "feed_gap"),
        ({"from_": 0}, "feed_gap"),
        ({"to": 0, "rows": []}, "feed_gap"),
        ({"head": 1}, "feed_gap"),
        ({"epoch": "e2"}, "epoch_changed"),
    ],
)
def test_a_page_that_does_not_continue_is_refused(cache: LiveCache, changes: dict[str, Any], code: str) -> None:
    """S-11: a gap, a version that goes back, another epoch."""
    fill(cache, "global", *rows("product", [product("A-1")], "sku"))
    before = everything(cache)
    good = page("global", rows("product", [product("A-2")], "sku", after=1), after=1)
    with pytest.raises(DataError, match=code):
        inbox.apply_page(cache, good.model_copy(update=changes), NOW)
    assert everything(cache) == before


def test_the_first_page_of_a_feed_starts_at_its_beginning(cache: LiveCache) -> None:
    with pytest.raises(DataError, match="feed_gap"):
        inbox.apply_page(cache, page("global", rows("product", [product("A-1")], "sku", after=4), after=4), NOW)


def bad(table: str, key: str, data: dict[str, Any], version: int = 2) -> Callable[[], Page]:
    def make() -> Page:
        good = Row(t="product", k="A-1", v=1, d=product("A-1"))
        return page("global", [good, Row(t=table, k=key, v=version, d=data)])

    return make


@pytest.mark.parametrize(
    "make",
    [
        bad("__proto__", "x", {}),
        bad("sqlite_schema", "x", {}),
        bad("product; DROP TABLE product", "x", {}),
        bad("price", "P1", price("A-1")),  # not a table of this feed
        bad("product", "B-1", {}),
        bad("product", "B-1", product("C-1")),  # another key
        bad("product", "B-1", product("B-1", tax_bp="1300")),
        bad("product", "B-1", product("B-1", tax_bp=True)),
        bad("product", "B-1", product("B-1", tax_bp=2**70)),
        bad("product", "B-1", product("B-1") | {"name": None}),
        bad("product", "B-1", product("B-1", name="\ud800")),
        bad("product", "B-1", product("B-1", gtins=[1])),
        bad("product", "B-1", product("B-1", gtins="6901234567892")),
        bad("product", "B-1", product("B-1", tags=["a\x1fb"])),
        bad("product", "B-1", product("B-1"), version=1),  # out of order
        bad("promotion", "M1", {"id": "M1", "name": "n", "rule": "free"}),
        bad("cadence", "C1", {"id": "C1", "steps": [{"step": "3h"}]}),
        bad("tier", "T1", {"id": "T1", "name": "n", "rank": 1.5}),
        bad("setting", "a", {"name": "b", "value": 1}),
    ],
)
def test_one_bad_row_stops_the_whole_page(cache: LiveCache, make: Callable[[], Page]) -> None:
    """S-11: rows of other tables, missing keys, wrong types: nothing of the page is applied."""
    before = everything(cache)
    with pytest.raises(DataError, match="bad_row"):
        inbox.apply_page(cache, make(), NOW)
    assert everything(cache) == before


@pytest.mark.parametrize(
    ("feed", "table", "data"),
    [
        ("zone:z1", "price", price("A-1") | {"from": "2026-01-01"}),  # no offset
        ("zone:z1", "price", price("A-1", member_prices={"gold": "9"})),
        ("zone:z1", "price", price("A-1", until="never")),
        ("zone:z1", "stock", {"sku": "A-1", "id": "A-1", "qty": {"S001": 1.5}}),
        ("store:S001", "member", member("M1", birthday="31.12.2010")),
        ("store:S001", "member", member("M1", tags=[1])),
    ],
)
def test_values_are_checked_too(cache: LiveCache, feed: str, table: str, data: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="bad_row"):
        inbox.apply_page(cache, page(feed, [Row(t=table, k=data["id"], v=1, d=data)]), NOW)


def test_keys_that_are_not_known_are_ignored(cache: LiveCache) -> None:
    """A newer HQ may say more."""
    fill(cache, "global", *rows("product", [product("A-1", weight=3)], "sku"))
    assert inbox.cursors(cache)["global"].count == 1


def test_a_row_of_another_feed_is_not_taken_over(cache: LiveCache) -> None:
    fill(cache, "store:S001", *rows("member", [member("M1")]))
    with pytest.raises(DataError, match="bad_row"):
        fill(cache, "store:S002", *rows("member", [member("M1")]))


def test_a_tombstone_takes_the_row_and_all_that_was_derived(tmp_path: Path) -> None:
    cache, reader = caches(tmp_path)
    fill(cache, "global", *rows("product", [product("A-1", gtins=["6901234567892"])], "sku"))
    fill(cache, "zone:z1", *rows("price", [price("A-1")]))
    assert len(product_search.search(reader, "羽绒", NOW).products) == 1
    gone = inbox.apply_page(
        cache, page("global", [Row(t="product", k="A-1", v=2, d=None)], after=1, count=0, checksum=0), NOW
    )
    assert gone.agrees
    assert not product_search.search(reader, "羽绒", NOW).products
    assert cache.con.execute("SELECT count(*) FROM barcode").fetchone() == (0,)
    fill(cache, "global", Row(t="product", k="never-was", v=3, d=None))


def test_a_changed_row_leaves_nothing_of_the_old_one(tmp_path: Path) -> None:
    cache, reader = caches(tmp_path)
    fill(cache, "global", *rows("product", [product("A-1", gtins=["6901234567892", "X-1"])], "sku"))
    fill(cache, "zone:z1", *rows("price", [price("A-1")]))
    fill(cache, "global", *rows("product", [product("A-1", "裤子", gtins=["X-1", "X-1"], initials="kz")], "sku"))
    for text in ("羽绒", "6901234567892", "ntyrf"):
        assert not product_search.search(reader, text, NOW).products, text
    for text in ("裤", "X-1", "kz"):
        assert len(product_search.search(reader, text, NOW).products) == 1, text


def test_another_count_at_the_head_is_said(cache: LiveCache) -> None:
    made = page("global", rows("product", [product("A-1")], "sku"))
    assert not inbox.apply_page(cache, made.model_copy(update={"count": 2}), NOW).agrees
    assert inbox.cursors(cache)["global"].version == 1


def test_an_empty_page_says_when_hq_was_asked(cache: LiveCache) -> None:
    fill(cache, "store:S001", *rows("member", [member("M1")]))
    fill(cache, "store:S001", applied_seq=4)
    cursor = inbox.cursors(cache)["store:S001"]
    assert (cursor.version, cursor.applied_seq) == (1, 4)


def test_feeds_that_are_followed_no_more_go(cache: LiveCache) -> None:
    fill(cache, "global", *rows("product", [product("A-1")], "sku"))
    fill(cache, "store:S001", *rows("member", [member("M1")]))
    assert inbox.forget_feeds(cache, {"global"}) == ["store:S001"]
    assert list(inbox.cursors(cache)) == ["global"]
    assert cache.con.execute("SELECT count(*) FROM member").fetchone() == (0,)
    assert inbox.forget_feeds(cache, {"global"}) == []


def test_effects_are_included_only_with_the_page_that_reaches_the_head(cache: LiveCache) -> None:
    """S-18: rows that a fact changed may be behind an earlier page; its effect is not counted as HQ's before them."""
    first = rows("tier", [{"id": "T1", "name": "basic", "rank": 0}])
    applied = inbox.apply_page(cache, page("global", first, head=2, applied_seq=7), NOW)
    assert (applied.cursor.version, applied.cursor.applied_seq) == (1, 0)
    second = rows("tier", [{"id": "T2", "name": "gold", "rank": 1}], after=1)
    applied = inbox.apply_page(cache, page("global", second, 1, applied_seq=7), NOW)
    assert applied.cursor.applied_seq == 7
