"""The same HQ on PostgreSQL: what could differ is order under concurrency, types, and locks."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from posclient.domain.facts import SALE_COMPLETED
from posclient.domain.tenders import Payment
from sync.asking import HoldRequest
from sync.events import Poke
from sync.hq.database import Database, open_database
from sync.hq.feeds import publish
from sync.hq.server import Server
from sync.hq.service import Hq
from sync.hq.statistics import count_all
from sync.hq.tables import Feed
from sync.protocol import FactMessage, PushRequest
from sync.transport import HttpHq
from tests.sync.conftest import HqServer, serving
from tests.sync.hq import leases
from tests.sync.hq.test_news import until
from tests.sync.hq.till_at_hq import TillAtHq, make_task, use
from tests.sync.tills import Chain, HandClock, TillFolder, tiers


@pytest.fixture
def on_postgres(postgres_url: str) -> Iterator[Database]:
    database = open_database(postgres_url)
    yield database
    database.close()


@pytest.fixture
def server(on_postgres: Database) -> Iterator[HqServer]:
    with serving(on_postgres) as running:
        yield running


def test_sales_coupons_and_figures(server: HqServer) -> None:
    """T-12: many tills push at the same time; a coupon of all of them is used once."""
    tills = [TillAtHq(server.url, server.code()) for _ in range(4)]
    batches = [[till.sale(coupons=(use("K1"),) if number == 0 else ()) for number in range(50)] for till in tills]

    def push(till: TillAtHq, batch: list[FactMessage]) -> None:
        for start in range(0, 50, 10):
            till.codes(*batch[start : start + 10])

    threads = [threading.Thread(target=push, args=pair) for pair in zip(tills, batches, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    again = tills[0].codes(*batches[0])
    assert set(again) == {("duplicate", None)}
    figures = count_all(server.database)
    assert figures == {
        "sales": 200, "lines": 200, "total": 200_000, "duplicates": 0, "resent": 50, "quarantined": 0, "incidents": 0,
        "coupons_used": 4, "coupons_used_twice": 1, "settlements": 3, "losses": 300, "terminals": 4,
    }  # fmt: skip
    for till in tills:
        till.close()


def test_what_postgres_cannot_store_is_quarantined(server: HqServer) -> None:
    """T-18: PostgreSQL has no NUL in texts; the sale is kept raw and the others pass."""
    till = TillAtHq(server.url, server.code())
    batch = [till.sale(), till.sale(cashier="a\0b"), till.sale()]
    assert [outcome for outcome, _ in till.codes(*batch)] == ["applied", "quarantined", "applied"]
    manifest = till.api.manifest(f"terminal:{till.me.terminal}")
    assert manifest.count == 1
    till.close()


def test_what_no_index_has_room_for_is_quarantined(server: HqServer) -> None:
    """T-18: a day of four thousand letters would be refused by the index, and with it each batch that it is in."""
    till = TillAtHq(server.url, server.code())
    shown = json.loads(till.sale().body)
    till.seq, till.previous = 0, till.before
    odd = shown | {"business_date": secrets.token_hex(2000)}
    batch = [till.fact(SALE_COMPLETED, odd), till.sale()]
    assert [outcome for outcome, _ in till.codes(*batch)] == ["quarantined", "applied"]
    till.close()


def test_a_nul_that_a_stranger_sends_is_no_bug(server: HqServer) -> None:
    """S-3: where SQLite finds nothing, PostgreSQL will not even look."""
    till = TillAtHq(server.url, server.code())
    authorized = {"Authorization": f"Bearer {till.token()}"}
    assert httpx.get(f"{server.url}/v1/snapshots/a%00b/0", headers=authorized).status_code == 400
    asked = httpx.post(f"{server.url}/v1/challenge", json={"terminal": "a\0b"}).json()["challenge"]
    answer = {"terminal": "a\0b", "challenge": asked, "nonce": "n", "signature": "s"}
    assert httpx.post(f"{server.url}/v1/session", json=answer).status_code == 400
    till.close()


def test_who_waited_for_their_turn_sees_what_was_done_before_it(on_postgres: Database, postgres_url: str) -> None:
    """S-17: two processes, on a server whose default would show each the state from before it waited."""
    with on_postgres.write() as session:
        name = session.execute(text("SELECT current_database()")).scalar_one()
        session.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_isolation = "repeatable read"'))
    on_postgres.close()  # new connections take the new default
    other = open_database(postgres_url)
    seen: list[int] = []

    def look() -> None:
        with other.write(shared=True) as session:
            seen.append(session.get_one(Feed, "global").head)

    Hq(on_postgres)
    with on_postgres.write(shared=True) as session:
        later = threading.Thread(target=look)
        later.start()
        waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        while not session.execute(waiting).scalar_one():
            time.sleep(0.01)
        publish(session, tiers(range(3)))
    later.join()
    other.close()
    assert seen == [3]


def test_a_hub_that_is_appointed_while_a_till_asks_stays_the_hub(
    on_postgres: Database, postgres_url: str, tmp_path: Path
) -> None:
    """The contact has read who was the hub and signs that anew; somebody at HQ names another in that very moment."""
    chain = Chain(on_postgres)
    tills = [TillFolder(chain, tmp_path / str(slot), chain.code("S001", slot)) for slot in (1, 2)]
    chain.hq.hubs.appoint("S001", "S001-1", "192.0.2.1:8737")
    tills.append(TillFolder(chain, tmp_path / "3", chain.code("S001", 3)))  # so that the contact has to sign
    other = open_database(postgres_url)
    person = threading.Thread(target=Hq(other).hubs.appoint, args=("S001", "S001-2", "192.0.2.2:8737"))

    class Interrupted(HandClock):
        looks = 0

        def now(self) -> datetime:
            self.looks += 1
            if self.looks == 2:
                person.start()
                person.join(0.5)
            return super().now()

    Hq(on_postgres, Interrupted()).hubs.contact("S001-1")
    person.join()
    assert chain.hq.hubs.hub_of("S001") == "S001-2 · 192.0.2.2:8737"
    other.close()
    for till in tills:
        till.close()


def test_any_process_answers_and_the_old_one_may_go(server: HqServer, postgres_url: str) -> None:
    """T-3: an update without a gap. The new HQ stands beside the old; codes, sessions and facts are the database's."""
    database = open_database(postgres_url)
    new = Server(Hq(database))
    new.start()
    till = TillAtHq(new.url, server.code())
    old_way, news = HttpHq(server.url, till.signer), HttpHq(server.url, till.signer)
    stream = news.news()
    next(stream)
    first, second = till.sale(), till.sale(tasks=(make_task("s", "M1"),))
    assert [one.outcome for one in old_way.push(PushRequest(facts=[first])).outcomes] == ["applied"]
    token = {"Authorization": f"Bearer {old_way._session.token}"}
    assert httpx.get(f"{new.url}/v1/feeds", headers=token).status_code == 200
    assert till.codes(first, second) == [("duplicate", None), ("applied", None)]
    until(stream, Poke("store:S001", server.hq.heads()["store:S001"][1]))  # what the new one took, the old one tells
    server.server.stop()
    assert till.codes(till.sale()) == [("applied", None)]
    for one in (old_way, news, till):
        one.close()
    new.stop()
    database.close()


