"""Rules of leases: signed one by one, called back by every till's own word; and of members away from home."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from posclient.domain import facts
from posclient.domain.leases import MARGIN
from posclient.domain.pricing.kinds import read_coupon_rule
from posclient.domain.pricing.reading import Fields
from posclient.domain.signatures import HELD, LEASE, is_hqs
from posclient.errors import InputError
from sync.asking import HeldCoupon, HoldRequest, RefusedCoupon, VisitRequest
from sync.conformance.ground import ConformTill, Ground, new_id, stamp
from sync.conformance.rules import SkippedError, must, optional, rule
from sync.protocol import Row

#: Fen of a coupon's face that a chain leases where it does not say (``coupon_online_over``).
ONLINE_OVER = 10_000
NO_HOLDS, NO_VISITS = "HQ keeps nothing for carts: no POST /v1/hold", "HQ has no guests: no POST /v1/visit"


@dataclass(frozen=True, slots=True)
class Leased:
    """Two tills in the store of a member who has a coupon, one elsewhere, and the row of the coupon's lease."""

    home: ConformTill
    beside: ConformTill
    away: ConformTill
    member: str
    coupon: str
    row: dict[str, Any]


@rule("visit", "A member code that a store does not know: HQ says whose it is, and puts them into the store's feed")
def _visit(ground: Ground) -> None:
    home, away = ground.enrol(beside="H"), ground.enrol(beside="A")
    message, side, member = home.member(f"197{int(new_id()[-8:], 16) % 10**8:08d}")
    must(home.outcomes(message, sides=[side]) == ["applied"], "did not apply the registration")
    code = (home.rows(f"store:{home.me.store}")["member", member].d or {}).get("code", "")
    must(visit(away, code) == member, "did not name the member of the code")
    must(("member", member) in away.rows(f"store:{away.me.store}"), "the member is not in the store's feed")
    must(visit(away, new_id()) == "", "named a member for a code of nobody's")


@rule("lease.unasked", "A till that gives up what nobody leased to it: applied, and of no effect")
def _unasked(ground: Ground) -> None:
    till = ground.enrol()
    content = facts.lease_returned(new_id(), "2026-01-01T00:00:00+00:00", stamp())
    must(till.outcomes(till.fact(facts.LEASE_RETURNED, content)) == ["applied"], "did not apply it")


@rule(
    "lease.signed",
    "A coupon's lease is HQ's own: signed over the array of coupon, store and not_after, an end that is to come",
)
def _signed(ground: Ground) -> None:
    leased = _leased(ground)
    row, key = leased.row, leased.home.signer.hq_key
    must(row.get("store") == leased.home.me.store, "leased to another store than the member's home")
    lasts(leased.home, str(row.get("not_after")))
    signature = str(row.get("signature"))
    must(is_hqs(key, signature, LEASE, leased.coupon, row["store"], row["not_after"]), "no signature of HQ's")


@rule("lease.recall", "A leased coupon is called back; with the last till's word HQ holds it, signed, for who asked")
def _recall(ground: Ground) -> None:
    leased = _leased(ground)
    home, away = leased.home, leased.away
    said = hold(away, leased.coupon)
    must(isinstance(said, RefusedCoupon) and said.code == "recalling", "did not call the lease back")
    must(isinstance(said, RefusedCoupon) and said.store == home.me.store and said.again_s > 0, "names no store or time")
    must(lease_of(home, leased.coupon).get("recalled") is True, "the lease's row does not say recalled")
    end = leased.row["not_after"]
    give_up(leased.beside, leased.coupon, end)
    must(isinstance(hold(away, leased.coupon), RefusedCoupon), "one till's word ended it for the whole store")
    give_up(home, leased.coupon, "2026-01-01T00:00:00+00:00")
    must(isinstance(hold(away, leased.coupon), RefusedCoupon), "a word about another end ended it")
    give_up(home, leased.coupon, end)
    said = hold(away, leased.coupon)
    must(isinstance(said, HeldCoupon), "does not hold it though all tills gave it up")
    if isinstance(said, HeldCoupon):
        parts = away.me.terminal, said.coupon, said.until
        must(is_hqs(away.signer.hq_key, said.signature, HELD, *parts), "the hold is not signed by HQ")
    must(lease_of(home, leased.coupon) == {}, "the lease's row is still there")


