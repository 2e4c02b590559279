"""Bytes on the wire for a sale of three lines, in batches of 20 (protocol.md): what real actions at a real till make.

Counted are the bodies of the pushes as they are sent. Beside them, in the same run: the plain form, the facts' bodies
through zstd alone, and what chance put into the ids, which nothing can pack.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
import zstandard

from posclient.actions import checkout, login, payment
from posclient.actions.till import open_till
from posclient.db import outbox, terminal
from posclient.db.connection import Connection, transaction
from posclient.db.till_file import open_till as open_file
from sync.convert import believed, earlier_facts, push_request
from sync.credentials import signer_of
from sync.transport import HttpHq
from tests.e2e.store_run import StoreRun
from ui.opening import SystemClock, new_id

DATA = Path(__file__).parents[1] / "data" / "small_store"
#: protocol.md, what it must reach; and what a sale to a member takes, to which three follow-ups belong: some 50 bytes
#: more are ids that are made from the sale's, which look like chance to whoever packs.
MOST_BYTES, MOST_MEMBER_BYTES = 120, 230
#: Sales before that HQ has, as every till but a new one does; then those that are counted.
BEFORE, SALES, BATCH, LINES = 260, 140, 20, 3
STAFF = "id,store,name,badge,roles,pin\nG1,S001,王丽,B1,cashier guide,1357\nG2,S001,李娜,B2,cashier guide,2468\n"
CADENCES = "id,step,after_minutes,name\n3315,thanks,180,感谢\n3315,satisfaction,4320,满意度\n3315,care,21600,洗护\n"


_UUID7 = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass
class Figures:
    """Bytes a sale. ``plain``: not thin; ``bodies``: the facts' bodies alone, as hard as zstd can; ``random``: ids."""

    sent: float
    plain: float
    bodies: float
    random: float


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> StoreRun:
    """The small store with two guides and a cadence, enrolled and loaded."""
    folder = tmp_path_factory.mktemp("wire")
    made = StoreRun.new(DATA, folder)
    (folder / "csv").mkdir()
    (folder / "csv" / "staff.csv").write_text(STAFF, encoding="utf-8")
    (folder / "csv" / "cadences.csv").write_text(CADENCES, encoding="utf-8")
    made.output("hq", "import", "--db", made.database, folder / "csv")
    with made.serving():
        made.sync()
    return made


def sell(folder: Path, member_of: Callable[[Random], str | None]) -> None:
    """Sales of three lines as a cashier rings them up."""
    chance = Random(20261126)
    skus = [line.split(",")[0] for line in (DATA / "products.csv").read_text("utf-8").splitlines()[1:]]
    with closing(open_till(folder, clock=SystemClock(), new_id=new_id)) as till:
        for number in range(BEFORE + SALES):
            if number % 50 == 0:
                login.log_in(till, "1357" if number % 100 else "2468")
            for sku in chance.sample(skus, LINES):
                checkout.add(till, sku, chance.choice([1, 1, 1, 2]))
            checkout.set_member(till, member_of(chance))
            cart = payment.open(till).cart_id
            payment.pay(till, "cash", 1_000_000 if chance.random() < 0.5 else None)
            payment.complete(till, cart)


def measure(con: Connection, line: HttpHq) -> Figures:
    """Push all that waits in batches, as a cycle does; the sizes of what goes out, and what it is made of."""
    sent = plain = bodies = random = 0
    while batch := outbox.pending(con, BATCH, 10**9):
        request = push_request(batch)
        sent += len(line.packed_push(request)[0])
        plain += len(zstandard.compress(request.model_dump_json().encode()))
        bodies += len(zstandard.compress(b"\n".join(one.fact.body for one in batch), level=19))
        random += _ids(batch)
        push_one(con, line, BATCH)
    return Figures(sent / SALES, plain / SALES, bodies / SALES, random / SALES)


def push_one(con: Connection, line: HttpHq, most: int) -> None:
    """One batch, and its answer kept."""
    batch = outbox.pending(con, most, 10**9)
    reply = line.push(push_request(batch))
    outcomes = believed(reply, batch)
    assert {one.outcome for one in outcomes} == {"applied"}
    with transaction(con):
        outbox.record(con, outcomes, reply.received_seq, reply.durable_seq, SystemClock().now())


def _ids(batch: list[outbox.PendingFact]) -> int:
    """Bytes of chance in the ids of a batch: nine of each UUIDv7, whose time the others share more or less."""
    found = {one.fact.id.encode() for one in batch}
    for one in batch:
        found.update(_UUID7.findall(one.fact.body))
    return 9 * len(found)


@pytest.mark.parametrize("members", [False, True], ids=["anybody", "members"])
def test_bytes_of_a_sale(store: StoreRun, tmp_path: Path, members: bool) -> None:
    """A sale to a member brings points and three care tasks with ids of their own."""
    run = store.copy(tmp_path)
    known = [line.split(",")[0] for line in (DATA / "members.csv").read_text("utf-8").splitlines()[1:]]
    sell(run.till, lambda chance: chance.choice(known) if members else None)
    with closing(open_file(run.till)) as con:
        me = terminal.read(con)
        with run.serving(), HttpHq(me.hq_url, signer_of(run.till, me)) as line:
            line.earlier = lambda incarnation, seq: earlier_facts(con, incarnation, seq)
            push_one(con, line, BEFORE)
            figures = measure(con, line)
    print({name: round(value) for name, value in vars(figures).items()})
    assert figures.sent <= (MOST_MEMBER_BYTES if members else MOST_BYTES)
