"""Rules of settlement: two sales used one coupon, both stand, and the till of the one that lost is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from posclient.domain import facts
from posclient.domain.sale import CouponUse
from sync.asking import HeldCoupon, RefusedCoupon
from sync.conformance.covered import of_store, of_terminal
from sync.conformance.ground import ConformTill, Ground, new_id
from sync.conformance.leasing import give_up, hold, lease_of
from sync.conformance.rules import BrokenError, SkippedError, must, rule
from sync.conformance.sales import PRICE, priced
from sync.protocol import FactMessage

TWICE = "coupon_used_twice"
#: What each of the sales takes off, in fen.
OFF = 300
_HOLD = "hold"
#: A till's clock may be so far off; it dates its sales by HQ's time all the same.
HOUR_MS = 3_600_000
#: Or was put back since, and HQ not heard again.
PUT_BACK = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Owned:
    """A newcomer's coupon, a till in its member's home store, and one elsewhere."""

    home: ConformTill
    away: ConformTill
    member: str
    coupon: str
    template: str

    def sale(self, till: ConformTill, right: str = "", offset_ms: int | None = None, **changes: Any) -> FactMessage:
        """A sale at ``till`` that uses the coupon, by which ``right``; ``offset_ms``: HQ's clock minus the till's."""
        rights = (facts.CouponRight(self.coupon, right),) if right else ()
        use = CouponUse(self.coupon, OFF, None, self.template)
        return till.sale(*rights, member=self.member, offset_ms=offset_ms, **priced(PRICE - OFF, coupon=use), **changes)


@rule("coupon.twice", "A second sale with a single-use coupon: applied_with_exception, and its till's feed says why")
def _twice(ground: Ground) -> None:
    owned = _owned(ground)
    first, second = owned.sale(owned.home), owned.sale(owned.away)
    must(owned.home.outcomes(first) == ["applied"], "did not apply the first sale")
    said = owned.away.outcome(second)
    must((said.outcome, said.code) == ("applied_with_exception", TWICE), f"{said.outcome}, code {said.code}")
    _lost(owned.away, second.id, "lease", "first")
    must(not of_terminal(owned.home, "fact_outcome", first.id), "tells the till whose sale was the first, too")
    must(owned.away.outcomes(second) == ["duplicate"], "did not call the second sale a duplicate")


@rule(
    "coupon.right", "A sale on HQ's hold wins over an earlier one without, whatever its till's clock; the loser is told"
)
def _right(ground: Ground) -> None:
    right = timedelta()
    for offset_ms, back in ((None, right), (HOUR_MS, right), (-HOUR_MS, right), (0, PUT_BACK)):
        owned = _owned(ground)
        _held_away(owned)
        early = owned.sale(owned.home)
        must(owned.home.outcomes(early) == ["applied"], "did not apply a sale of a coupon that nobody had used")
        said = owned.away.outcome(owned.sale(owned.away, _HOLD, offset_ms, at=datetime.now(UTC) - back))
        clock = f"{offset_ms} ms behind HQ's" if offset_ms else "put back by an hour" if back else "right"
        told = f"{said.outcome}, code {said.code}, for the sale that HQ held the coupon for, by a clock that is {clock}"
        must(said.outcome == "applied", told)
        _lost(owned.home, early.id, "lease")


@rule("coupon.hold", "A till that asks for a coupon is told used where a sale has used it, unknown where there is none")
def _asked(ground: Ground) -> None:
    owned = _owned(ground)
    must(owned.home.outcomes(owned.sale(owned.home)) == ["applied"], "did not apply the sale")
    for till, coupon, code in (
        (owned.away, owned.coupon, "used"), (owned.home, owned.coupon, "used"), (owned.away, new_id(), "unknown"),
    ):  # fmt: skip
        said = hold(till, coupon)
        if isinstance(said, HeldCoupon):
            raise BrokenError(f"holds a coupon that is {code}")
        must(said.code == code, f"says {said.code} of a coupon that is {code}")


@rule("coupon.held", "A coupon that HQ holds is that one till's: all others are told held, and by which store")
def _is_kept(ground: Ground) -> None:
    owned = _owned(ground)
    _held_away(owned)
    for till, codes in ((owned.home, {"held"}), (ground.enrol(beside="A"), {"held", "held_here"})):
        said = hold(till, owned.coupon)
        if isinstance(said, HeldCoupon):
            raise BrokenError("holds a coupon for a second till: both would use it")
        must(said.code in codes, f"says {said.code} of a coupon that is held for another till")
        here = {owned.away.me.store, owned.away.me.terminal} if said.code == "held_here" else {owned.away.me.store}
        must(said.store in here, f"says that {said.store or 'nobody'} has what it holds for {owned.away.me.terminal}")
    must(isinstance(hold(owned.away, owned.coupon), HeldCoupon), "the till that it is held for has it no more")


@rule("coupon.used", "A page that covers a sale has its coupon as used, or not at all, and no lease of it any more")
def _used(ground: Ground) -> None:
    owned = _owned(ground)
    must(of_store(owned.home, "coupon", owned.coupon).get("state") == "active", "the new coupon is not in the feed")
    must(owned.home.outcomes(owned.sale(owned.home)) == ["applied"], "did not apply the sale")
    must(of_store(owned.home, "coupon", owned.coupon).get("state") != "active", "the used coupon is still good")
    must(not lease_of(owned.home, owned.coupon), "the used coupon is still leased")


def _lost(till: ConformTill, fact: str, *settled: str) -> None:
    row = of_terminal(till, "fact_outcome", fact)
    must(row.get("code") == TWICE, "no row of it in the feed of the till that lost")
    detail = row.get("detail") or {}
    must(detail.get("settled") in settled, f"settled by {detail.get('settled')}, not {' or '.join(settled)}")


def _held_away(owned: Owned) -> None:
    """HQ holds it for the till elsewhere; the home store gives up its lease, where it has one."""
    said = hold(owned.away, owned.coupon)
    if isinstance(said, RefusedCoupon) and said.code == "recalling":
        give_up(owned.home, owned.coupon, str(lease_of(owned.home, owned.coupon).get("not_after")))
        said = hold(owned.away, owned.coupon)
    must(isinstance(said, HeldCoupon), "does not hold a coupon that nobody has")


def _owned(ground: Ground) -> Owned:
    """``SkippedError`` where the chain has no coupon that a newcomer could be given."""
    home, away = ground.enrol(beside=f"C{new_id()[-6:]}"), ground.enrol(beside="A")
    template = next((key for (table, key) in away.rows("global") if table == "coupon_template"), None)
    if template is None:
        raise SkippedError("the chain has no coupon template")
    coupon = new_id()
    message, side, member = home.member(ground.phone(), {"id": coupon, "template": template, "until": None})
    must(home.outcomes(message, sides=[side]) == ["applied"], "did not apply the registration")
    return Owned(home, away, member, coupon, template)
