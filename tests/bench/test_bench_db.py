"""The databases beside bare sqlite3, in one run (protocol.md and field_failures.md T-61, T-62 say how quick)."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from posclient.actions.till import open_till
from posclient.db import catalog, members, open_cart, sale_commit, sales
from posclient.db.connection import Connection, connect
from posclient.db.live_cache import LiveCache, live_path
from posclient.db.name_text import match_query
from posclient.db.product_search import search
from posclient.db.sale_commit import ReadySale
from posclient.domain.gtin import article_key
from tests.bench import big_chain
from tests.bench.big_chain import NOW, BigChain
from tests.db.shop import commit, enrolled, prepare, sale
from ui.opening import SystemClock, new_id

#: protocol.md, what it must reach.
MOST_TIMES_BARE = 3.0
#: Seconds for 1,000,000 SKUs with their prices.
MOST_LOAD_S = 25
CHANCE = random.Random(20261122)


def percentile(times: Sequence[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def beside(ours: Callable[[Any], object], bare: Callable[[Any], object], given: Iterable[Any]) -> dict[str, float]:
    """Both for each of ``given``, in turn; p50 and p99 in ms and their ratios."""
    times: tuple[list[float], list[float]] = ([], [])
    for one in given:
        for run, kept in zip((ours, bare), times, strict=True):
            begun = time.perf_counter()
            run(one)
            kept.append(time.perf_counter() - begun)
    figures: dict[str, float] = {}
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        mine, theirs = (percentile(kept, share) * 1000 for kept in times)
        figures |= {
            f"{name}_ms": round(mine, 4),
            f"bare_{name}_ms": round(theirs, 4),
            f"{name}_ratio": round(mine / theirs, 2),
        }
    return figures


def report(benchmark: BenchmarkFixture, ours: Callable[[], object], figures: dict[str, float]) -> None:
    """Keep the figures with pytest-benchmark's own."""
    benchmark.extra_info.update(figures)
    benchmark.pedantic(ours, rounds=20, iterations=1)
    print(figures)


def _rows_of(con: Connection, fact: int) -> list[bytes]:
    """As many rows of as many bytes as a sale has."""
    number = con.execute("SELECT number FROM sale WHERE fact = ?", (fact,)).fetchone()[0]
    queries = [
        ("sale", "fact", fact), ("fact", "number", fact), ("outbox", "number", fact), ("sale_line", "sale", number),
        ("payment", "sale", number), ("coupon_use", "sale", number), ("stock_move", "fact", fact),
        ("share", "source", f"sale-{fact}"), ("care_task", "fact", fact), ("receipt_print", "sale", f"sale-{fact}"),
    ]  # fmt: skip
    found = [
        row for name, column, it in queries for row in con.execute(f"SELECT * FROM {name} WHERE {column} = ?", (it,))
    ]
    return [b"x" * sum(len(one) if isinstance(one, bytes) else len(str(one).encode()) for one in row) for row in found]


def test_a_sales_transaction(tmp_path: Path, benchmark: BenchmarkFixture) -> None:
    """From BEGIN to COMMIT returned, synchronous=FULL: within three times the bare rows (protocol.md).

    The till tidies its log between two sales, as it does while the customer puts their purse away.
    """
    enrolled(tmp_path).close()
    till = open_till(tmp_path, clock=SystemClock(), new_id=new_id)
    numbers = count(1)

    def one() -> ReadySale:
        till.tidy()
        number = next(numbers)
        return prepare(till.db, sale(f"sale-{number}", number))

    def ours(ready: ReadySale) -> None:
        with till.transaction() as con:
            sale_commit.write(con, ready, NOW)
            open_cart.clear(con)

    ours(one())
    blobs = _rows_of(till.db, 1)
    connect(tmp_path / "bare.db").execute("CREATE TABLE row (n INTEGER PRIMARY KEY, data BLOB)")
    plain = sqlite3.connect(tmp_path / "bare.db", isolation_level=None)
    plain.execute("PRAGMA synchronous = FULL")

    def bare(_: object = None) -> None:
        plain.execute("BEGIN IMMEDIATE")
        for blob in blobs:
            plain.execute("INSERT INTO row (data) VALUES (?)", (blob,))
        plain.execute("COMMIT")

    figures = beside(ours, bare, (one() for _ in range(1000))) | {"rows": len(blobs), "bytes": sum(map(len, blobs))}
    report(benchmark, lambda: ours(one()), figures)
    plain.close()
    assert len(sales.recent(till.db, 2000)) == 1021
    till.close()
    assert figures["p50_ratio"] <= MOST_TIMES_BARE
    assert figures["p99_ratio"] <= MOST_TIMES_BARE


