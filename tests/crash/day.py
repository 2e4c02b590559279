"""A day at a till, watched: real actions, and what each has told somebody when it returned.

Which actions come in which order is up to chance; a log that is moved into its file after few pages, restarts, pages
and a snapshot from HQ are among them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from posclient.actions import care, checkout, login, members, payment, valet
from posclient.actions.till import Till, open_till
from posclient.db import journal, loading
from posclient.db.at_rest import OwnKey
from posclient.db.cache_tables import TABLES
from posclient.db.connection import Connection
from posclient.db.live_cache import LiveCache
from posclient.domain.valet import Address
from sync.protocol import Row
from tests.actions.kidswear import GLOBAL, OWN_KEY, STORE, Hq, StandingClock, make_folder, sku
from tests.crash.disk import watched
from tests.crash.happened import Disk
from tests.db.snapshots import packed, stored

#: Tables whose rows come with a fact and are never touched again but by another fact.
OF_FACTS = (
    "fact", "side_record", "sale", "sale_line", "payment", "coupon_use", "stock_move", "share", "care_task",
    "valet_order", "local_member", "local_coupon",
)  # fmt: skip
#: Pages of 4 KiB after which a log is moved into its file: so few that a short day sees it many times.
LOG_PAGES = 40
#: Tables of a feed as it was at a version.
Rows = tuple[tuple[str, tuple[Any, ...]], ...]


@dataclass
class Day:
    """``facts[n]``: all rows that the first n facts brought; ``feeds``: rows of a feed by its version."""

    disk: Disk
    clock: StandingClock
    facts: dict[int, Rows] = field(default_factory=dict)
    feeds: dict[tuple[str, int], Rows] = field(default_factory=dict)


def of_facts(con: Connection) -> Rows:
    """Everything that facts brought."""
    rows = [(name, tuple(row)) for name in OF_FACTS for row in con.execute(f"SELECT * FROM {name}").fetchall()]
    return tuple(sorted(rows, key=repr))


def of_feed(con: Connection, feed: str) -> Rows:
    """Every row of a feed, but for its place in the file."""
    found = []
    for name in TABLES:
        found += [
            (name, tuple(row[1:])) for row in con.execute(f"SELECT * FROM {name} WHERE feed = ?", (feed,)).fetchall()
        ]
    return tuple(sorted(found, key=repr))


def record(folder: Path, seed: int, steps: int, only: tuple[str, ...] = ()) -> Day:
    """Open a till in the new folder ``folder`` and live through ``steps`` actions, ``only`` of these names."""
    clock = StandingClock()
    hq = make_folder(folder, clock)
    hq.promotion({"id": "P1", "kind": "percent_off", "bp": 1000})
    with watched(folder) as disk:
        actor = _Actor(folder, hq, Day(disk, clock), Random(seed), only)
        for _ in range(steps):
            actor.step()
        actor.till.close()
    return actor.day


class _Actor:
    def __init__(self, folder: Path, hq: Hq, day: Day, chance: Random, only: tuple[str, ...]) -> None:
        self.folder, self.hq, self.day, self.chance = folder, hq, day, chance
        self.ids = self.numbers = 0
        acts: tuple[tuple[int, Callable[[], None]], ...] = (
            (4, self.sale_by_cash), (3, self.sale_by_card), (2, self.member), (2, self.order), (2, self.task),
            (3, self.page), (1, self.snapshot), (1, self.restart),
        )  # fmt: skip
        self.acts = [(weight, act) for weight, act in acts if not only or act.__name__ in only]
        for feed, version in hq.heads.items():
            self.note_feed(feed, version)
        self.till = self.opened()
        self.note_facts()

    def opened(self) -> Till:
        till = open_till(self.folder, clock=self.day.clock, new_id=self.new_id, own=OwnKey(OWN_KEY))
        for con in (till.db, till.quick):
            con.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}").fetchall()
        login.log_in(till, "1111", "G1")
        return till

    def new_id(self) -> str:
        self.ids += 1
        return f"id-{self.ids}"

    def step(self) -> None:
        self.day.clock.forward(seconds=self.chance.randint(1, 90))
        weights, acts = zip(*self.acts, strict=True)
        self.chance.choices(acts, weights)[0]()

    def say(self, kind: str, what: str) -> None:
        """It is on a screen or a slip now."""
        self.day.disk.said(json.dumps([kind, what]))

    def made_fact(self, kind: str, what: str) -> None:
        self.note_facts()
        self.say(kind, what)

    def note_facts(self) -> None:
        count = self.till.db.execute("SELECT count(*) FROM fact").fetchone()[0]
        self.day.facts[count] = of_facts(self.till.db)
        assert journal.verify_chain(self.till.db) is None
        self.say("facts", str(count))

    def note_feed(self, feed: str, version: int) -> None:
        cache = LiveCache(self.folder)
        self.day.feeds[feed, version] = of_feed(cache.con, feed)
        cache.close()

    def fill(self) -> str:
        """A few lines, perhaps a member; payment is open."""
        for _ in range(self.chance.randint(1, 4)):
            checkout.add(self.till, self.article(), self.chance.randint(1, 3))
        if self.chance.random() < 0.4:
            checkout.set_member(self.till, self.chance.choice(["M1", "M2"]))
        return payment.open(self.till).cart_id

    def article(self) -> str:
        return sku(self.chance.choice(["A001", "T001", "R001"]), self.chance.choice(["RED", "BLUE"]))

    def sale_by_cash(self) -> None:
        cart = self.fill()
        payment.pay(self.till, "cash", 1_000_000)
        self.complete(cart)

    def sale_by_card(self) -> None:
        cart = self.fill()
        asked = payment.begin_card(self.till, self.chance.choice([None, 100]))
        self.say("charged", str(asked.card_pending))
        paid = payment.end_card(self.till, approved=True, reference="A1")
        self.say("approved", paid.payments[-1].id)
        if paid.due:
            payment.pay(self.till, "cash")
        self.complete(cart)

    def complete(self, cart: str) -> None:
        done = payment.complete(self.till, cart)
        self.made_fact("sale", f"{done.sale_id} {done.receipt} {done.total}")

    def member(self) -> None:
        self.numbers += 1
        members.register(self.till, f"139{self.numbers:08}", "张三")
        self.made_fact("member", str(self.numbers))
        checkout.add(self.till, self.article(), 3)
        cart = payment.open(self.till).cart_id
        payment.pay(self.till, "cash")
        self.complete(cart)

    def order(self) -> None:
        address = Address("李四", "13812345678", "南京东路 1 号") if self.chance.random() < 0.5 else None
        placed = valet.place(self.till, ((self.article(), 1),), None, address, 0, "G1")
        self.made_fact("order", placed.id)

    def task(self) -> None:
        due = care.due(self.till, "G1", self.day.clock.now() + timedelta(days=30))
        if due:
            care.change(self.till, self.chance.choice(due).id, "done", "ok")
            self.made_fact("task", due[0].id)

    def page(self) -> None:
        feed = self.chance.choice([GLOBAL, STORE])
        self.numbers += 1
        if feed == GLOBAL:
            rank = {"id": f"t{self.numbers % 5}", "name": f"n{self.numbers}", "rank": self.numbers}
            self.hq.send(feed, *(("tier", f"t{self.numbers % 5}", rank), ("tier", f"t{self.numbers % 3}", None)))
        else:
            rule = {"kind": "amount_off", "amount": 100}
            self.hq.coupon(f"K{self.numbers % 7}", "M1", rule, name=f"n{self.numbers}")
        self.note_feed(feed, self.hq.heads[feed])

    def snapshot(self) -> None:
        """The global feed anew, in the way of ``loading.build`` but for its child process."""
        rows = [Row(t=one.t, k=one.k, v=one.v, d=one.d) for one in self.hq.live[GLOBAL].values()]
        rows.sort(key=lambda row: row.v)
        made = packed(GLOBAL, rows, per_chunk=20, version=self.hq.heads[GLOBAL], applied_seq=0)
        store = stored(self.folder, made)
        loading.swap(self.folder, loading.make(self.folder, [store], 0, OWN_KEY))
        store.drop()

    def restart(self) -> None:
        self.till.close()
        self.till = self.opened()
