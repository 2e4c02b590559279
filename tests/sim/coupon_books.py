"""Who has to win a single-use coupon that two sales used, worked out by the rule of protocol.md (settlement) alone.

A use that stands on a lease or hold of HQ's wins, else the one that was received first. Written down is what HQ, which
works it out from what tills say, cannot know: when a sale was made by the true time, and which promises of HQ's lay at
the till then. Where two readings of the rule are possible nothing is said of that use: near the ends of a promise,
where a till could not know the time, and where HQ has forgotten what it promised, or had waited long enough.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlmodel import Session, select

from posclient.db.leases import is_given_up
from posclient.domain.leases import LONGEST_WAIT, MARGIN
from posclient.domain.signatures import HELD, LEASE, is_hqs
from sync.hq.contacts import instant
from sync.hq.fact_tables import CouponUseRow, FactRow
from sync.hq.lease_tables import LAPSED, CouponClaimRow, CouponLeaseRow, LossRow
from tests.sim.chain_to_copy import PUBLIC_CODE

if TYPE_CHECKING:
    from tests.sim.world import Till, World

#: By so much a sale's time may differ from the true one and the use is judged all the same: half of what HQ gives.
NEAR = MARGIN / 2
#: HQ's machines differ by seconds, and calls take none.
SLACK = timedelta(minutes=1)
#: A till makes up for no greater difference, and then HQ does: those that may be either are read in both ways.
FAR = timedelta(days=1) - SLACK
#: What a loss says of the sale that lost.
_BOOKED = "fact", "sale", "receipt", "store", "terminal", "cashier", "amount", "claimed", "approver"
#: What becomes of a use: it stands on HQ's word, or it does not; None where nobody can tell.
Stands = bool | None


@dataclass(frozen=True, slots=True)
class Promise:
    """HQ's signed word about a coupon, as it lies at a till; ``ends`` for the till, ``over`` for HQ."""

    coupon: str
    ends: datetime
    over: datetime


