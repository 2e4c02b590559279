"""Reference rows on their way down, and what is done with those that cannot be believed."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from posclient.db.cache_steps import STEPS, VERSION, bring_up, send_again
from posclient.db.connection import connect, transaction
from posclient.db.live_cache import LiveCache, live_path
from posclient.errors import DataError, LinkError
from sync.hq.fact_tables import FactRow, SaleRow
from sync.hq.feeds import Change
from sync.hq.tables import Feed
from sync.protocol import ChunkInfo
from tests.sync.tills import Chain, TillFolder, stored, tiers, unreachable

Meddle = Callable[[str, Callable[[], Any]], Any]


def gone(numbers: range) -> list[Change]:
    return [Change("global", "tier", f"T{n}", None) for n in numbers]


def count(till: TillFolder) -> int:
    return int(till.rows("SELECT count(*) FROM tier")[0][0])


def held(till: TillFolder, *, accept: bool = False) -> list[tuple[str, str]]:
    """Feeds that a cycle holds back, and why; everything else of it must have gone well."""
    report = till.cycle(accept=accept)
    assert report.error is None
    return [(one.feed, one.code) for one in report.held]


def alter(call: str, change: Callable[[Any], Any]) -> Meddle:
    """HQ's answers to ``call``, altered."""

    def meddle(name: str, go: Callable[[], Any]) -> Any:
        answer = go()
        return change(answer) if name == call else answer

    return meddle


def refuse(call: str, error: Exception, after: int = 0) -> Meddle:
    """``call`` fails, after it went well ``after`` times."""
    went = [0]

    def meddle(name: str, go: Callable[[], Any]) -> Any:
        if name == call:
            went[0] += 1
            if went[0] > after:
                raise error
        return go()

    return meddle


def test_first_load_and_then_pages(till: TillFolder, chain: Chain) -> None:
    assert count(till) == 10
    assert list((till.folder / "incoming").iterdir()) == []
    chain.publish(*tiers(range(8, 12), "new"), *gone(range(2)))
    report = till.cycle()
    assert (report.snapshots, report.error, report.feeds["global"]) == ((), None, report.as_json()["feeds"]["global"])
    assert count(till) == 10
    assert till.line.calls == ["feeds", "page"]
    assert till.rows("SELECT name FROM tier WHERE key = 'T9'") == [("new",)]


def test_nothing_new_is_one_request(till: TillFolder) -> None:
    assert held(till) == []
    assert till.line.calls == ["feeds"]