@pytest.fixture
def till(big: BigChain) -> LiveCache:
    return LiveCache(big.folder, own=big_chain.OWN)


@pytest.fixture
def plain(big: BigChain) -> sqlite3.Connection:
    return sqlite3.connect(f"{live_path(big.folder).as_uri()}?mode=ro", uri=True)


def test_an_article_by_its_code(till: LiveCache, plain: sqlite3.Connection, benchmark: BenchmarkFixture) -> None:
    """The look-up of a scan among 1,000,000 SKUs: microseconds."""
    codes = [article_key(big_chain.gtin(CHANCE.randrange(big_chain.SKUS))) for _ in range(3000)]
    sql = (
        "SELECT * FROM barcode JOIN product ON product.n = product LEFT JOIN price ON price.n = (SELECT n FROM price"
        " WHERE sku = product.key AND from_ms <= ?2 AND until_ms > ?2 ORDER BY from_ms DESC, key DESC LIMIT 1)"
        " WHERE code = ?1"
    )
    now_ms = int(NOW.timestamp() * 1000)
    figures = beside(
        lambda code: catalog.by_code(till, code, NOW), lambda code: plain.execute(sql, (code, now_ms)).fetchone(), codes
    )
    report(benchmark, lambda: catalog.by_code(till, codes[0], NOW), figures)
    assert figures["p99_ms"] < 2


def test_members_by_their_last_four(
    till: LiveCache, plain: sqlite3.Connection, tmp_path: Path, benchmark: BenchmarkFixture
) -> None:
    """T-62: 500,000 members, within 5 ms at p99; each page of some fifty candidates is read whole."""
    con = enrolled(tmp_path)
    for number in range(50):
        commit(con, sale(f"sale-{number}", number))
    last4 = [f"{CHANCE.randrange(10_000):04d}" for _ in range(1000)]
    sql = "SELECT * FROM member WHERE last4 = ? LIMIT 50"
    figures = beside(
        lambda one: members.by_last4(till, con, one, 50), lambda one: plain.execute(sql, (one,)).fetchall(), last4
    )
    found = sum(len(members.by_last4(till, con, one, 50)) for one in last4[:50])
    report(benchmark, lambda: members.by_last4(till, con, last4[0], 50), figures | {"candidates": found / 50})
    assert found > 0
    assert figures["p99_ms"] < 5


def _typed(number: int) -> list[str]:
    """What somebody types, sign by sign."""
    name, style = big_chain.name(number), big_chain.sku(number)[:6]
    texts = (name, name[2:], style, style.lower(), big_chain.initials(number), big_chain.gtin(number), name.split()[1])
    within = big_chain.initials(number)[CHANCE.randrange(1, 4) :]
    whole = CHANCE.choice((*texts, within))
    return [whole[:end] for end in range(1, len(whole) + 1)]


def test_searching_as_one_types(till: LiveCache, plain: sqlite3.Connection, benchmark: BenchmarkFixture) -> None:
    """1,000,000 SKUs, every beginning of names, styles, codes and initials: within 50 ms at p99."""
    texts = [text for _ in range(150) for text in _typed(CHANCE.randrange(big_chain.SKUS))]
    sql = "SELECT rowid FROM product_text WHERE product_text MATCH ? LIMIT 51"
    figures = beside(
        lambda text: search(till, text, NOW), lambda text: plain.execute(sql, (match_query(text),)).fetchall(), texts
    )
    report(benchmark, lambda: search(till, "羽绒服", NOW), figures | {"texts": len(texts)})
    assert search(till, "羽绒服", NOW).more
    assert figures["p99_ms"] < 50


def test_a_first_load(big: BigChain, benchmark: BenchmarkFixture) -> None:
    """1,000,000 SKUs and their prices from chunks on the disk; the aim is 25 s on a machine of its own."""
    if big.seconds is None:
        pytest.skip("kept from an earlier run")
    benchmark.extra_info["load_s"] = round(big.seconds, 1)
    benchmark.pedantic(live_path, (big.folder,))
    print({"load_s": round(big.seconds, 1)})
    assert big.seconds <= MOST_LOAD_S