@dataclass(frozen=True, slots=True)
class Try:
    """Somebody completes a cart: ``at`` by the true time, ``wall`` by the till's own clock."""

    till: Till
    at: datetime
    wall: datetime
    promises: tuple[Promise, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """A use as HQ received it; ``body`` is the sale's fact, ``stands`` what the rule makes of it."""

    row: CouponUseRow
    fact: FactRow
    body: dict[str, Any]
    stands: Stands


@dataclass
class CouponBooks:
    """``tries`` by the sale's id: what comes to nothing is made again, and a cart of a copied disk is sold twice."""

    tries: defaultdict[str, list[Try]] = field(default_factory=lambda: defaultdict(list))

    def completing(self, till: Till) -> None:
        """The open cart is about to become a sale. To look is nothing that the till does: it cannot die of it."""
        with till.world.deaths.nobody_dies():
            cart = till.hands.till.selling.cart
            promises = tuple(_promises(till)) if cart.member else ()
        self.tries[cart.id].append(Try(till, till.world.time, till.clock.now(), promises))


def _promises(till: Till) -> Iterator[Promise]:
    """What is signed for this till or its store, and was not given up."""
    counter = till.hands.till
    me = counter.terminal
    for hold in counter.selling.cart.holds:
        if is_hqs(me.hq_key, hold.signature, HELD, me.terminal, hold.coupon, hold.hq_until):
            until = datetime.fromisoformat(hold.hq_until)
            yield Promise(hold.coupon, until, until + 2 * MARGIN)
    rows = counter.reference.cache.con.execute("SELECT key, store, not_after, signature FROM coupon_lease").fetchall()
    for coupon, store, not_after, signature in rows:
        signed = store == me.store and is_hqs(me.hq_key, signature, LEASE, coupon, store, not_after)
        if signed and not is_given_up(counter.db, me, coupon, not_after):
            end = datetime.fromisoformat(not_after)
            yield Promise(coupon, end - MARGIN, end + MARGIN)


def check(world: World) -> None:
    """When everybody has heard of everything."""
    with world.database.read() as session:
        leases = _by_coupon(session.exec(select(CouponLeaseRow)).all())
        losses = [row for row in session.exec(select(LossRow)) if row.kind == "coupon"]
        leased = {(row.fact, row.coupon): row.leased for row in session.exec(select(CouponClaimRow))}
        uses = _uses(world, session, leases)
    for coupon, of_it in uses.items():
        _the_right_one_wins(coupon, of_it)
        _losers_pay(of_it, [row for row in losses if row.subject == coupon])
        for one in of_it:
            said = leased.get((one.fact.id, coupon), False)
            assert one.stands in {None, said}, f"{_story(one)}: HQ says {said}"
    assert {row.subject for row in losses} <= uses.keys(), "a loss of a coupon that nobody used"


def _by_coupon(rows: Sequence[CouponLeaseRow]) -> defaultdict[str, list[CouponLeaseRow]]:
    found: defaultdict[str, list[CouponLeaseRow]] = defaultdict(list)
    for row in rows:
        found[row.coupon].append(row)
    return found


def _uses(
    world: World, session: Session, leases: defaultdict[str, list[CouponLeaseRow]]
) -> defaultdict[str, list[Use]]:
    """Of single-use coupons, in the order in which this HQ received them, or people let them count after all."""
    found: defaultdict[str, list[Use]] = defaultdict(list)
    for row in session.exec(select(CouponUseRow).order_by(text("coupon_use.rowid"))).all():
        if row.coupon != PUBLIC_CODE:
            fact = session.get_one(FactRow, row.fact)
            body = json.loads(fact.body)
            found[row.coupon].append(Use(row, fact, body, _stands(world, fact, body, leases[row.coupon], row.coupon)))
    return found


def _stands(world: World, fact: FactRow, body: dict[str, Any], rows: Sequence[CouponLeaseRow], coupon: str) -> Stands:
    """Does the use stand on HQ's word?"""
    made = _made(world, fact, body)
    if made is None or world.hq_misled:
        return None
    first, last = _span(made, body)
    mine = [row for row in rows if row.store == body["store"] and row.terminal in {None, fact.terminal}]
    here = [one for one in made.promises if one.coupon == coupon and first <= one.over + SLACK]
    late = instant(fact.received_ms) - made.at > LONGEST_WAIT - FAR
    kept = any(row.state != LAPSED and _covers(row, first, last) for row in mine)
    forgot = world.restored or world.headquarters.forgot  # with a member go the leases of what nobody had used
    excused = forgot or late or made.till.moved or made.till.replaced
    if any(last <= one.ends for one in here) and made.at - NEAR <= first and (kept or not excused):
        return True
    touched = any(row.state != LAPSED and _touches(row, first, last) for row in mine)
    return None if here or touched else False


def _made(world: World, fact: FactRow, body: dict[str, Any]) -> Try | None:
    """The try that became this sale, if that is certain."""
    tries = [one for one in world.coupons.tries[body["id"]] if fact.terminal in one.till.places]
    assert tries, f"nobody made sale {body['id']}"
    wall = datetime.fromisoformat(body["clock"]["at"])
    found = [one for one in tries if one.wall == wall]
    assert found, f"sale {body['id']} was made at another time"
    return found[-1] if len({one.at for one in found}) == 1 else None


def _span(made: Try, body: dict[str, Any]) -> tuple[datetime, datetime]:
    """From the earliest to the latest that HQ may take for the time of the sale, the true one among them."""
    at, offset = datetime.fromisoformat(body["at"]), timedelta(milliseconds=body["clock"]["offset_ms"] or 0)
    times = [made.at, at, *([at + offset] if abs(offset) > FAR else [])]
    return min(times), max(times)


def _covers(row: CouponLeaseRow, first: datetime, last: datetime) -> bool:
    return instant(row.from_ms) <= first + SLACK and last <= instant(row.not_after_ms)


def _touches(row: CouponLeaseRow, first: datetime, last: datetime) -> bool:
    """Is it in force at any of these times, or nearly so?"""
    near = MARGIN + SLACK
    return instant(row.from_ms) - near <= last and first <= instant(row.not_after_ms) + near


def _the_right_one_wins(coupon: str, uses: Sequence[Use]) -> None:
    winner = next(one for one in uses if one.row.first)
    assert any(winner is one for one in _may_win(uses)), f"{_story(winner)} won {coupon} of {[*map(_story, uses)]}"


def _may_win(uses: Sequence[Use]) -> Iterator[Use]:
    """The first that stands; whoever might stand before it; the first of all where it may be that none does."""
    for number, one in enumerate(uses):
        if one.stands is not False or (number == 0 and not any(other.stands for other in uses)):
            yield one
        if one.stands:
            return


def _losers_pay(uses: Sequence[Use], losses: Sequence[LossRow]) -> None:
    """One loss for each use that does not count, with its own place, people and amount; none for the one that does."""
    winner = next(one for one in uses if one.row.first)
    expected = sorted(_loss(one) for one in uses if one is not winner)
    booked = sorted(tuple(str(getattr(row, name)) for name in _BOOKED) for row in losses)
    assert booked == expected, f"losses {booked}, not {expected}"
    for row in losses:
        loser = next(one for one in uses if one.fact.id == row.fact)
        beaten = loser.stands is not True and winner.stands is not False
        assert row.settled == "first" or (row.settled == "lease" and beaten), f"{_story(loser)}: {row.settled}"


def _loss(use: Use) -> tuple[str, ...]:
    """As the sale's own fact has it."""
    body, coupon = use.body, use.row.coupon
    amount = next(one["amount"] for one in body["coupons"] if one["coupon"] == coupon)
    right = next((one for one in body.get("rights", []) if one["coupon"] == coupon), {"right": "", "approver": None})
    sale, paid_by = (body["id"], body["receipt"], body["store"]), (use.fact.terminal, body["cashier"], amount)
    return tuple(map(str, (use.fact.id, *sale, *paid_by, right["right"], right["approver"])))


def _story(use: Use) -> str:
    word = {True: "stands on HQ's word", False: "stands on nothing", None: "may stand"}[use.stands]
    return f"{use.body['receipt']} with {use.row.coupon} at {use.body['at']}, which {word}"
