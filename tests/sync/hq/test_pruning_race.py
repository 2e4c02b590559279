"""PostgreSQL: tills turn pages while HQ writes and drops tombstones; none is led past one that it missed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
import zstandard
from sqlmodel import Session, select

from posclient.domain.feeds import CHECKSUM_MODULUS, row_checksum
from posclient.errors import LinkError
from sync.hq import feeds
from sync.hq.database import Database, open_database
from sync.hq.feeds import GLOBAL, Change, drop_tombstones, publish
from sync.hq.pages import Answer, Asked
from sync.hq.tables import Feed
from sync.protocol import Page, Row
from tests.sync.hq.feed_race import DifferError
from tests.sync.tills import Chain, TillFolder

WRITERS, READERS, KEYS = 2, 3, 30
#: Transactions of each writer; seconds that a reader may sleep between two pages.
TURNS, SLEEP_S = 250, 0.02
#: Drop at most so many of a feed's tombstones up to a version.
Drop = Callable[[Database, int, int], None]


def product_drop(database: Database, upto: int, most: int) -> None:
    with database.write() as session:
        drop_tombstones(session, GLOBAL, upto, most)


class Race:
    """``run`` until the writers are through, or a reader differs from HQ at the head."""

    def __init__(self, chain: Chain, token: str, seed: int, drop: Drop = product_drop) -> None:
        self.chain, self.token, self.seed, self.drop = chain, token, seed, drop
        self.epoch = chain.hq.heads()[GLOBAL][0]
        self.done, self.faults = threading.Event(), list[BaseException]()
        self.agreed = self.snapshots = 0

    def run(self) -> None:
        writers = [threading.Thread(target=self._guarded, args=(self._write, n)) for n in range(WRITERS)]
        others = [threading.Thread(target=self._guarded, args=(self._follow, n)) for n in range(READERS)]
        others.append(threading.Thread(target=self._guarded, args=(self._prune, 0)))
        for thread in [*writers, *others]:
            thread.start()
        for thread in writers:
            thread.join()
        self.done.set()
        for thread in others:
            thread.join()
        if self.faults:
            raise self.faults[0]

    def _guarded(self, work: Callable[[int], None], number: int) -> None:
        try:
            work(number)
        except BaseException as fault:  # noqa: BLE001 - of a thread: the test raises it
            self.faults.append(fault)

    def _write(self, number: int) -> None:
        chance = Random(self.seed * 100 + number)
        for turn in range(TURNS):
            if self.faults:
                return
            keys = chance.sample(range(KEYS), 3)
            with self.chain.database.write(shared=True) as session:
                publish(session, [_change(key, f"{number}-{turn}", chance.random() < 0.5) for key in keys])

    def _prune(self, _number: int) -> None:
        chance = Random(self.seed)
        while not (self.done.is_set() or self.faults):
            self.drop(self.chain.database, self.chain.hq.heads()[GLOBAL][1] - 3, chance.randint(1, 9))

    def _follow(self, number: int) -> None:
        """Page by page as a till does, and a snapshot where HQ wants one."""
        chance, after = Random(self.seed - number), 0
        rows: dict[str, Row] = {}
        while not self.faults:
            finished = self.done.is_set()
            (found,) = self.chain.hq.pages.look(
                [Asked(self.token, GLOBAL, self.epoch, after, chance.choice([1, 3, 500]))]
            )
            if isinstance(found, Answer):
                page = found.page()
                rows |= {row.k: row for row in page.rows}
                after = page.to
                if page.to == page.head:
                    self._compare(rows, page)
                    if finished:
                        return
            else:
                rows, after = self._snapshot(found)
            if not finished:
                time.sleep(chance.uniform(0, SLEEP_S))

    def _snapshot(self, found: Exception) -> tuple[dict[str, Row], int]:
        assert isinstance(found, LinkError)
        assert found.code == "snapshot_required"
        self.snapshots += 1
        here = self.chain.hq.terminal(self.token)
        manifest = here.manifest(GLOBAL)
        packed = [here.chunk(manifest.snapshot, one.n) for one in manifest.chunks]
        plain = [zstandard.ZstdDecompressor().decompressobj().decompress(chunk) for chunk in packed]
        lines = [line for chunk in plain for line in chunk.splitlines()]
        return {row.k: row for row in map(Row.model_validate_json, lines)}, manifest.version

    def _compare(self, rows: dict[str, Row], page: Page) -> None:
        live = [row for row in rows.values() if row.d is not None]
        made = sum(row_checksum(row.t, row.k, row.v) for row in live) % CHECKSUM_MODULUS
        if (len(live), made) != (page.count, page.checksum):
            raise DifferError(f"at {page.to}: {len(live)} rows, HQ has {page.count}")
        self.agreed += 1


def _change(key: int, name: str, gone: bool) -> Change:
    return Change(GLOBAL, "tier", f"T{key}", None if gone else {"id": f"T{key}", "name": name, "rank": 1})


@pytest.fixture
def race(postgres_url: str, tmp_path: Path, seed: int) -> Iterator[Callable[..., Race]]:
    database = open_database(postgres_url)
    chain = Chain(database)
    till = TillFolder(chain, tmp_path / "till", chain.code())
    till.line.feeds()
    print(f"SEED={seed}")
    yield lambda drop=product_drop: Race(chain, till.line.token, seed, drop)
    till.close()
    database.close()


@pytest.mark.slow
def test_no_reader_is_led_past_a_tombstone_that_went(race: Callable[..., Race]) -> None:
    """Rows and floor go in one state of the database, under the writers' lock, and pages are read in one with them."""
    ran = race()
    ran.run()
    assert min(ran.agreed, ran.snapshots) > 5
    with ran.chain.database.read() as session:
        assert session.exec(select(Feed.pruned).where(Feed.name == GLOBAL)).one() > 20


def floor_stays(database: Database, upto: int, most: int) -> None:
    """The rows go, and no reader is told."""
    with database.write() as session:
        _lock_and_drop(session, upto, most)


def floor_comes_later(database: Database, upto: int, most: int) -> None:
    """In a transaction of its own, a moment after the rows went."""
    with database.write() as session:
        last = _lock_and_drop(session, upto, most)
    time.sleep(0.002)
    if last:
        with database.write() as session:
            session.execute(feeds._MOVED, {"feed": GLOBAL, "pruned": last})


def _lock_and_drop(session: Session, upto: int, most: int) -> int:
    feeds.lock_feed(session, GLOBAL)
    gone = session.execute(feeds._OLDEST_GONE, {"feed": GLOBAL, "upto": upto, "most": most}).scalars().all()
    if gone:
        session.execute(feeds._DROPPED, {"feed": GLOBAL, "upto": gone[-1]})
    return gone[-1] if gone else 0


@pytest.mark.parametrize("mutant", [floor_stays, floor_comes_later])
def test_a_floor_that_is_not_raised_with_the_rows_would_be_found(race: Callable[..., Race], mutant: Drop) -> None:
    with pytest.raises(DifferError):
        race(mutant).run()
