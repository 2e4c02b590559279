"""The morning after: 400 tills have 120,000 facts altogether, and HQ on PostgreSQL takes them (protocol.md).

HQ is a process of its own; this one is the load. Batches are made, signed and packed before the clock starts, as every
till does that for itself. ``POSCLIENT_N`` sets another number of tills.
"""

from __future__ import annotations

import base64
import os
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import zstandard

from posclient.domain import facts
from posclient.domain.tenders import Payment
from sync.hq.database import open_database
from sync.hq.feeds import make_feed, publish, terminal_feed
from sync.hq.service import Hq
from sync.hq.statistics import count_all
from sync.hq.stores import ensure_store
from sync.hq.tables import Terminal
from sync.proofs import SIGNATURE
from sync.protocol import FactMessage, PushReply, PushRequest
from sync.replies import message
from sync.signing import PUSH, Signer, new_seed, public_key, sign
from sync.transport import HttpHq, Patience
from tests.sync.hq.conftest import postgres, postgres_url
from tests.sync.hq.test_hq_command import serving
from tests.sync.hq.till_at_hq import STAMP, make_line, make_sale, new_id

__all__ = ["postgres", "postgres_url"]  # fixtures

TILLS, EACH = int(os.environ.get("POSCLIENT_N") or 400), 300
#: protocol.md, what it must reach: seconds for all of it, facts a second.
MOST_S, LEAST_FACTS_S = 60, 3000
#: Connections at once. They wait for their turn as long as it takes: a late answer is no fault of this bench.
AT_ONCE = 16
PATIENT = Patience(read=120, reply=120)
#: Rows that HQ makes of a sale of three lines: fact, sale, lines, payment, share.
ROWS_OF_A_SALE = 7


@dataclass(frozen=True)
class Waiting:
    """A till and what it is about to send."""

    signer: Signer
    packed: bytes
    signature: str
    size: int


@pytest.fixture
def tills(postgres_url: str) -> Sequence[Waiting]:
    """Tills of a hundred stores in HQ's database, with their backlog."""
    with closing(open_database(postgres_url)) as database:
        hq = Hq(database)
        hq_key = public_key(hq._keys.sign_seed)
        made = []
        with database.write(shared=True) as session:
            for shop in range(100):
                publish(session, ensure_store(session, f"S{shop:03}"))
        for number in range(TILLS):
            store, slot, seed, incarnation = f"S{number % 100:03}", number // 100 + 1, new_seed(), new_id()
            key = base64.b64encode(public_key(seed)).decode()
            place = Terminal(id=f"{store}-{slot}", store=store, slot=slot, key=key, enrolled_ms=1)
            place.incarnation = incarnation
            with database.write(shared=True) as session:
                session.add(place)
                make_feed(session, terminal_feed(place.id))
            made.append(_backlog(Signer(hq.id, f"{store}-{slot}", seed, hq_key), incarnation))
    return made


def _backlog(signer: Signer, incarnation: str) -> Waiting:
    store, _, slot = signer.terminal.partition("-")
    previous = facts.chain_start(signer.terminal, incarnation)
    messages = []
    for seq in range(1, EACH + 1):
        lines = tuple(make_line(str(n), f"SKU-{n}", 1, 1000) for n in range(3))
        sale = make_sale(
            seq, lines=lines, gross=3000, total=3000, payments=(Payment("p1", "cash", 3000, 3000),),
            receipt=f"{signer.terminal}-20261121-{seq}", store=store, slot=int(slot),
        )  # fmt: skip
        content = facts.sale_completed(sale, STAMP)
        made = facts.make_fact(previous, signer.terminal, incarnation, seq, new_id(), facts.SALE_COMPLETED, content)
        previous = made.hash
        messages.append(
            FactMessage(
                terminal=made.terminal, incarnation=incarnation, seq=seq, id=made.id, kind=made.kind,
                kind_version=made.kind_version, body=made.body.decode(), hash=made.hash.hex(),
            )
        )  # fmt: skip
    body = PushRequest(facts=messages).model_dump_json().encode()
    signature = sign(signer.seed, PUSH, signer.terminal, body)
    return Waiting(signer, zstandard.ZstdCompressor().compress(body), signature, sum(len(one.body) for one in messages))


def bare(url: str, size: int) -> float:
    """Seconds that PostgreSQL takes for as many rows and bytes in as many transactions, by COPY alone."""
    row = ("x" * (size // (TILLS * EACH) // ROWS_OF_A_SALE),)
    with psycopg.connect(url) as con:
        con.execute("CREATE TABLE bare (n BIGSERIAL PRIMARY KEY, data TEXT)")
        con.commit()
        begun = time.perf_counter()
        for _ in range(TILLS):
            with con.cursor().copy("COPY bare (data) FROM STDIN") as copy:
                for _ in range(EACH * ROWS_OF_A_SALE):
                    copy.write_row(row)
            con.commit()
        return time.perf_counter() - begun


def _push(url: str, till: Waiting) -> Counter[str]:
    with HttpHq(url, till.signer, PATIENT) as line:
        headers = {"Content_Encoding": "zstd", SIGNATURE.replace("-", "_"): till.signature}
        reply = message(PushReply, line.raw("POST", "/v1/push", till.packed, **headers))
    return Counter(one.outcome for one in reply.outcomes)


def busy_s(pid: int) -> float:
    """Processor seconds of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_backlog_of_many_tills(tills: Sequence[Waiting], postgres_url: str) -> None:
    """120,000 facts within a minute, each checked and signed, sessions included."""
    plain = bare(postgres_url, sum(one.size for one in tills))
    with serving(postgres_url) as (process, url), ThreadPoolExecutor(AT_ONCE) as pool:
        begun, mine, theirs = time.perf_counter(), time.process_time(), busy_s(process.pid)
        said = sum(pool.map(lambda till: _push(url, till), tills), Counter[str]())
        seconds = time.perf_counter() - begun
        mine, theirs = time.process_time() - mine, busy_s(process.pid) - theirs
    count = TILLS * EACH
    assert said == {"applied": count}
    with closing(open_database(postgres_url)) as database:
        here = count_all(database)
    assert (here["sales"], here["quarantined"], here["incidents"], here["duplicates"]) == (count, 0, 0, 0)
    rate = count / seconds
    worked = {"hq_cpu_s": theirs, "load_cpu_s": mine}
    figures = {"seconds": seconds, "facts_s": rate, "bare_facts_s": count / plain, **worked}
    print({name: round(figure, 1) for name, figure in figures.items()})
    assert rate >= LEAST_FACTS_S
    assert seconds <= MOST_S * TILLS / 400
