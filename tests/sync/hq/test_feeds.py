"""Feeds: dense versions, current state by key, count and checksum in the head row."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlmodel import select

from posclient.domain.feeds import CHECKSUM_MODULUS, row_checksum, unsigned
from posclient.errors import DataError, LinkError
from sync.hq.database import Database, open_database
from sync.hq.feeds import Change, publish, read_page
from sync.hq.tables import Feed, FeedRow
from sync.protocol import Page
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill

T = "terminal:t"


def tier(key: str, **data: object) -> Change:
    return Change(T, "tier", key, {"id": key, **data})


def gone(key: str) -> Change:
    return Change(T, "tier", key, None)


def published(database: Database, *changes: Change) -> dict[str, int]:
    with database.write() as session:
        return publish(session, changes)


def whole(database: Database, after: int = 0, limit: int = 500) -> Page:
    with database.read() as session:
        return read_page(session, T, after, limit, 0, "")


def check_head(database: Database) -> None:
    """Count and checksum of the head row are those of the rows."""
    with database.read() as session:
        head = session.get_one(Feed, T)
        live = [row for row in session.exec(select(FeedRow).where(FeedRow.feed == T)) if row.data is not None]
        assert head.count == len(live)
        summed = sum(row_checksum(row.table_name, row.key, row.version) for row in live) % CHECKSUM_MODULUS
        assert unsigned(head.checksum) == summed


def test_versions_are_dense_and_a_row_has_one_place(hq_database: Database) -> None:
    assert published(hq_database, tier("a"), tier("b")) == {T: 2}
    assert published(hq_database, tier("a", name="new")) == {T: 1}
    page = whole(hq_database)
    assert [(row.k, row.v) for row in page.rows] == [("b", 2), ("a", 3)]
    assert (page.from_, page.to, page.head, page.count) == (0, 3, 3, 2)
    check_head(hq_database)


def test_what_does_not_change_is_not_published(hq_database: Database) -> None:
    published(hq_database, tier("a", x=1, y=[2]))
    assert published(hq_database, tier("a", y=[2], x=1)) == {T: 0}
    assert published(hq_database, gone("never")) == {T: 0}
    assert whole(hq_database).head == 1


def test_a_row_taken_away_leaves_a_tombstone_and_may_come_back(hq_database: Database) -> None:
    published(hq_database, tier("a"), tier("b"))
    published(hq_database, gone("a"))
    page = whole(hq_database, after=2)
    assert [(row.k, row.d) for row in page.rows] == [("a", None)]
    assert page.count == 1
    check_head(hq_database)
    assert published(hq_database, gone("a")) == {T: 0}
    published(hq_database, tier("a"))
    assert whole(hq_database).count == 2
    check_head(hq_database)


def test_of_several_changes_of_a_row_the_last_counts(hq_database: Database) -> None:
    assert published(hq_database, tier("a"), gone("a"), tier("a", name="z")) == {T: 1}
    assert whole(hq_database).rows[0].d == {"id": "a", "name": "z"}


def test_an_aborted_writer_leaves_nothing(hq_database: Database) -> None:
    published(hq_database, tier("a"))

    def write_and_fail() -> None:
        with hq_database.write() as session:
            publish(session, [tier("b")])
            raise KeyError

    with pytest.raises(KeyError):
        write_and_fail()
    published(hq_database, tier("c"))
    assert [(row.k, row.v) for row in whole(hq_database).rows] == [("a", 1), ("c", 2)]
    check_head(hq_database)


@pytest.mark.parametrize("rows", [499, 500, 501, 999, 1000, 1001])
def test_no_page_ends_a_feed_silently(hq_database: Database, rows: int) -> None:
    """T-26: lists elsewhere stopped at 1,000 products without a message."""
    published(hq_database, *(tier(f"{number:05}") for number in range(rows)))
    seen: list[str] = []
    after, pages = 0, 0
    while after < whole(hq_database, limit=1).head:
        page = whole(hq_database, after)
        assert page.from_ == after
        seen += [row.k for row in page.rows]
        after, pages = page.to, pages + 1
    assert len(set(seen)) == len(seen) == rows
    assert pages == -(-rows // 500)
    check_head(hq_database)


def test_more_keys_than_a_statement_takes(hq_database: Database) -> None:
    assert published(hq_database, *(tier(str(number)) for number in range(2500))) == {T: 2500}
    assert published(hq_database, *(tier(str(number), name="x") for number in range(2500))) == {T: 2500}
    assert whole(hq_database).head == 5000
    check_head(hq_database)


def test_writers_beside_each_other_leave_no_hole(hq_database: Database) -> None:
    """protocol.md, pull: rows become visible in the order of their versions, on SQLite too."""

    def write(writer: int) -> None:
        for number in range(20):
            published(hq_database, tier(f"{writer}-{number}"), Change("global", "tier", f"{writer}-{number}", {}))

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    seen: list[int] = []
    while any(thread.is_alive() for thread in threads) or len(seen) < 80:
        with hq_database.read() as session:
            if session.get(Feed, T) is None:
                continue
        seen += [row.v for row in whole(hq_database, after=seen[-1] if seen else 0).rows]
    assert seen == list(range(1, 81))
    check_head(hq_database)


def test_another_process_may_write_beside_us(hq_database: Database, tmp_path: Path) -> None:
    """An import beside the server: both wait for their turn, neither fails."""
    other = open_database(f"sqlite:///{tmp_path}/hq.db")
    failed: list[Exception] = []

    def write(database: Database, writer: int) -> None:
        try:
            for number in range(25):
                published(database, tier(f"{writer}-{number}"))
        except DataError as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=pair) for pair in ((hq_database, 1), (other, 2))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert failed == []
    assert whole(hq_database).head == 50
    check_head(hq_database)


def test_a_cursor_that_is_not_of_this_feed_needs_a_snapshot(new_till: NewTill, hq_server: HqServer) -> None:
    till = new_till()
    hq_server.publish(Change("global", "tier", "a", {"id": "a"}))
    head = till.api.feeds().feeds[0]
    for epoch, after in (("another", 0), (head.epoch, head.head + 1)):
        with pytest.raises(LinkError) as caught:
            till.api.page("global", epoch, after, 500)
        assert caught.value.code == "snapshot_required"
    assert till.api.page("global", head.epoch, head.head, 500).rows == []


def test_a_terminal_follows_its_own_feeds_alone(new_till: NewTill) -> None:
    """S-14: another store's rows are not for this token."""
    till, other = new_till("S001"), new_till("S002")
    mine = [head.name for head in till.api.feeds().feeds]
    assert mine == ["global", "zone:z1", "store:S001", "terminal:S001-1"] == till.me.feeds
    for feed in ("store:S002", f"terminal:{other.me.terminal}", "store:S009"):
        with pytest.raises(LinkError) as caught:
            till.api.page(feed, "x", 0, 500)
        assert caught.value.code == "unauthorized"
        with pytest.raises(LinkError) as caught:
            till.api.manifest(feed)
        assert caught.value.code == "unauthorized"