def give_up(till: ConformTill, coupon: str, not_after: str) -> None:
    """A till's word that it relies no more on a lease of its store."""
    content = facts.lease_returned(coupon, not_after, stamp())
    must(till.outcomes(till.fact(facts.LEASE_RETURNED, content)) == ["applied"], "did not apply the till's word")


def _leased(ground: Ground) -> Leased:
    """``SkippedError`` where the chain leases no coupons, or has none to give to a newcomer."""
    store = f"H{new_id()[-6:]}"
    home, beside, away = ground.enrol(beside=store), ground.enrol(beside=store), ground.enrol(beside="A")
    chain = home.rows("global")
    leases = chain.get(("setting", "coupon_leases"))
    if leases is None or (leases.d or {}).get("value") is not True:
        raise SkippedError("the chain leases no coupons (setting coupon_leases)")
    template = _leasable(chain)
    if template is None:
        raise SkippedError("the chain has no coupon template whose coupons are leased")
    coupon = new_id()
    made = {"id": coupon, "template": template, "until": None}
    message, side, member = home.member(f"196{int(new_id()[-8:], 16) % 10**8:08d}", made)
    must(home.outcomes(message, sides=[side]) == ["applied"], "did not apply the registration")
    row = lease_of(home, coupon)
    must(row, "the newcomer's coupon is not leased to the store")
    must(lease_of(beside, coupon) == row, "another till of the store reads another lease")
    return Leased(home, beside, away, member, coupon, row)


def _leasable(chain: Mapping[tuple[str, str], Row]) -> str | None:
    """A template of the chain whose coupons are not so dear that they stay with HQ."""
    setting = chain.get(("setting", "coupon_online_over"))
    most = (setting.d or {}).get("value", ONLINE_OVER) if setting else ONLINE_OVER
    for (table, key), row in chain.items():
        if table == "coupon_template" and row.d and _is_leased(row.d["rule"], most):
            return key
    return None


def _is_leased(rule: Mapping[str, Any], most: int) -> bool:
    try:
        face = read_coupon_rule(Fields({**rule, "id": "K"}, "")).face
    except InputError:
        return False  # of a later program
    return not 0 < most < face


def lease_of(till: ConformTill, coupon: str) -> dict[str, Any]:
    """The lease of a coupon in the feed of the till's store, empty where there is none."""
    row = till.rows(f"store:{till.me.store}").get(("coupon_lease", coupon))
    return row.d or {} if row is not None else {}


def lasts(till: ConformTill, not_after: str, margin: timedelta = MARGIN) -> None:
    """Can the till rely on it at all? It stops ``margin`` before ``not_after``, by HQ's clock where that is ahead."""
    end, now = (datetime.fromisoformat(one) for one in (not_after, str(till.line.health().get("time"))))
    must(end.tzinfo is not None and now.tzinfo is not None, "a time without an offset")
    must(end - now > margin, f"over for a till before it begins: that stops {margin} before {not_after}")


def visit(till: ConformTill, code: str) -> str:
    """The member whose code is shown at a till; empty where it is nobody's."""
    return optional(lambda: till.line.visit(VisitRequest(code=code)), NO_VISITS).member


def hold(till: ConformTill, coupon: str) -> HeldCoupon | RefusedCoupon:
    """HQ's answer to a till that wants the coupon for its cart."""
    reply = optional(lambda: till.line.hold(HoldRequest(coupons=[coupon])), NO_HOLDS)
    answers: list[HeldCoupon | RefusedCoupon] = [*reply.held, *reply.refused]
    must(len(answers) == 1 and answers[0].coupon == coupon, "answers about another coupon")
    for one in reply.held:
        lasts(till, one.until, timedelta(0))
    return answers[0]
