"""What must be true of a till whose files a crash has left, whatever it was."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from posclient.actions import checkout, login, payment
from posclient.actions.till import Till, open_till
from posclient.db import inbox, journal
from posclient.db.at_rest import OwnKey
from posclient.db.live_cache import LiveCache
from posclient.domain.feeds import row_checksum
from posclient.errors import PosError
from tests.actions.kidswear import GLOBAL, OWN_KEY, STORE, ZONE, sku
from tests.crash.day import Day, of_facts, of_feed
from tests.crash.power_cut import Left

_numbers = count(1)


class LostError(AssertionError):
    """Something that was promised is not so."""


def judge(day: Day, left: Left, place: Path) -> None:
    """Put the files in the folder ``place``, open the till there and look. ``LostError``: what is wrong."""
    put(place, left.files)
    try:
        with opened(place, day) as till:
            _whole(till, day, left)
            _kept(till, left)
            _cache(till, day)
            _sells_on(till, left)
    except PosError as error:
        raise LostError(f"behind event {left.at}, {left.fate}: the till says {error}") from error
    except LostError as error:
        raise LostError(f"behind event {left.at}, {left.fate}: {error}") from error
    finally:
        shutil.rmtree(place)


def put(place: Path, files: Mapping[str, bytes]) -> None:
    place.mkdir()
    for name, content in files.items():
        path = place / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)


@contextmanager
def opened(folder: Path, day: Day) -> Iterator[Till]:
    """The till on it, as it starts up after a crash."""
    till = open_till(folder, clock=day.clock, new_id=lambda: f"later-{next(_numbers)}", own=OwnKey(OWN_KEY))
    try:
        yield till
    finally:
        till.close()


def _require(true: object, what: str) -> None:
    if not true:
        raise LostError(what)


def _whole(till: Till, day: Day, left: Left) -> None:
    """No page is damaged; of the facts the first n are there with all that they brought, at least those told of."""
    con = till.db
    found = con.execute("PRAGMA integrity_check").fetchall()
    _require(found == [("ok",)], f"integrity: {found}")
    _require(con.execute("PRAGMA foreign_key_check").fetchall() == [], "foreign keys")
    facts = con.execute("SELECT number FROM fact ORDER BY number").fetchall()
    told = max((int(what) for kind, what in _told(left) if kind == "facts"), default=0)
    _require(len(facts) >= told, f"{told} facts were told of, {len(facts)} are there")
    _require(len(facts) in day.facts, f"{len(facts)} facts were never a state")
    now = of_facts(con)
    differs = {name for name, _ in set(now) ^ set(day.facts[len(facts)])} or "some table"
    _require(now == day.facts[len(facts)], f"rows of {differs} are not those of the first {len(facts)} facts")
    _require(con.execute("SELECT number FROM outbox ORDER BY number").fetchall() == facts, "outbox and facts differ")
    _require(journal.verify_chain(con) is None, "the chain is broken")


def _kept(till: Till, left: Left) -> None:
    """Card money that was approved is in the open cart or in a sale."""
    approved = {what for kind, what in _told(left) if kind == "approved"}
    paid = {row[0] for row in till.db.execute("SELECT id FROM payment").fetchall()}
    here = {one.id for one in till.selling.cart.payments}
    _require(approved <= paid | here, f"card payments {approved - paid - here} are forgotten")


def _cache(till: Till, day: Day) -> None:
    """Each feed is as HQ had it at the cursor's version."""
    cache = LiveCache(till.folder)
    try:
        _require(cache.con.execute("PRAGMA integrity_check").fetchall() == [("ok",)], "integrity of the cache")
        cursors = inbox.cursors(cache)
        _require(cursors.keys() == {GLOBAL, ZONE, STORE}, f"feeds {sorted(cursors)}: the cache is gone")
        for feed, cursor in cursors.items():
            rows = of_feed(cache.con, feed)
            _require(rows == day.feeds.get((feed, cursor.version)), f"{feed} is not what it was at {cursor.version}")
            total = sum(row_checksum(name, row[0], row[2]) for name, row in rows) % 2**64
            _require((cursor.count, cursor.checksum) == (len(rows), total), f"{feed}: count or checksum")
    finally:
        cache.close()


def _sells_on(till: Till, left: Left) -> None:
    """The sale that was open can be finished, else a new one; its number is nobody else's."""
    receipts = {row[0] for row in till.db.execute("SELECT receipt FROM sale").fetchall()}
    told = {what.split()[1] for kind, what in _told(left) if kind == "sale"}
    _require(told <= receipts, f"sales {told - receipts} were told of")
    login.log_in(till, "1111", "G1")
    if till.selling.cart.card_attempt:
        payment.end_card(till, approved=True, reference="A2")
    view = checkout.view(till)
    if not view.paying:
        checkout.add(till, sku("A001"))
        view = payment.open(till)
    if view.due:
        payment.pay(till, "cash")
    done = payment.complete(till, view.cart_id)
    _require(done.receipt not in receipts, f"receipt {done.receipt} is used twice")
    seqs = [row[0] for row in till.db.execute("SELECT seq FROM sale ORDER BY seq").fetchall()]
    _require(seqs == list(range(1, len(receipts) + 2)), f"receipt numbers {seqs}")
    _require(journal.verify_chain(till.db) is None, "the chain is broken behind the next sale")


def _told(left: Left) -> list[tuple[str, str]]:
    return [tuple(json.loads(one)) for one in left.said]
