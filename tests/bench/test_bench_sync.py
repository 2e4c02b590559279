"""One till's backlog to HQ on PostgreSQL, over real HTTP, hashes and signatures checked (protocol.md)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from posclient.db import journal, outbox, terminal
from posclient.db.connection import transaction
from posclient.db.till_file import open_till
from posclient.domain import facts
from posclient.domain.tenders import Payment
from sync.credentials import signer_of
from sync.engine import push_all
from sync.enrolment import Enrolment, enrol
from sync.hq.database import open_database
from sync.hq.server import Server
from sync.hq.service import Hq
from sync.hq.statistics import count_all
from sync.protocol import MOST_FACTS
from sync.transport import HttpHq
from tests.sync.hq.conftest import postgres, postgres_url
from tests.sync.hq.till_at_hq import STAMP, make_line, make_sale, new_id
from ui.opening import SystemClock

__all__ = ["postgres", "postgres_url"]  # fixtures

#: protocol.md, what it must reach.
LEAST_FACTS_S = 1500
BACKLOG = 6000
#: Rows that HQ makes of a sale of three lines: fact, sale, lines, payment, share.
ROWS_OF_A_SALE = 7


@pytest.fixture
def served(postgres_url: str) -> Iterator[tuple[str, str]]:
    """HQ on PostgreSQL, behind uvicorn: its address and an enrolment code."""
    with closing(open_database(postgres_url)) as database:
        hq = Hq(database)
        made = Server(hq)
        made.start()
        yield made.url, hq.enrolment_code("S001")[1]
        made.stop()


def sell(folder: Path, sales: int) -> int:
    """A backlog of sales of three lines; its bytes."""
    con = open_till(folder)
    me = terminal.read(con)
    size = 0
    with transaction(con):
        for seq in range(1, sales + 1):
            lines = tuple(make_line(str(n), f"SKU-{n}", 1, 1000) for n in range(3))
            receipt = f"{me.store}-{me.slot}-20261121-{seq}"
            sale = make_sale(
                seq, lines=lines, gross=3000, total=3000, payments=(Payment("p1", "cash", 3000, 3000),),
                receipt=receipt, store=me.store, slot=me.slot,
            )  # fmt: skip
            content = facts.sale_completed(sale, STAMP)
            made = journal.append(
                con, fact_id=new_id(), kind=facts.SALE_COMPLETED, content=content, at=SystemClock().now()
            )
            size += len(made.fact.body)
    con.close()
    return size


def bare(url: str, size: int) -> float:
    """Seconds that PostgreSQL takes for as many rows and bytes, in as many transactions, through psycopg alone."""
    row = ("x" * (size // BACKLOG // ROWS_OF_A_SALE),)
    with psycopg.connect(url) as con:
        con.execute("CREATE TABLE bare (n BIGSERIAL PRIMARY KEY, data TEXT)")
        con.commit()
        begun = time.perf_counter()
        for _ in range(BACKLOG // MOST_FACTS):
            con.cursor().executemany("INSERT INTO bare (data) VALUES (%s)", [row] * (MOST_FACTS * ROWS_OF_A_SALE))
            con.commit()
        return time.perf_counter() - begun


def test_a_tills_backlog(tmp_path: Path, served: tuple[str, str], postgres_url: str) -> None:
    """1,500 facts a second, from the till's own outbox to HQ's commit and back into the outbox."""
    url, code = served
    wanted = Enrolment(url, code, "file")
    me = enrol(tmp_path, wanted, HttpHq, SystemClock(), new_id)
    size = sell(tmp_path, BACKLOG)
    plain = bare(postgres_url, size)
    con = open_till(tmp_path)
    with HttpHq(url, signer_of(tmp_path, me)) as line:
        begun, worked = time.perf_counter(), time.process_time()
        pushed = push_all(line, con, SystemClock())
        seconds, worked = time.perf_counter() - begun, time.process_time() - worked
    assert pushed.outcomes == {"applied": BACKLOG}
    assert outbox.backlog(con, SystemClock().now()).count == 0
    con.close()
    rate = BACKLOG / seconds
    figures = {"facts_s": rate, "facts_cpu_s": BACKLOG / worked, "bare_facts_s": BACKLOG / plain}
    print({name: round(figure) for name, figure in figures.items()})  # facts_cpu_s: till and HQ together, on any load
    with closing(open_database(postgres_url)) as database:
        here = count_all(database)
    assert (here["sales"], here["quarantined"], here["incidents"]) == (BACKLOG, 0, 0)
    assert rate >= LEAST_FACTS_S
