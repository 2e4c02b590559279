"""The rule of machines: what was leased to one is not the next one's, which has its place in the store now.

The machine before may be shut out and sell on all the same, without a line: nobody has told it yet (S-18).
"""

from __future__ import annotations

from sync.conformance.covered import of_store
from sync.conformance.escrow import ALL, Funded, with_points
from sync.conformance.ground import ConformTill, Ground
from sync.conformance.rules import BrokenError, must, rule
from sync.protocol import PushRequest


@rule("value.machine", "A slot enrolled anew: what was leased to its machine stays with that one, and is nobody else's")
def _machine(ground: Ground) -> None:
    funded = with_points(ground)
    old = funded.home
    if funded.on_top(old, funded.balance // 3) is None:
        raise BrokenError("does not lease what is free")
    theirs = _leases(funded, old)
    new = ground.enrol(old.me.slot, at=old.me.store)
    must(not theirs.keys() & _leases(funded, new).keys(), "another machine has the leases of the one before")
    funded.on_top(new, ALL)
    funded.on_top(funded.away, ALL)
    leased = sum(sum(_leases(funded, till).values()) for till in (new, funded.beside, funded.away))
    kept = sum(theirs.values())
    must(leased + kept <= funded.balance, f"{leased} points are leased of {funded.balance}, {kept} to the one before")
    theirs = _leases(funded, new)
    same = ground.enrol(new.me.slot, at=new.me.store, earlier=new.incarnation)
    must(theirs.items() <= _leases(funded, same).items(), "a machine that is enrolled anew has its own leases no more")
    _late(funded, same, kept)


def _late(funded: Funded, till: ConformTill, kept: int) -> None:
    """What the machine before has sold comes after all, with its place."""
    (said,) = till.line.push(PushRequest(facts=[funded.spend(funded.home, kept)])).outcomes
    must(said.outcome == "applied", f"{said.outcome}, code {said.code}, for a sale on leases of the machine before")
    left = of_store(till, "member", funded.member).get("points")
    must(left == funded.balance - kept, f"{left} points after that, not {funded.balance - kept}")


def _leases(funded: Funded, till: ConformTill) -> dict[str, int]:
    """What the till has of the member's points, by the leases' ids."""
    return {str(row["id"]): int(row["amount"]) for row in funded.leases(till)}
