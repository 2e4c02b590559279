"""What holds when everybody has heard of everything: nothing lost, nothing doubled, both ends equal."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlmodel import select

from posclient.actions import colleagues
from posclient.db import inbox, outbox
from posclient.db.at_rest import OwnKey
from posclient.db.cache_tables import PRIVATE, TABLES, Table
from posclient.db.live_cache import LiveCache
from posclient.db.terminal import FORK
from posclient.domain.facts import SALE_COMPLETED
from posclient.domain.feeds import row_checksum, unsigned
from posclient.domain.leases import LONGEST_WAIT
from posclient.domain.leases import VALUE as UNIT_OF_VALUE
from posclient.domain.points import earned_points
from sync.hq.chain_tables import CouponRow, MemberAlias, MemberRow
from sync.hq.console_tables import Handled
from sync.hq.contacts import instant
from sync.hq.fact_tables import (
    CouponUseRow,
    FactRow,
    PaymentRow,
    Quarantine,
    SaleRow,
)
from sync.hq.handling import APPLIED
from sync.hq.lease_tables import CouponClaimRow, CouponLeaseRow, LossRow, ValueAccountRow
from sync.hq.tables import Feed, FeedRow
from tests.sim import lease_books
from tests.sim.chain_to_copy import MEMBERS, POINTS, PUBLIC_CODE, VALUE
from tests.sim.world import Till, World

#: How HQ calls what a copy goes on with: a hub may bring the later of it first, and believes that it has the earlier.
COPIED = {FORK, "bad_hash"}
#: And the cart that lay on it may be sold once more by a till that was enrolled anew before anybody saw it is a copy.
FORKED = COPIED | {"id_taken"}
#: A till's clock may have run ahead by so much when it sold.
SKEW = timedelta(days=1)


def check(world: World) -> None:
    """All of it."""
    for till in world.tills.values():
        _facts_are_equal(world, till)
        _feeds_are_equal(world, till)
        _managers_are_confirmed(till)
    _sales_are_there_once(world)
    _coupons_count_once(world)
    _public_code_always_counts(world)
    _effects_happened_once(world)
    _points_are_what_was_earned(world)
    _phones_have_one_member(world)
    _books_are_right(world)
    _value_is_what_was_spent(world)
    _losses_have_a_reason(world)
    _rights_are_borne_out(world)


def stored(world: World, table: Any) -> list[Any]:
    with world.database.read() as session:
        return list(session.exec(_all(table)))


@cache
def _all(table: Any) -> Any:
    """Made once: a schedule asks for some thirty tables."""
    return select(table)


def _facts_are_equal(world: World, till: Till) -> None:
    con = till.hands.till.db
    own = con.execute("SELECT incarnation, seq, id, kind, body, hash FROM fact ORDER BY number").fetchall()
    forgotten = {fact[2] for fact in own if not fact[4]}  # body and outbox row, once HQ's backup had them
    there = [
        (row.incarnation, row.seq, row.id, row.kind, b"" if row.id in forgotten else row.body, bytes.fromhex(row.hash))
        for row in sorted(stored(world, FactRow), key=lambda row: row.seq)
        if row.terminal in till.places
    ]
    chains: defaultdict[str, list[int]] = defaultdict(list)
    for fact in own:
        chains[fact[0]].append(fact[1])
    assert all(seqs == list(range(1, len(seqs) + 1)) for seqs in chains.values()), f"{till.name}: seqs are not dense"
    if till.replaced:  # HQ has what the lost disk had too, and keeps aside what was made in its place
        # by their hashes: a cart that lay on the copy is sold twice under one id
        forks = {bytes.fromhex(row.hash): row.code for row in stored(world, Quarantine) if row.code in FORKED}
        ends_here = bool(own) and own[-1][0] == till.me.incarnation
        assert not ends_here or forks.get(own[-1][5]) not in COPIED, f"{till.name} goes on as a copy"
        own = [fact for fact in own if fact[5] not in forks]
        there = [fact for fact in there if fact in set(own)]
    assert sorted(there) == sorted(own), f"{till.name}: HQ has {len(there)} facts, the till {len(own)}"
    sold = {row[0] for row in con.execute("SELECT id FROM sale").fetchall()}
    told = world.counters.seen.get(till.name, set()) | set(till.hands.told)
    assert told <= sold, f"{till.name}: a sale that was told of is gone"
    assert outbox.backlog(con, world.time).count == 0, f"{till.name}: something is unsent"


def _feeds_are_equal(world: World, till: Till) -> None:
    with world.database.read() as session:
        heads = {feed.name: feed for feed in session.exec(select(Feed))}
        rows = list(session.exec(select(FeedRow)))
    with closing(LiveCache(till.folder, own=till.own)) as cache:
        cursors = inbox.cursors(cache)
        assert len(cursors) == 4, f"{till.name}: follows {sorted(cursors)}"
        for name, cursor in cursors.items():
            head = heads[name]
            theirs = {_wire_row(row, till.own) for row in rows if row.feed == name and row.data is not None}
            ours = {row for table in TABLES for row in _cached(cache, table, name)}
            assert ours == theirs, f"{till.name}, {name}: rows differ, {sorted(ours ^ theirs, key=repr)[:4]}"
            place = (cursor.epoch, cursor.version, cursor.count, cursor.checksum)
            there = (head.epoch, head.head, head.count, unsigned(head.checksum))
            assert place == there, f"{till.name}, {name}: at {place}, HQ at {there}"
            made = sum(row_checksum(row[0], row[1], row[2]) for row in ours) % 2**64
            assert cursor.checksum == made, f"{till.name}, {name}: checksum"


def _managers_are_confirmed(till: Till) -> None:
    """S-23: also after HQ was restored, and on a machine that changed stores."""
    trust = till.own.trust
    assert trust is not None, f"{till.name} does not know its vault"
    assert trust.staff, f"{till.name} has seen no list of staff"
    assert not colleagues.powers_rest(till.hands.till), f"{till.name}: managers' word does not count"


def _wire_row(row: FeedRow, own: OwnKey) -> tuple[Any, ...]:
    """A row of HQ's as the till keeps it, but for what is sealed anew each time."""
    table = TABLES[row.table_name]
    values = table.values(row.key, json.loads(row.data or "null"), own.at_rest)
    return (table.name, row.key, row.version, *_opened(table, row.key, own, values))


