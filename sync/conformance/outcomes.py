"""Rules of what a fact does: an HQ that only stores it, and says so, makes its tills forget what they sold."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from posclient.domain import facts
from posclient.domain.care import CareTask
from posclient.domain.ids import derived_id
from posclient.domain.points import earned_points
from sync.conformance.covered import covered, of_store, of_terminal, setting
from sync.conformance.ground import ConformTill, Ground, new_id, stamp
from sync.conformance.leasing import visit
from sync.conformance.rules import SkippedError, must, rule
from sync.conformance.sales import PRICE, new_code, priced
from sync.protocol import FactOutcome


@rule("push.aside", "A fact in quarantine has a row in its till's feed with aside: true, as long as it has no effect")
def _aside(ground: Ground) -> None:
    till = ground.enrol()
    good, aside = till.sale(), (till.fact(facts.SALE_COMPLETED, {"id": "no sale"}), till.strange("SomethingNew", 1))
    must(till.outcomes(good) == ["applied"], "did not apply a sale")
    for fact in aside:
        said = till.outcome(fact)
        must(said.outcome == "quarantined", f"{said.outcome} for a fact that nobody can read")
        row = of_terminal(till, "fact_outcome", fact.id)
        must(row.get("code") == said.code and said.code, f"no row with the code {said.code}")
        must((row.get("detail") or {}).get("aside") is True, "its row does not say aside: the till drops its effect")
    must(not of_terminal(till, "fact_outcome", good.id), "a row for a sale that was applied without more")


@rule("push.sale_twice", "A second fact about a sale is kept, is told to be sale_twice, and moves nothing; of any till")
def _sale_twice(ground: Ground) -> None:
    till, beside = ground.enrol(beside="T"), ground.enrol(beside="T")
    member = _registered(ground, till, new_code())
    sale = till.sale(member=member, points=10, points_base=PRICE)
    said = till.push(sale, till.again(sale)).outcomes  # no row of the first one is there yet
    must(said[0].outcome == "applied", "did not apply the sale")
    _is_twice(till, said[1], member)
    for one in (till, beside):
        reply = one.push(again := one.again(sale))
        must(reply.received_seq == again.seq, "it is not acknowledged: the queue would wedge")
        _is_twice(one, reply.outcomes[0], member)


def _is_twice(till: ConformTill, said: FactOutcome, member: str) -> None:
    """The sale of ten points counts once, and its till hears of it: nothing of it lies aside."""
    must((said.outcome, said.code) == ("applied_with_exception", "sale_twice"), f"{said.outcome}, code {said.code}")
    points = of_store(till, "member", member).get("points")
    must(points == 10, f"{points} points after two facts about one sale of 10")
    row = of_terminal(till, "fact_outcome", said.id)
    must(row.get("code") == said.code, "no row fact_outcome that says so")
    must(not (row.get("detail") or {}).get("aside"), "its row says aside: the till adds its effect for ever")


@rule("feed.points", "A page that covers a sale has its member's points with those of the sale, once")
def _points(ground: Ground) -> None:
    till = ground.enrol()
    worth = _earned(till)
    member = _registered(ground, till, new_code())
    sales = [till.sale(member=member, points=worth, points_base=PRICE) for _ in range(2)]
    for times, batch in ((1, sales[:1]), (2, sales)):
        till.push(*batch)
        points = of_store(till, "member", member).get("points")
        must(points == times * worth, f"{points} points after {times} sales of {worth} each")


@rule("feed.claimed", "A code that a till could only claim earns its member points, wherever the sale comes in first")
def _claimed(ground: Ground) -> None:
    home, away = ground.enrol(beside="H"), ground.enrol(beside="A")
    worth = _earned(away)
    known, late = new_code(), new_code()
    first = _registered(ground, home, known)
    for code in (known, late):
        must(away.outcomes(away.sale(claimed_code=code, points_base=PRICE)) == ["applied"], "did not apply the sale")
    second = _registered(ground, home, late)
    for member, when in ((first, "after"), (second, "before")):
        points = of_store(home, "member", member).get("points")
        must(points == worth, f"{points} points, not {worth}, of a sale that came in {when} its member")


@rule("feed.tasks", "A sale's follow-ups are rows of its store's feed; one that somebody has done is so, or is gone")
def _tasks(ground: Ground) -> None:
    till = ground.enrol()
    member, sale = _registered(ground, till, new_code()), new_id()
    due = datetime.now(UTC) + timedelta(days=3)
    tasks = tuple(
        CareTask(derived_id(sale, "conform", step), sale, member, "conform", "conform", step, due) for step in "12"
    )
    must(till.outcomes(till.sale(id=sale, member=member, tasks=tasks)) == ["applied"], "did not apply the sale")
    for one in tasks:
        row = of_store(till, "care_task", one.id)
        must((row.get("member"), row.get("state")) == (member, "open"), "the page covers the sale, and has no task")
    done = facts.care_task_changed(tasks[0].id, "done", "", None, "conform", stamp())
    must(till.outcomes(till.fact(facts.CARE_TASK_CHANGED, done)) == ["applied"], "did not apply what was done")
    must(of_store(till, "care_task", tasks[0].id).get("state", "done") == "done", "what was done is still to be done")
    must(of_store(till, "care_task", tasks[1].id).get("state") == "open", "what nobody has done is not open any more")


@rule("feed.stock", "A page that covers a sale has the stock of its store without the pieces sold (--stock-of STORE)")
def _stock(ground: Ground) -> None:
    if not ground.stock_of:
        raise SkippedError("no store was named out of whose stock a piece may be sold")
    till = ground.enrol(at=ground.stock_of)
    try:
        _sell_a_piece(till)
    finally:
        with suppress(SkippedError):  # else that store's tills share what is leased to them with one more, for good
            ground.revoke(till.me.terminal)


@rule("valet.answer", "A valet order is answered by a row in its till's feed: confirmed, rerouted or rejected, and why")
def _valet(ground: Ground) -> None:
    till = ground.enrol()
    fact, side, order = till.order()
    must(till.outcomes(fact, sides=[side]) == ["applied"], "did not apply the order")
    row = of_terminal(till, "valet_outcome", order)
    must(row.get("order") == order, "no answer to the order")
    must(row.get("state") in {"confirmed", "rerouted", "rejected"}, f"state {row.get('state')}")
    must(bool(row.get("ships_from")) == (row["state"] != "rejected"), "does not say from where, or says so of nothing")
    must(row.get("reason") or row["state"] != "rejected", "does not say why it was rejected")
    must(datetime.fromisoformat(str(row.get("at"))).tzinfo is not None, "a time without an offset")


@rule("erasure", "A member is forgotten: out of the feeds, no code of theirs, a row for each fact with a side record")
def _erasure(ground: Ground) -> None:
    till, other, code = ground.enrol(), ground.enrol(beside="A"), new_code()
    registered, side, member = till.member(ground.phone(), code=code)
    ordered, address, _order = till.order(member)
    must(till.outcomes(registered, ordered, sides=[side, address]) == ["applied"] * 2, "did not apply them")
    must(visit(other, code) == member, "did not name the member of the code")
    ground.erase(member)
    for fact in (registered, ordered):
        row = of_terminal(till, "erasure", fact.id)
        must(row.get("fact") == fact.id, f"no row erasure for a {fact.kind}: its till keeps the personal data")
        must(datetime.fromisoformat(str(row.get("at"))).tzinfo is not None, "a time without an offset")
    for one in (till, other):
        must(not of_store(one, "member", member), "the member is still in a store's feed")
    must(visit(other, code) == "", "still knows whose code it was")


def _registered(ground: Ground, till: ConformTill, code: str) -> str:
    message, side, member = till.member(ground.phone(), code=code)
    must(till.outcomes(message, sides=[side]) == ["applied"], "did not apply a registration")
    return member


def _sell_a_piece(till: ConformTill) -> None:
    feed = next(name for name in till.me.feeds if name.startswith("zone:"))
    before = {key: (row.d or {}).get("qty", {}) for (table, key), row in till.rows(feed).items() if table == "stock"}
    sku = next((key for key, qty in before.items() if qty.get(till.me.store, 0) > 0), None)
    if sku is None:
        raise SkippedError("that store has no stock of anything")
    sale = till.sale(**priced(PRICE, sku=sku))
    for _ in range(2):
        till.push(sale)
        row: Any = covered(till, feed).get(("stock", sku))
        left = (row.d or {}).get("qty", {}).get(till.me.store) if row is not None else None
        must(
            left == before[sku][till.me.store] - 1, f"{left} pieces after one of {before[sku][till.me.store]} was sold"
        )


def _earned(till: ConformTill) -> int:
    """Points of a plain sale in this chain."""
    worth = earned_points(PRICE, setting(till, "points_per_yuan", 1))
    if not worth:
        raise SkippedError("sales earn no points here (setting points_per_yuan)")
    return worth