def test_cut_between_pages_goes_on_from_there(till: TillFolder, chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.engine.PAGE_ROWS", 5)
    monkeypatch.setattr("sync.paging.PAGES_AT_ONCE", 2)
    chain.publish(*tiers(range(10, 42)))
    till.line.meddle = refuse("page", unreachable(), after=3)
    report = till.cycle()
    assert (report.error is not None, count(till)) == (True, 20)
    till.restart()
    till.line.meddle = lambda _call, go: go()
    assert held(till) == []
    assert count(till) == 42


def test_own_facts_are_said_to_be_included(till: TillFolder) -> None:
    """A feed that did not change is asked once more, so that the till stops adding its own effect."""
    till.sale()
    assert held(till) == []
    seqs = dict(till.rows("SELECT feed, applied_seq FROM feed_cursor WHERE feed <> 'global'"))
    assert set(seqs.values()) == {1}
    till.line.calls.clear()
    assert held(till) == []
    assert till.line.calls == ["feeds"]


def test_nothing_pulled_touches_own_facts(till: TillFolder, chain: Chain) -> None:
    """G-2, T-19: what the till made stays byte for byte, and is at HQ byte for byte, whatever is pulled."""
    till.sale()
    before = till.con.execute("SELECT id, body, hash FROM fact").fetchall()
    chain.publish(*tiers(range(50)))
    till.cycle()
    till.cycle(accept=True)
    assert till.con.execute("SELECT id, body, hash FROM fact").fetchall() == before
    assert [(row.id, row.body, bytes.fromhex(row.hash)) for row in stored(chain, FactRow)] == before


def test_sale_keeps_its_own_time(till: TillFolder, chain: Chain) -> None:
    """T-22: a sale that is synced days later keeps the till's time; HQ's clock is kept beside it."""
    till.sale()
    chain.clock.forward(days=3)
    till.cycle()
    fact = stored(chain, FactRow)[0]
    assert json.loads(fact.body)["at"].startswith("2026-11-21T14:03")
    assert fact.received_ms == int(chain.clock.at.timestamp() * 1000)


def test_difference_of_the_clocks_is_kept(till: TillFolder) -> None:
    """T-22: facts will carry how far HQ's clock is from the till's."""
    till.line.meddle = alter(
        "feeds", lambda reply: reply.model_copy(update={"time": "2026-11-21T07:03:00+00:00", "signature": ""})
    )
    assert held(till) == []
    assert till.con.execute("SELECT offset_ms FROM terminal").fetchone() == (3_600_000,)
    till.line.meddle = alter("feeds", lambda reply: reply.model_copy(update={"time": "soon", "signature": ""}))
    assert till.cycle().error is not None


@pytest.mark.parametrize(("rows", "deleted", "held_back"), [(1005, 202, True), (1006, 201, False), (250, 200, False)])
def test_mass_delete(
    till: TillFolder, chain: Chain, rows: int, deleted: int, held_back: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-11: a pull that would take over 20 % and over 200 rows of a table waits for a person, whole."""
    monkeypatch.setattr("sync.engine.PAGE_ROWS", 60)
    chain.publish(*tiers(range(rows)))
    assert held(till) == []
    chain.publish(*gone(range(deleted)), *tiers(range(rows - 1, rows), "new"))
    assert held(till) == ([("global", "mass_delete")] if held_back else [])
    assert count(till) == (rows if held_back else rows - deleted)
    assert held(till, accept=True) == []
    assert count(till) == rows - deleted


def test_mass_delete_in_small_steps_of_one_pull(
    till: TillFolder, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-11: what earlier pages of the pull took counts as well."""
    monkeypatch.setattr("sync.engine.PAGE_ROWS", 50)
    monkeypatch.setattr("sync.paging.PAGES_AT_ONCE", 1)
    chain.publish(*tiers(range(600)))
    till.cycle()
    chain.publish(*gone(range(600)))
    assert held(till) == [("global", "mass_delete")]
    assert count(till) == 400


def test_mass_delete_by_snapshot(till: TillFolder, chain: Chain) -> None:
    """S-11: a snapshot that lacks most rows is no way round."""
    chain.publish(*tiers(range(600)))
    till.cycle()
    chain.publish(*gone(range(500)))
    till.line.meddle = refuse("page", LinkError("snapshot_required"))
    assert held(till) == [("global", "mass_delete")]
    assert count(till) == 600
    assert len(list(till.folder.glob("cache-*.db"))) == 1


def set_feed(chain: Chain, **values: Any) -> None:
    with chain.database.write() as session:
        feed = session.get_one(Feed, "global")
        for name, value in values.items():
            setattr(feed, name, value)


def test_other_epoch_waits_for_a_person(till: TillFolder, chain: Chain) -> None:
    """S-11: HQ was restored: the till sells on with what it has."""
    set_feed(chain, epoch="another")
    till.sale()
    assert held(till) == [("global", "other_epoch")]
    assert (count(till), till.unsent()) == (10, 0)
    assert held(till, accept=True) == []
    assert held(till) == []


def test_version_that_goes_back(till: TillFolder, chain: Chain) -> None:
    """S-11: a head behind our cursor."""
    set_feed(chain, head=3)
    assert held(till) == [("global", "went_back")]


def test_cursor_that_is_too_old_takes_a_snapshot(till: TillFolder, chain: Chain) -> None:
    chain.publish(*tiers(range(20)))
    till.line.meddle = refuse_once(LinkError("snapshot_required"))
    report = till.cycle()
    assert (report.error, report.snapshots, count(till)) == (None, ("global",), 20)


def refuse_once(error: Exception) -> Meddle:
    left = [error]

    def meddle(name: str, go: Callable[[], Any]) -> Any:
        if name == "page" and left:
            raise left.pop()
        return go()

    return meddle


def test_rows_that_differ_are_loaded_anew(till: TillFolder) -> None:
    """At the head, count and checksum are compared: a row that went missing here comes back."""
    cache = LiveCache(till.folder, writable=True)
    with transaction(cache.con) as con:
        con.execute("UPDATE tier SET version = 1 WHERE key = 'T9'")
        con.execute("UPDATE feed_cursor SET checksum = 5 WHERE feed = 'global'")
    cache.close()
    report = till.cycle()
    assert (report.error, report.snapshots) == (None, ("global",))
    assert held(till) == []


def test_what_a_step_of_the_cache_could_not_make_comes_from_hq(till: TillFolder) -> None:
    """S-27: after an update the old rows serve, and with a line the whole feed comes anew, once."""
    with closing(connect(live_path(till.folder))) as con:
        assert bring_up(con, [*STEPS, "UPDATE tier SET name = '';\n" + send_again("global")])
        con.execute(f"PRAGMA user_version = {VERSION}")  # the program that goes on is today's
    report = till.cycle()
    assert (report.error, report.snapshots, count(till)) == (None, ("global",), 10)
    assert till.rows("SELECT DISTINCT name FROM tier") == [("tier",)]
    till.line.calls.clear()
    assert held(till) == []
    assert till.line.calls == ["feeds"]


def test_hq_that_never_agrees(till: TillFolder, chain: Chain) -> None:
    """A feed whose sums are wrong at HQ is loaded once a cycle, not for ever."""
    chain.publish(*tiers(range(11)))
    till.line.meddle = alter("page", lambda page: page.model_copy(update={"checksum": 7}))
    assert held(till) == [("global", "feed_disagrees")]
    assert (till.line.calls.count("manifest"), count(till)) == (1, 11)


@pytest.mark.parametrize(
    "change",
    [
        {"feed": "store:S001"},
        {"from_": 0},
        {"from_": 99},
        {"to": 0},
        {"to": 999},
        {"epoch": "another"},
        {"rows": "doubled"},
        {"rows": "other table"},
        {"rows": "sql name"},
        {"rows": "wrong type"},
        {"rows": "missing value"},
    ],
)
def test_page_that_is_wrong_is_refused_as_a_whole(till: TillFolder, chain: Chain, change: dict[str, Any]) -> None:
    """S-11: gaps, other feeds, unknown tables, wrong types: nothing of the page is applied, and other feeds go on."""
    chain.publish(*tiers(range(5, 15), "new"))
    till.sale()
    bad: dict[str, Callable[[Any], Any]] = {
        "doubled": lambda row: row.model_copy(update={"v": row.v + 1}),
        "other table": lambda row: row.model_copy(update={"t": "member"}),
        "sql name": lambda row: row.model_copy(update={"t": "sqlite_schema; DROP TABLE tier"}),
        "wrong type": lambda row: row.model_copy(update={"d": {**row.d, "rank": "1"}}),
        "missing value": lambda row: row.model_copy(update={"d": {"id": row.k}}),
    }

    def altered(page: Any) -> Any:
        if page.feed != "global":
            return page
        rows = [*page.rows[:4], bad[change["rows"]](page.rows[4]), *page.rows[5:]] if "rows" in change else page.rows
        return page.model_copy(update={**change, "rows": rows})

    version = "SELECT version FROM feed_cursor WHERE feed = 'global'"
    before = till.rows("SELECT * FROM tier"), till.rows(version)
    till.line.meddle = alter("page", altered)
    assert [feed for feed, _ in held(till)] == ["global"]
    assert (
        till.rows("SELECT * FROM tier"),
        till.rows("SELECT version FROM feed_cursor WHERE feed = 'global'"),
    ) == before
    assert dict(till.rows("SELECT feed, applied_seq FROM feed_cursor"))["store:S001"] == 1
    till.line.meddle = lambda _call, go: go()
    assert held(till) == []
    assert count(till) == 15


@pytest.mark.parametrize("code", ["disk_full", "locked"])
def test_disk_that_is_full_ends_the_cycle(
    till: TillFolder, chain: Chain, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-5: our own trouble is an error of the cycle, not of a feed."""

    def fail(*_args: object) -> None:
        raise DataError(code)

    chain.publish(*tiers(range(11)))
    monkeypatch.setattr("posclient.db.inbox.apply_page", fail)
    report = till.cycle()
    assert report.error is not None
    assert (report.error.code, report.held) == (code, ())


@pytest.mark.parametrize("damage", ["empty", "junk", "missing", "inside", "one table", "no pointer"])
def test_broken_cache_costs_a_load_and_nothing_else(till: TillFolder, damage: str) -> None:
    """T-4, G-6: the cache may be lost or damaged at any time; no fact is."""
    sale = till.sale()
    path = live_path(till.folder)
    whole = path.read_bytes()
    page = till.rows("SELECT rootpage FROM sqlite_schema WHERE name = 'tier'")[0][0] - 1
    for name in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        name.unlink(missing_ok=True)
    damaged = {"empty": b"", "junk": b"x" * 5000, "inside": whole[:100] + b"\xff" * 9000 + whole[9100:]}
    if damage in damaged:
        path.write_bytes(damaged[damage])
    elif damage == "no pointer":
        path.write_bytes(whole)
        (till.folder / "cache.current").unlink()
    elif damage == "one table":
        path.write_bytes(whole[: page * 4096] + b"\xff" * 4096 + whole[(page + 1) * 4096 :])
        till.chain.publish(*tiers(range(9, 10), "new"))
    reports = [till.cycle() for _ in range(2)]
    assert (reports[1].error, reports[1].unsent, count(till)) == (None, 0, 10)
    assert [row.id for row in stored(till.chain, SaleRow)] == [sale]


def test_feed_that_this_till_follows_no_more(till: TillFolder, chain: Chain) -> None:
    """S-11: a small feed goes; one with many rows waits for a person."""
    without = alter(
        "feeds", lambda reply: reply.model_copy(update={"feeds": [one for one in reply.feeds if one.name != "global"]})
    )
    chain.publish(*tiers(range(300)))
    assert held(till) == []
    till.line.meddle = without
    assert held(till) == [("global", "mass_delete")]
    assert count(till) == 300
    assert held(till, accept=True) == []
    assert count(till) == 0


def test_chunk_info_is_bounded() -> None:
    """S-10: sizes beyond any database are no message at all."""
    with pytest.raises(ValueError, match="less than"):
        ChunkInfo(n=0, rows=0, bytes=2**63, sha256="")