def _opened(table: Table, key: str, own: OwnKey, values: Sequence[Any]) -> list[Any]:
    names = [name for name, _ in table.columns]
    opened = own.needed().open
    return [opened(table.place(key), one) if name == PRIVATE else one for name, one in zip(names, values, strict=True)]


def _cached(cache: LiveCache, table: str, feed: str) -> list[tuple[Any, ...]]:
    names = ", ".join(f'"{name}"' for name in ("key", "version", *(name for name, _ in TABLES[table].columns)))
    found = cache.con.execute(f"SELECT {names} FROM {table} WHERE feed = ?", (feed,)).fetchall()
    return [(table, *row[:2], *_opened(TABLES[table], row[0], cache.own, row[2:])) for row in found]


def _sales_are_there_once(world: World) -> None:
    """But for what a revoked till sent, which is kept aside until somebody tries it again: nobody's number is there
    twice.
    """
    aside = stored(world, Quarantine)
    counts = {int(row.subject) for row in stored(world, Handled) if (row.kind, row.how) == ("quarantine", APPLIED)}
    moved = {place for till in world.tills.values() if till.moved for place in till.places}
    replaced = {place for till in world.tills.values() if till.replaced for place in till.places}
    known = {"revoked": moved} | dict.fromkeys(FORKED, replaced)
    if world.restored and world.headquarters.forgot:  # their registration comes again without the record of them
        known["side_missing"] = {place for till in world.tills.values() for place in till.places}
    other = [(row.kind, row.code, row.detail) for row in aside if row.terminal not in known.get(row.code, ())]
    assert other == [], f"quarantined: {other}"
    if not world.restored:
        said = {fact for till in world.tills.values() for fact in _told_to_be_aside(till)}
        assert said <= {row.fact for row in aside}, "a till was told that facts are aside, and they count"
    sales = Counter(row.id for row in stored(world, SaleRow))
    waits = [row for row in aside if row.number not in counts]
    sales.update(json.loads(row.body)["id"] for row in waits if row.kind == SALE_COMPLETED)
    rung = [
        row
        for till in world.tills.values()
        for row in till.hands.till.db.execute("SELECT id, receipt FROM sale").fetchall()
    ]
    mine = Counter(row[0] for row in rung)
    # a cart that lay on the copy may be sold once more: HQ has that aside, with what the lost disk had sold
    assert mine == sales or (replaced and mine.keys() <= sales.keys()), f"sales differ: {sales}, {rung}"
    assert max(Counter(row[1] for row in rung).values(), default=1) == 1, "a receipt number is there twice"


