"""Rules of push: what a till sent is there once, in its order, whatever it is."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import Any

import zstandard

from posclient.domain import facts
from posclient.domain.sale import CouponUse
from sync.conformance.covered import of_store
from sync.conformance.ground import ConformTill, Ground, new_id
from sync.conformance.rules import SkippedError, must, refused, rule
from sync.conformance.sales import PRICE
from sync.protocol import MOST_BYTES, MOST_FACTS, FactMessage, Lost, PushRequest
from sync.thin import THIN, Base, thin


@rule("push.applied", "A sale is applied, and received_seq covers it, in the answer and with the feeds")
def _applied(ground: Ground) -> None:
    till = ground.enrol()
    reply = till.push(till.sale(), till.sale())
    must([one.outcome for one in reply.outcomes] == ["applied"] * 2, "did not apply two sales")
    must(reply.received_seq == 2, f"received_seq {reply.received_seq} after two facts")
    must(reply.durable_seq <= reply.received_seq, "durable_seq beyond received_seq")
    said = till.line.feeds()
    if said.received_seq is not None:  # else a till learns of it by its next push
        must(said.received_seq == 2, f"received_seq {said.received_seq} with the feeds: its till would send all again")
        must((said.durable_seq or 0) <= said.received_seq, "durable_seq beyond received_seq with the feeds")


@rule("push.duplicate", "The same facts again, five times: duplicate, and nothing changes")
def _duplicate(ground: Ground) -> None:
    till = ground.enrol()
    batch = [till.sale(), till.note()]
    till.push(*batch)
    for _ in range(5):
        must(till.outcomes(*batch) == ["duplicate"] * 2, "did not call them duplicates")
    reply = till.push(*batch, till.note())
    must([one.outcome for one in reply.outcomes] == ["duplicate", "duplicate", "applied"], "a new fact behind them")
    must(reply.received_seq == 3, f"received_seq {reply.received_seq} after three facts")


@rule("push.last_hash", "Optional: the answer names the hash of the last fact that it is about, new to HQ or not")
def _last_hash(ground: Ground) -> None:
    till = ground.enrol()
    batch = [till.sale(), till.note()]
    for _ in range(2):
        said = till.push(*batch).last_hash
        if not said:
            raise SkippedError("its answers do not say it")
        must(said == batch[-1].hash, "names the hash of another fact")


@rule("push.thin", "Optional: a batch in its thin form is the same batch; by facts that HQ lacks, it is base_missing")
def _thin(ground: Ground) -> None:
    till = ground.enrol()
    before, batch = [till.note(), till.sale()], PushRequest(facts=[till.sale(), till.note(), till.sale()])
    till.push(*before)
    if THIN not in till.line.takes:
        raise SkippedError("its sessions do not say that it takes any")
    lines, base = thin(batch), Base(till.incarnation, 1, [one.body.encode() for one in before])
    must(lines is not None, "no thin form of a till's own batch")
    other = Base(till.incarnation, 1, base.bodies[::-1])
    for named in (other, replace(base, first=900), replace(base, incarnation="none")):
        refused(partial(till.thin_push, lines or b"", named), "base_missing")
    said = till.thin_push(lines or b"", base)
    must([one.outcome for one in said.outcomes] == ["applied"] * 3, "did not apply a thin batch")
    must(till.outcomes(*batch.facts) == ["duplicate"] * 3, "the facts of a thin batch are not those of the plain one")


@rule("push.gap", "A seq that is missing: gap with the expected one, and nothing of the batch is stored")
def _gap(ground: Ground) -> None:
    till = ground.enrol()
    first, second, third = till.note(), till.note(), till.note()
    error = refused(lambda: till.push(second, third), "gap")
    must(error.params.get("expected") == 1, f"expected {error.params.get('expected')}, not 1")
    must(till.outcomes(first, second, third) == ["applied"] * 3, "something of the refused batch was stored")


@rule("push.fork", "The same seq with another hash is kept aside, and does not replace what was there")
def _fork(ground: Ground) -> None:
    till = ground.enrol()
    kept = till.note()
    till.push(kept)
    must(till.outcome(till.twin()).outcome == "quarantined", "did not keep the fork aside")
    must(till.outcomes(kept) == ["duplicate"], "the fork took the place of the first fact")


@rule("push.after_fork", "What follows from a fork is one too; what does not, and is not the next one, is a gap")
def _after_fork(ground: Ground) -> None:
    till = ground.enrol()
    first, second, third = till.note(), till.note(), till.note()
    till.push(first)
    twin = till.twin()
    must(till.outcomes(twin, till.twin(twin)) == ["quarantined"] * 2, "did not keep a fork of two facts aside")
    error = refused(lambda: till.push(third), "gap")
    must(error.params.get("expected") == 2, f"expected {error.params.get('expected')}, not 2")
    must(till.outcomes(second, third) == ["applied"] * 2, "did not go on with the right facts")


@rule("push.bad_hash", "A fact whose hash does not follow is kept aside; the one behind it is applied")
def _bad_hash(ground: Ground) -> None:
    till = ground.enrol()
    first, altered, third = till.note(), till.note(), till.note()
    altered = altered.model_copy(update={"body": altered.body.replace("conform", "forged")})
    must(till.outcomes(first, altered, third) == ["applied", "quarantined", "applied"], "applied an altered fact")
    must(till.outcomes(altered) == ["duplicate"], "the altered fact is not acknowledged: the queue would wedge")


@rule("push.same_id", "A fact whose id another one has is kept aside as id_taken, acknowledged, and never counts")
def _same_id(ground: Ground) -> None:
    till = ground.enrol()
    message, side, member = till.member(ground.phone())
    must(till.outcomes(message, sides=[side]) == ["applied"], "did not apply the registration")
    sold: dict[str, Any] = {"id": new_id(), "member": member, "points": 10, "points_base": PRICE}
    till.push(till.sale(**sold))
    points = of_store(till, "member", member).get("points")
    _is_taken(till, till.sale(**sold), points)
    after = ground.enrol(till.me.slot)  # as a disk that was put back, and enrolled once more
    _is_taken(after, after.sale(**sold), points)


def _is_taken(till: ConformTill, again: FactMessage, points: object) -> None:
    """The sale under another number: its member has ``points`` as before."""
    reply = till.push(again)
    (said,) = reply.outcomes
    must((said.outcome, said.code) == ("quarantined", "id_taken"), f"{said.outcome}, code {said.code}")
    must(reply.received_seq == again.seq, "it is not acknowledged: the queue would wedge")
    member = json.loads(again.body)["member"]
    found = of_store(till, "member", member).get("points")
    must(found == points, f"{found} points, {points} before the sale came under another number")


@rule("push.other_store", "A fact that names another store than its till's is kept aside, and moves nothing")
def _other_store(ground: Ground) -> None:
    till, other = ground.enrol(beside="O"), ground.enrol(beside="P")
    message, side, member = other.member(ground.phone())
    must(other.outcomes(message, sides=[side]) == ["applied"], "did not apply the registration")
    before = of_store(other, "member", member).get("points")
    said = till.outcome(till.sale(store=other.me.store, member=member, points=10, points_base=PRICE))
    must(said.outcome == "quarantined" and said.code, f"{said.outcome}, code {said.code}, for a sale of another store")
    must(of_store(other, "member", member).get("points") == before, "it has moved points all the same")


@rule("push.lost", "A till says that it has a fact no more: those behind it are taken")
def _lost(ground: Ground) -> None:
    till = ground.enrol()
    _gone, kept = till.note(), till.note()
    refused(lambda: till.push(kept), "gap")
    lost = Lost(incarnation=till.incarnation, first=1, last=1)
    reply = till.line.push(PushRequest(facts=[kept], lost=[lost]))
    must([one.outcome for one in reply.outcomes] == ["applied"], "did not take the fact behind the lost one")
    must(reply.received_seq == 2, f"received_seq {reply.received_seq} after a lost fact and one more")


@rule("push.signature", "A batch that its till did not sign, byte for byte, is 401, and nothing of it is stored")
def _signature(ground: Ground) -> None:
    till, other = ground.enrol(), ground.enrol()
    note = till.note()
    body = PushRequest(facts=[note]).model_dump_json().encode()
    must(till.line.raw("POST", "/v1/push", body).status == 401, "took a batch that nobody signed")
    must(till.raw_push(body, signer=other.signer).status == 401, "took a batch that another till signed")
    must(till.outcomes(note) == ["applied"], "something of an unsigned batch was stored")


@rule("push.unreadable", "A fact that HQ cannot read is quarantined and acknowledged; those behind it are applied")
def _unreadable(ground: Ground) -> None:
    till = ground.enrol()
    reply = till.push(till.fact(facts.SALE_COMPLETED, {"id": "not a sale"}), till.sale(), till.note())
    said = [one.outcome for one in reply.outcomes]
    must(said == ["quarantined", "applied", "applied"], f"said {', '.join(said)}")
    must(bool(reply.outcomes[0].code), "quarantined without a code")
    must(reply.received_seq == 3, "a quarantined fact is not acknowledged: the queue would wedge")


@rule("push.unknown_kind", "So is a fact of a kind, or of a version of a kind, that HQ does not know yet")
def _unknown_kind(ground: Ground) -> None:
    till = ground.enrol()
    for kind, version in (("SomethingNew", 1), (facts.RULE_SKIPPED, 99)):
        must(till.outcome(till.strange(kind, version)).outcome == "quarantined", f"{kind} {version} was not kept aside")
    must(till.outcomes(till.sale()) == ["applied"], "the sale behind them was not applied")


@rule("push.most", "500 facts go in one batch; more, or over 8 MiB unpacked, are refused as a whole")
def _most(ground: Ground) -> None:
    till = ground.enrol()
    batch = [till.note() for _ in range(MOST_FACTS)]
    must(set(till.outcomes(*batch)) == {"applied"}, "did not apply 500 facts")
    over = [till.note().model_dump() for _ in range(MOST_FACTS + 1)]
    body = PushRequest(facts=[], sides=[]).model_dump() | {"facts": over}
    reply = till.raw_push(json.dumps(body).encode())
    must(reply.status in {400, 413, 422}, f"501 facts: status {reply.status}")
    plain = b" " * (MOST_BYTES + 1)
    reply = till.raw_push(plain, zstandard.ZstdCompressor().compress(plain))
    must(reply.status in {400, 413}, f"8 MiB and a byte, packed small: status {reply.status}")


@rule("push.protocol", "A protocol version that HQ does not speak: 426 upgrade_required")
def _protocol(ground: Ground) -> None:
    till = ground.enrol()
    refused(lambda: till.line.push(PushRequest(protocol=9999, facts=[till.note()])), "upgrade_required")


@rule("push.public_code", "A public code is used as often as sales say so, of two tills too: each of them is applied")
def _public_code(ground: Ground) -> None:
    """HQ does not know this one: so it is after a restore, until somebody imports the code once more."""
    one, other, code = ground.enrol(), ground.enrol(), new_id()
    right, used = facts.CouponRight(code, facts.PUBLIC), (CouponUse(code, 100, None),)
    for till in (one, other):
        said = till.outcomes(*(till.sale(right, coupons=used) for _ in range(2)))
        must(said == ["applied"] * 2, f"said {', '.join(said)}")


@rule("push.member", "A registered member is in the store's feed, opened from the sealed record")
def _member(ground: Ground) -> None:
    till = ground.enrol()
    phone = f"199{int(new_id()[-8:], 16) % 10**8:08d}"
    message, side, member = till.member(phone)
    must(till.outcomes(message, sides=[side]) == ["applied"], "did not apply the registration")
    row = till.rows(f"store:{till.me.store}").get(("member", member))
    must(row is not None and row.d is not None and row.d.get("phone") == phone, "no such member with that phone")


@rule(
    "push.same_phone",
    "One phone registered in two places: the older member is kept, the other an alias of it in any fact",
)
def _same_phone(ground: Ground) -> None:
    one, two = ground.enrol(), ground.enrol()
    phone = f"198{int(new_id()[-8:], 16) % 10**8:08d}"
    first, first_side, older = one.member(phone)
    second, second_side, newer = two.member(phone)
    must(one.outcomes(first, sides=[first_side]) == ["applied"], "did not apply the first registration")
    two.push(second, sides=[second_side])
    rows = two.rows(f"store:{two.me.store}")
    must(("member", newer) not in rows, "two members of one phone")
    alias = rows.get(("member_alias", newer))
    must(alias is not None and alias.d == {"old": newer, "new": older}, "no alias from the newer to the older member")
    before = of_store(one, "member", older).get("points", 0)
    must(two.outcomes(two.sale(member=newer, points=10, points_base=PRICE)) == ["applied"], "did not apply a sale")
    points = of_store(two, "member", older).get("points", 0)
    must(points == before + 10, f"{points} points, {before} before a sale of 10 that names them by the newer id")
