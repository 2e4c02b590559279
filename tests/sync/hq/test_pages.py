"""What is kept for a herd is never a till's own, never old, and never for somebody who may not have it any more."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import zstandard
from sqlalchemy import delete, event, text, update
from sqlmodel import Session, col

from posclient.errors import DataError, LinkError
from sync.hq import admission, pages
from sync.hq import herd as herds
from sync.hq.admission import SPREAD_S, Admission
from sync.hq.backups import restored
from sync.hq.database import Database, open_database
from sync.hq.feeds import GLOBAL, Change, heads_of, publish, rows_after
from sync.hq.herd import Herd
from sync.hq.pages import Answer, Asked, Pages, Sheet
from sync.hq.server import Server
from sync.hq.service import Hq
from sync.hq.tables import Feed, TillSession
from sync.protocol import Page
from tests.sync.conftest import HqServer
from tests.sync.hq.till_at_hq import TillAtHq
from tests.sync.tills import tiers


@dataclass
class Chain:
    """A running HQ with two tills, and ``other``: HQ as another program has it on the same database."""

    server: HqServer
    other: Hq
    tills: list[TillAtHq]

    def ask(self, till: int = 0, feed: str = GLOBAL, after: int = 0) -> Page:
        """Over HTTP, as the till does."""
        return self.tills[till].api.page(feed, self.epoch(feed), after, 500)

    def epoch(self, feed: str = GLOBAL) -> str:
        return self.server.hq.heads()[feed][0]

    def refused(self, till: int, feed: str = GLOBAL, epoch: str = "") -> str:
        with pytest.raises(LinkError) as caught:
            self.tills[till].api.page(feed, epoch or self.epoch(feed), 0, 500)
        return caught.value.code

    def asked(self, till: int, after: int = 0, feed: str = GLOBAL) -> Asked:
        return Asked(self.tills[till].token(), feed, self.epoch(feed), after, 500)

    def look(self, *asked: Asked) -> list[Page]:
        found = self.server.hq.pages.look(asked)
        assert all(isinstance(one, Answer) for one in found), found
        return [one.page() for one in found if isinstance(one, Answer)]


@pytest.fixture(params=["sqlite", "postgres"])
def chain(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Chain]:
    url = f"sqlite:///{tmp_path}/hq.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    database, others = open_database(url), open_database(url)
    hq = Hq(database)
    running = Server(hq)
    running.start()
    server = HqServer(running.url, hq, database, running)
    server.publish(*tiers(range(30)))
    made = Chain(server, Hq(others), [TillAtHq(server.url, server.code()) for _ in range(2)])
    yield made
    for till in made.tills:
        till.close()
    running.stop()
    others.close()
    database.close()


def test_a_row_that_changed_between_two_pulls_is_the_new_one(chain: Chain) -> None:
    """Also where another program of HQ changed it, of the same key: what is kept is never older than the answer."""
    head = chain.ask().head
    chain.server.publish(*tiers(range(1), "new"))
    page = chain.ask(1)
    assert (page.head, page.rows[-1].d and page.rows[-1].d["name"]) == (head + 1, "new")
    with chain.other.database.write() as session:
        publish(session, tiers(range(1), "newer"))
    again = chain.ask(1)
    assert (again.head, again.rows[-1].d and again.rows[-1].d["name"]) == (head + 2, "newer")
    assert [row.v for row in chain.ask(0, after=head).rows] == [head + 2]
    assert chain.ask(0, after=head + 2).rows == []


def test_each_till_has_its_own_place_in_the_same_rows(chain: Chain) -> None:
    """The till adds its later facts to what a page says: by another's ``applied_seq`` it would count them twice."""
    first, second = chain.tills
    first.push(first.sale(), first.sale(), first.sale())
    second.push(second.sale())
    assert (chain.ask(0).applied_seq, chain.ask(1).applied_seq) == (3, 1)
    together = chain.look(chain.asked(1), chain.asked(0), chain.asked(1))
    assert [page.applied_seq for page in together] == [1, 3, 1]
    assert together[0].rows == together[1].rows
    first.push(first.sale())  # moves nothing in this feed: the rows are kept, the place is not
    assert chain.ask(0).applied_seq == 4