def test_leases_settlement_and_escrow_are_the_same_here(on_postgres: Database, tmp_path: Path) -> None:
    """S-17, S-18: two stores, one coupon; two tills' spends; the books balance."""
    chain = Chain(on_postgres)
    home, away = (TillFolder(chain, tmp_path / store, chain.code(store)) for store in ("S001", "S002"))
    leases.settings(chain, coupon_leases=True, stored_value=True)
    leases.member(chain, value=50_000)
    leases.coupon(chain)
    for till in (home, away):
        assert till.cycle().error is None
    for till in (away, home):
        paid = Payment("p1", "stored_value", 1000, 1000)
        till.sale(at=chain.clock.now(), member="M1", coupons=(use("K1", 700),), payments=(paid,))
        till.cycle()
    assert home.line.hold(HoldRequest(member="M1", value=100, coupons=["K1"])).refused[0].code == "used"
    figures = count_all(on_postgres)
    assert (figures["settlements"], figures["losses"]) == (1, 700)
    assert leases.check_books(chain) == {"M1": 48_000}
    home.close()
    away.close()


def test_losses_of_two_kinds_in_one_batch_are_kept(on_postgres: Database, tmp_path: Path) -> None:
    """S-17, S-18: a coupon that another sale had used, and stored value that nobody had, in one sale; it stands."""
    chain = Chain(on_postgres)
    leases.settings(chain, stored_value=True)
    leases.member(chain, value=500)
    leases.coupon(chain)
    till = TillFolder(chain, tmp_path / "S001", chain.code("S001"))
    paid = Payment("p1", "stored_value", 1000, 1000)
    till.sale(at=chain.clock.now(), member="M1", coupons=(use("K1", 700),))
    till.sale(at=chain.clock.now(), member="M1", coupons=(use("K1", 700),), payments=(paid,))
    till.sale(at=chain.clock.now(), member="M1", payments=(paid,))
    till.cycle()
    figures = count_all(on_postgres)
    assert (figures["sales"], figures["quarantined"], figures["losses"]) == (3, 0, 700 + 500 + 1000)
    till.close()
