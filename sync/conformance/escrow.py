"""Rules of stored value and points: what tills may spend by themselves is never more than there is.

They are asked with points: those a sale brings, while stored value comes to a member from the chain alone, and nothing
of that is spent. At HQ both lie in the same escrow, in a unit each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from posclient.domain.leases import POINTS, VALUE
from posclient.domain.points import FEN_OF_A_YUAN, earned_points
from posclient.domain.signatures import VALUE_LEASE, is_hqs
from posclient.domain.tenders import Payment
from sync.asking import HoldRequest, ValueOnTop
from sync.conformance.covered import covered, of_store, of_terminal, setting
from sync.conformance.ground import ConformTill, Ground, new_id
from sync.conformance.leasing import NO_HOLDS, lasts, visit
from sync.conformance.rules import BrokenError, SkippedError, must, optional, rule
from sync.conformance.sales import priced
from sync.protocol import FactMessage

#: Fen of the sale that brings the points, and more of them than anybody has.
BOUGHT, ALL = 20_000, 10**6
OVERSPENT = "points_overspent"


@dataclass(frozen=True, slots=True)
class Funded:
    """A member with ``balance`` points, two tills of their home store, and one elsewhere. No till has a lease yet."""

    home: ConformTill
    beside: ConformTill
    away: ConformTill
    member: str
    balance: int
    for_yuan: int

    @property
    def tills(self) -> tuple[ConformTill, ...]:
        return self.home, self.beside, self.away

    def left(self) -> int:
        """Points that HQ says the member has."""
        return int(of_store(self.home, "member", self.member).get("points", -1))

    def leased(self) -> int:
        """Points that tills may spend by themselves; asking for them is a contact of each till."""
        return sum(row["amount"] for till in self.tills for row in self.leases(till))

    def leases(self, till: ConformTill) -> Sequence[Mapping[str, Any]]:
        """The rows of this member's points in the till's feed, each of which HQ has signed."""
        rows = covered(till, f"terminal:{till.me.terminal}")
        found = [row.d for (table, _), row in rows.items() if table == "value_lease" and row.d]
        mine = [row for row in found if row.get("member") == self.member and row.get("unit") == POINTS]
        for row in mine:
            _check(till, self.member, POINTS, row)
        return mine

    def on_top(self, till: ConformTill, points: int) -> ValueOnTop | None:
        """Ask for more of them at the counter."""
        return _on_top(till, self.member, POINTS, points)

    def spend(self, till: ConformTill, points: int) -> FactMessage:
        """A sale that is paid with points alone."""
        due = max(1, points * FEN_OF_A_YUAN // self.for_yuan)
        return till.sale(member=self.member, **priced(due, Payment("p1", POINTS, due, due, str(points))))


@rule("value.leased", "Points are leased to each till of the home store, signed; never more than there are, nor twice")
def _leased(ground: Ground) -> None:
    funded = with_points(ground)
    if setting(funded.away, "points_offline", False) is not True or setting(funded.away, "points_lease", 1) <= 0:
        raise SkippedError("the chain leases no points (setting points_offline)")
    for till, wanted in ((funded.home, True), (ground.enrol(beside="A"), False), (funded.beside, True)):
        must(
            bool(funded.leases(till)) == wanted, "not each till of the home store, and no other, has a lease by itself"
        )
    must(0 < funded.leased() <= funded.balance, f"leased {funded.leased()} of {funded.balance} points")
    funded.on_top(funded.away, ALL)
    for _ in range(2):
        must(
            funded.leased() == funded.balance, f"{funded.leased()} points are leased of {funded.balance}, none is free"
        )
    must(funded.on_top(funded.away, 1) is None, "leases on top what it has leased already")
    must(funded.left() == funded.balance, "a lease has changed the balance")


@rule("value.on_top", "A till that asks gets what is free on top, signed and in its feed; another what is left then")
def _asked(ground: Ground) -> None:
    funded = with_points(ground)
    first = funded.on_top(funded.away, funded.balance // 3)
    must(first is not None and first.amount == funded.balance // 3, "does not lease what is free")
    funded.on_top(funded.beside, ALL)
    funded.on_top(funded.home, ALL)
    must(funded.leased() == funded.balance, f"{funded.leased()} points are leased of {funded.balance}, none is free")


@rule(
    "value.spent", "A sale is booked from its till's leases; what nobody had is an exception, and never below nothing"
)
def _spent(ground: Ground) -> None:
    funded = with_points(ground)
    funded.on_top(funded.away, funded.balance // 3)
    most = funded.on_top(funded.home, funded.balance // 3)
    if most is None:
        raise BrokenError("does not lease what is free")
    funded.on_top(funded.away, ALL)
    others = funded.leased() - sum(row["amount"] for row in funded.leases(funded.home))
    must(funded.home.outcomes(funded.spend(funded.home, most.amount // 2)) == ["applied"], "did not apply the sale")
    left = funded.balance - most.amount // 2
    must(funded.left() == left, f"{funded.left()} points, not {left}, after the sale")
    must(funded.leased() == left, f"{funded.leased()} points are leased, {left} are there")
    sale = funded.spend(funded.home, ALL)
    said = funded.home.outcome(sale)
    must((said.outcome, said.code) == ("applied_with_exception", OVERSPENT), f"{said.outcome}, code {said.code}")
    must(of_terminal(funded.home, "fact_outcome", sale.id).get("code") == OVERSPENT, "no row of it in the till's feed")
    must(funded.left() == funded.leased() == others, "what other tills have on lease was spent, or is there no more")
    row = of_terminal(funded.home, "value_lease", most.id)
    must(row.get("amount") == 0, "no row of 0 of the lease that is spent: a cart goes by what it was told of it")


@rule("value.stored", "So it is with stored value, leased on top in a unit of its own (--value-of CODE)")
def _stored(ground: Ground) -> None:
    if not ground.value_of:
        raise SkippedError("no member was named whose stored value may be leased for some minutes")
    one, two = ground.enrol(beside="A"), ground.enrol(beside="B")
    member = visit(one, ground.value_of)
    balance = of_store(one, "member", member).get("stored_value", 0)
    first = _on_top(one, member, VALUE, balance // 2) if balance > 1 else None
    if first is None:
        raise SkippedError("that member has none, or none that is free")
    second = _on_top(two, member, VALUE, 2 * balance)
    leased = first.amount + (second.amount if second is not None else 0)
    must(leased <= balance, f"{leased} fen are leased on top of {balance}")
    for till in (one, two):
        must(_on_top(till, member, VALUE, 1) is None, "leases on top what it has leased already")
    must(of_store(one, "member", member).get("stored_value") == balance, "a lease has changed the balance")


def _check(till: ConformTill, member: str, unit: str, row: Mapping[str, Any]) -> None:
    """Has HQ signed this lease, for this till, and can it be spent?"""
    lasts(till, str(row.get("not_after")))
    parts = till.me.terminal, row["id"], member, unit, row["amount"], row["not_after"]
    signed = is_hqs(till.signer.hq_key, str(row.get("signature")), VALUE_LEASE, *parts)
    must(signed, "a lease without HQ's signature for its till")
    must(row["amount"] >= 0, f"a lease of {row['amount']}")


def _on_top(till: ConformTill, member: str, unit: str, most: int) -> ValueOnTop | None:
    """Ask for more at the counter; what is given must be in the till's feed as it was told."""
    request = HoldRequest.model_validate({"member": member, unit: most})
    reply = optional(lambda: till.line.hold(request), NO_HOLDS)
    found = reply.points if unit == POINTS else reply.value
    if found is None or not found.amount:
        return None
    must(reply.incarnation in {"", till.incarnation}, "the answer is to another enrolment")
    must(found.amount <= most, f"leased {found.amount} on top, {most} were asked for")
    _check(till, member, unit, found.model_dump())
    row = of_terminal(till, "value_lease", found.id)
    must(row.get("amount") == found.amount, "what was leased on top is not in the till's feed as it was told")
    must(row.get("unit", VALUE) == unit, "what was leased on top is of another unit")
    return found


def with_points(ground: Ground) -> Funded:
    """A member whom a sale has brought points. ``SkippedError`` where points are no tender, or sales earn none."""
    store = f"V{new_id()[-6:]}"
    home, beside, away = ground.enrol(beside=store), ground.enrol(beside=store), ground.enrol(beside="A")
    for_yuan = setting(away, "points_for_yuan", 0)
    if not for_yuan:
        raise SkippedError("points are no tender here (setting points_for_yuan)")
    balance = earned_points(BOUGHT, setting(away, "points_per_yuan", 1))
    if balance < 10:
        raise SkippedError("sales earn no points here (setting points_per_yuan)")
    message, side, member = home.member(ground.phone())
    sale = home.sale(member=member, points=balance, points_base=BOUGHT, **priced(BOUGHT))
    must(home.outcomes(message, sale, sides=[side]) == ["applied"] * 2, "did not apply a sale with points")
    return Funded(home, beside, away, member, balance, for_yuan)