def _told_to_be_aside(till: Till) -> list[str]:
    sql = "SELECT id FROM fact JOIN outbox USING (number) WHERE outcome = 'quarantined'"
    return [row[0] for row in till.hands.till.db.execute(sql).fetchall()]


def _coupons_count_once(world: World) -> None:
    """One use of a single-use coupon counts; the tills of all others were told."""
    uses: defaultdict[str, list[CouponUseRow]] = defaultdict(list)
    for row in stored(world, CouponUseRow):
        if row.coupon != PUBLIC_CODE:
            uses[row.coupon].append(row)
    told = {row.key for row in stored(world, FeedRow) if row.table_name == "fact_outcome" and row.data is not None}
    for coupon, of_it in uses.items():
        assert sum(row.first for row in of_it) == 1, f"coupon {coupon} counts {sum(row.first for row in of_it)} times"
        assert {row.fact for row in of_it if not row.first} <= told, f"nobody was told of coupon {coupon}"
    states = {row.id: row.state for row in stored(world, CouponRow)}
    assert all(states.get(coupon, "used") == "used" for coupon in uses), "a coupon that was used is still good"


def _public_code_always_counts(world: World) -> None:
    """Whoever used it, and however often: nobody loses, and nobody is promised it."""
    assert all(row.first for row in stored(world, CouponUseRow) if row.coupon == PUBLIC_CODE), "a public code was lost"
    assert PUBLIC_CODE not in {row.subject for row in stored(world, LossRow)}, "a public code is somebody's loss"
    rights = [*stored(world, CouponLeaseRow), *stored(world, CouponClaimRow)]
    assert PUBLIC_CODE not in {row.coupon for row in rights}, "a public code was leased, held or claimed"
    assert {row.state for row in stored(world, CouponRow) if row.id == PUBLIC_CODE} == {"active"}


def _effects_happened_once(world: World) -> None:
    """Stock is what the sales and orders make of what people counted."""
    with world.database.read() as session:
        world.headquarters.stock.check(session)


def _points_are_what_was_earned(world: World) -> None:
    """T-16: less what members paid with, but for those who had fewer: a loss says only what the missing were worth."""
    sales = {row.fact: row for row in stored(world, SaleRow)}
    aliases = {row.old: row.new for row in stored(world, MemberAlias)}
    points: Counter[str] = Counter()
    for sale in sales.values():
        if sale.member:
            points[aliases.get(sale.member, sale.member)] += sale.points
    codes = {f"C{name}": name for name in MEMBERS}
    for sale in sales.values():
        if sale.claimed_code in codes:
            points[codes[sale.claimed_code]] += earned_points(sale.total, 1)
    for paid in stored(world, PaymentRow):
        if paid.tender == "points":
            member = sales[paid.fact].member
            points[aliases.get(member, member)] -= int(paid.reference)
    short = {aliases.get(loss.subject, loss.subject) for loss in stored(world, LossRow) if loss.kind == "points"}
    for row in (one for one in stored(world, MemberRow) if one.id not in short):
        began = POINTS if row.id in MEMBERS else 0
        assert row.points == began + points[row.id], f"points of {row.id}: {row.points}, not {began + points[row.id]}"


def _phones_have_one_member(world: World) -> None:
    phones = Counter(row.phone_index for row in stored(world, MemberRow))
    assert max(phones.values()) == 1, "a phone has two members"


def _books_are_right(world: World) -> None:
    """S-17, S-18: no lease is overspent, no coupon is promised to two places."""
    with world.database.read() as session:
        wrong = lease_books.faults(session)
    assert wrong == [], wrong