def test_the_place_belongs_to_the_rows(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sale that comes while HQ looks is in both, or in neither: else its piece would be taken off twice."""
    till, asked, head = chain.tills[0], chain.asked(0), chain.ask().head

    def late(*args: object) -> object:
        till.push(till.sale())
        chain.server.publish(*tiers(range(1), "late"))  # what the sale moved
        return heads_of(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(pages, "heads_of", late)
    (before,) = chain.look(asked)
    monkeypatch.undo()
    (after,) = chain.look(asked)
    assert (before.applied_seq, before.head) == (0, head)
    assert (after.applied_seq, after.head) == (1, head + 1)


def test_a_till_that_was_revoked_gets_nothing_more(chain: Chain) -> None:
    """S-21: at once, also by another program, and whatever is kept for the others."""
    assert chain.ask(0).rows == chain.ask(1).rows
    chain.other.revoke(chain.tills[0].me.terminal)
    assert chain.refused(0) == "revoked"
    assert chain.ask(1).rows


def test_a_session_that_has_ended_is_none(chain: Chain) -> None:
    till = chain.tills[0]
    old = chain.asked(0)
    assert chain.look(old)[0].rows
    code = chain.other.enrolment_code("S001", till.me.slot)[1]
    chain.tills.append(TillAtHq(chain.server.url, code))  # enrolled anew: what was the old one's session is nobody's
    (found,) = chain.server.hq.pages.look([old])
    assert isinstance(found, LinkError)
    assert found.code == "unauthorized"
    assert chain.ask(2).applied_seq == 0


def test_a_session_lasts_a_quarter_of_an_hour(chain: Chain) -> None:
    old, good = chain.asked(0), chain.asked(1)
    with chain.other.database.write() as session:
        session.execute(update(TillSession).where(col(TillSession.terminal) == "S001-1").values(until_ms=1))
    ended, found = chain.server.hq.pages.look([old, good])
    assert isinstance(ended, LinkError)
    assert (ended.code, isinstance(found, Answer)) == ("unauthorized", True)
    assert chain.ask(0).rows  # the till opens another one


def test_nobody_reads_what_is_not_theirs(chain: Chain) -> None:
    """One question of many that may not be is refused alone."""
    stranger = Asked("nobody", GLOBAL, chain.epoch(), 0, 500)
    other = f"terminal:{chain.tills[1].me.terminal}"
    good = chain.asked(0)
    wrong = [
        stranger, Asked(good.token, other, "x", 0, 500), Asked(good.token, "a\0b", "x", 0, 500),
        Asked(good.token, GLOBAL, "x", 0, 500), Asked(good.token, GLOBAL, good.epoch, 10**9, 500),
        Asked(good.token, GLOBAL, good.epoch, 0, 501), Asked(good.token, GLOBAL, good.epoch, -1, 500),
    ]  # fmt: skip
    found = chain.server.hq.pages.look([*wrong, good])
    assert [one.code for one in found if isinstance(one, LinkError)] == [
        "unauthorized", "unauthorized", "unauthorized", "snapshot_required", "snapshot_required", "bad_request",
        "bad_request",
    ]  # fmt: skip
    assert isinstance(found[-1], Answer)
    assert chain.refused(0, other) == "unauthorized"
    assert chain.refused(0, epoch="x") == "snapshot_required"


def test_rows_that_the_database_will_not_give_cost_their_own_till_alone(
    chain: Chain, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """S-11: a damaged row of one till's feed, and the 63 tills that happen to ask beside it."""
    mine = f"terminal:{chain.tills[0].me.terminal}"

    def damaged(session: Session, name: str, after: int, limit: int) -> Sequence[object]:
        if name == mine:
            session.connection().execute(text("SELECT no_such_column FROM feed_row"))
        return rows_after(session, name, after, limit)

    monkeypatch.setattr(pages, "rows_after", damaged)
    found = chain.server.hq.pages.look([chain.asked(1), chain.asked(0, feed=mine), chain.asked(0), chain.asked(1)])
    assert [type(one) for one in found] == [Answer, DataError, Answer, Answer]
    with pytest.raises(LinkError, match="retry_after"):  # over HTTP: it keeps what it has and comes again
        chain.ask(0, mine)
    assert [one.name for one in caplog.records if one.levelno > logging.INFO] == ["sync.hq.app"]
    caplog.clear()
    assert chain.ask(0).rows == chain.ask(1).rows != []


def test_a_till_whose_feed_is_gone_is_the_only_one_that_meets_a_bug(chain: Chain) -> None:
    mine = f"terminal:{chain.tills[0].me.terminal}"
    asked = [chain.asked(1), chain.asked(0, feed=mine), chain.asked(0)]
    with chain.other.database.write() as session:
        session.execute(delete(Feed).where(col(Feed.name) == mine))
    assert [type(one) for one in chain.server.hq.pages.look(asked)] == [Answer, KeyError, Answer]


def test_an_hq_that_was_restored_answers_with_nothing_of_before(chain: Chain) -> None:
    """S-12: the same versions, of other rows, under another epoch."""
    epoch = chain.epoch()
    assert chain.ask().rows
    with chain.other.database.write() as session:
        restored(session, chain.other.clock)
    assert chain.refused(0, epoch=epoch) == "snapshot_required"
    assert chain.ask().epoch == chain.epoch() != epoch


def test_nothing_of_people_is_kept(chain: Chain) -> None:
    """An erased member is not to lie in memory either: only what all stores share does."""
    chain.server.publish(Change("store:S001", "member", "M1", {"id": "M1", "name": "Wang"}))
    for feed in ("store:S001", f"terminal:{chain.tills[0].me.terminal}", "zone:z1", GLOBAL):
        chain.ask(feed=feed)
    kept = chain.server.hq.pages._kept
    assert {head.name for head, _, _ in kept} == {"zone:z1", GLOBAL}
    assert b"Wang" not in b"".join(sheet.open for sheet in kept.values())


def test_what_is_kept_is_bounded_in_bytes_and_time(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that fell over to its copy may have lost a version and given its number anew: not for long."""
    for after in range(5):
        chain.ask(after=after)
    kept = chain.server.hq.pages._kept
    assert len(kept) == 5
    assert chain.server.hq.pages._bytes == sum(len(sheet.open) for sheet in kept.values())
    monkeypatch.setattr(pages, "MOST_KEPT", 10)
    chain.ask(after=5)
    assert len(chain.server.hq.pages._kept) == 1
    monkeypatch.undo()
    monkeypatch.setattr(chain.server.hq.pages, "_until", 0.0)
    chain.ask(after=6)
    assert [after for _, after, _ in chain.server.hq.pages._kept] == [6]


def test_a_herd_costs_as_many_statements_as_one_till(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    """That is what makes 4,000 of them a second's work; counted, as times say little on a busy machine."""
    asked = [chain.asked(number % 2) for number in range(20)]
    read: list[int] = []

    def counted(*args: object) -> Sequence[object]:
        read.append(1)
        return rows_after(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(pages, "rows_after", counted)
    counts = [_statements(chain.server.database, chain.server.hq.pages, asked[:n]) for n in (1, 20)]
    assert counts[0] == counts[1] + 1  # the rows, which the second look finds kept
    assert len(read) == 1


def _statements(database: Database, of: Pages, asked: Sequence[Asked]) -> int:
    seen: list[object] = []

    def note(*args: object) -> None:
        seen.append(args)

    event.listen(database._engine, "before_cursor_execute", note)
    try:
        of.look(asked)
    finally:
        event.remove(database._engine, "before_cursor_execute", note)
    return len(seen)


@pytest.mark.parametrize("rows", [0, 1, 100, 500])
def test_a_packed_page_is_the_plain_one(rows: int) -> None:
    """Any reader of zstd takes it: rows as they were packed for all, and an end of the till's own behind them."""
    text = ",".join(f'{{"t":"tier","k":"层{n}","v":{n},"d":null}}' for n in range(1, rows + 1))
    sheet = Sheet(
        f'{{"feed":"global","epoch":"e","from":0,"to":{rows},"head":{rows},"count":0,"checksum":0,"rows":[{text}]'
    )
    for seq in (0, 7, 2**62):
        answer = Answer("S001-1", sheet, seq, "2026-11-21T06:03:00+00:00")
        plain, packed = answer.body(zstd=True)
        assert packed == (rows > 1)
        if packed:
            assert len(plain) < len(sheet.open) / 2
            reader = zstandard.ZstdDecompressor().decompressobj()
            plain = reader.decompress(plain)
            assert (reader.eof, reader.unused_data) == (True, b"")
        assert plain == answer.body(zstd=False)[0]
        page = answer.page()
        assert (page.applied_seq, len(page.rows), page.to) == (seq, rows, rows)


def answer_of(seq: int) -> Answer:
    return Answer("S001-1", Sheet('{"rows":[]'), seq, "")


def test_who_comes_during_a_look_is_in_the_next_one() -> None:
    looks: list[int] = []

    def look(asked: Sequence[Asked]) -> list[Answer | LinkError]:
        looks.append(len(asked))
        return [answer_of(one.after) if one.after else LinkError("revoked") for one in asked]

    async def story() -> list[object]:
        herd = Herd(look, Admission())
        first = asyncio.create_task(herd.page(Asked("t", GLOBAL, "e", 1, 1)))
        await asyncio.sleep(0)
        rest = [asyncio.create_task(herd.page(Asked("t", GLOBAL, "e", n % 3, 1))) for n in range(100)]
        await asyncio.sleep(0)
        rest[5].cancel()  # hung up
        return await asyncio.gather(first, *rest, return_exceptions=True)

    found = asyncio.run(story())
    assert looks == [1, herds.MOST_AT_ONCE - 1, 100 - herds.MOST_AT_ONCE]
    assert isinstance(found[6], asyncio.CancelledError)
    for n, one in enumerate(found[1:]):
        if n != 5:
            assert one.applied_seq == n % 3 if isinstance(one, Answer) else n % 3 == 0


def test_a_database_that_is_away_is_everybodys_answer_and_not_the_end() -> None:
    away = [True]

    def look(asked: Sequence[Asked]) -> list[Answer | LinkError]:
        if away:
            raise DataError("database_unusable")
        return [answer_of(1)] * len(asked)

    async def story() -> None:
        herd = Herd(look, Admission())
        asked = Asked("t", GLOBAL, "e", 0, 1)
        found = await asyncio.gather(*(herd.page(asked) for _ in range(3)), return_exceptions=True)
        assert [type(one) for one in found] == [DataError] * 3
        away.clear()
        assert (await herd.page(asked)).applied_seq == 1

    asyncio.run(story())


def test_other_reading_that_is_held_up_holds_no_page_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """T-21: after an outage all ask for their feeds' heads; whoever has a page to turn is not sent away with them."""
    monkeypatch.setitem(admission.MOST, "pull", 0)

    async def story() -> Answer:
        return await Herd(lambda asked: [answer_of(1)] * len(asked), Admission()).page(Asked("t", GLOBAL, "e", 0, 1))

    assert asyncio.run(story()).applied_seq == 1


def test_the_line_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes then is to come again, spread over two minutes."""
    monkeypatch.setattr(herds, "MOST_WAITING", 3)

    async def story() -> list[object]:
        herd = Herd(lambda asked: [answer_of(1)] * len(asked), Admission())
        return await asyncio.gather(
            *(herd.page(Asked("t", GLOBAL, "e", 0, 1)) for _ in range(5)), return_exceptions=True
        )

    away = [one for one in asyncio.run(story()) if isinstance(one, LinkError)]
    assert [one.code for one in away] == ["retry_after"] * 2
    assert {one.params["seconds"] for one in away} <= set(range(1, SPREAD_S + 1))


def test_the_quick_way_is_logged_and_counted(hq_server: HqServer, caplog: pytest.LogCaptureFixture) -> None:
    till = TillAtHq(hq_server.url, hq_server.code())
    with caplog.at_level(logging.INFO, "sync.hq.watching"):
        till.pull(GLOBAL)
    till.close()
    (line,) = [one for one in caplog.records if getattr(one, "route", "") == "/v1/feeds/{feed}"]
    assert (line.status, line.terminal, line.method) == (200, "S001-1", "GET")  # type: ignore[attr-defined]
    assert line.sent > 100  # type: ignore[attr-defined]
    text = hq_server.hq.metrics.text().decode()
    assert 'hq_request_seconds_count{method="GET",route="/v1/feeds/{feed}",status="200"} 1.0' in text


@pytest.mark.parametrize(
    "query",
    ["epoch={e}&after=0&after=1", "epoch={e}&after=0&more=1", "after=0&epoch={e}&limit=5", "epoch={e}&after=00"],
)
def test_odd_questions_take_the_other_way(hq_server: HqServer, query: str) -> None:
    """They are answered, by the same rules."""
    till = TillAtHq(hq_server.url, hq_server.code())
    epoch = hq_server.hq.heads()[GLOBAL][0]
    reply = httpx.get(
        f"{hq_server.url}/v1/feeds/global?{query.format(e=epoch)}", headers={"Authorization": f"Bearer {till.token()}"}
    )
    till.close()
    assert reply.status_code == 200
    assert Page.model_validate_json(reply.content).feed == GLOBAL