def _value_is_what_was_spent(world: World) -> None:
    """S-18: what members paid with is gone from their balance, but for what nobody had."""
    sales = {row.fact: row for row in stored(world, SaleRow)}
    aliases = {row.old: row.new for row in stored(world, MemberAlias)}
    spent: Counter[str] = Counter()
    for paid in stored(world, PaymentRow):
        if paid.tender == "stored_value":
            member = sales[paid.fact].member
            spent[aliases.get(member, member)] += paid.amount
    for loss in stored(world, LossRow):
        if loss.kind == "stored_value":
            spent[aliases.get(loss.subject, loss.subject)] -= loss.amount
    for account in (row for row in stored(world, ValueAccountRow) if row.unit == UNIT_OF_VALUE):
        assert account.balance == VALUE - spent[account.member], f"balance of {account.member}: {account.balance}"


def _losses_have_a_reason(world: World) -> None:
    """Whoever keeps to a lease or a hold loses nothing, unless HQ was restored and forgot what it had promised, or has
    waited for the sale as long as it waits for anybody.

    A store's tills share its lease of a coupon: without a line between them one may lose to the other, also one for
    whom HQ holds it.
    """
    losses, uses = stored(world, LossRow), stored(world, CouponUseRow)
    lost = Counter(row.subject for row in losses if row.kind == "coupon")
    assert lost == Counter(row.coupon for row in uses if not row.first), "the loss account misses a coupon"
    if world.restored or world.hq_misled:
        return
    sales = {row.fact: row for row in stored(world, SaleRow)}
    winners = {row.coupon: sales[row.fact] for row in uses if row.first}
    received = {row.id: instant(row.received_ms) for row in stored(world, FactRow)}
    aside = {row.fact for row in stored(world, Quarantine)}
    for row in (one for one in losses if one.fact not in aside):
        at = datetime.fromisoformat(sales[row.fact].at)
        if received[row.fact] - at > LONGEST_WAIT - SKEW:
            continue
        story = f"{row.kind} {row.subject}: {row.receipt} lost its {row.claimed}, {row.settled}"
        assert row.kind == "coupon", story
        assert row.claimed not in {"hold", "lease"} or winners[row.subject].store == row.store, story


def _is_younger(sale: SaleRow, from_ms: int | None) -> bool:
    """Was it made after the coupon was first leased, as HQ remembers it?"""
    return from_ms is not None and datetime.fromisoformat(sale.at) > instant(from_ms) - SKEW / 24


def _rights_are_borne_out(world: World) -> None:
    """S-17: a sale says that it used a coupon by HQ's promise alone while HQ kept it, also where nobody else wanted it.

    As above of a restored HQ, and of one that has waited for the sale as long as it waits; a till whose clock is wrong
    cannot tell when a promise ends, and one that has lost its place may not be heard in time.
    """
    if world.restored or world.hq_misled:
        return
    sales = {row.fact: row for row in stored(world, SaleRow)}
    received = {row.id: instant(row.received_ms) for row in stored(world, FactRow)}
    aside = {row.fact for row in stored(world, Quarantine)}
    known = {row.id for row in stored(world, CouponRow)}
    claims = [one for one in stored(world, CouponClaimRow) if one.fact not in aside]
    if world.headquarters.forgot:  # a till that was away used what its member had before they were forgotten
        leased = sorted(stored(world, CouponLeaseRow), key=lambda row: -row.from_ms)
        first = {row.coupon: row.from_ms for row in leased}
        # who registers anew has the same newcomer coupon again, and of the first one's lease nothing is left
        claims = [one for one in claims if one.coupon in known and _is_younger(sales[one.fact], first.get(one.coupon))]
    for claim in claims:
        sale = sales[claim.fact]
        till = next(one for one in world.tills.values() if sale.terminal in one.places)
        late = received[claim.fact] - datetime.fromisoformat(sale.at) > LONGEST_WAIT - SKEW
        if claim.claimed in {"hold", "lease"} and not (late or till.misled or till.moved):
            assert claim.leased, f"{sale.receipt} used {claim.coupon} by a {claim.claimed} that was over"
