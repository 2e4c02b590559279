"""What holds of what people did at the counter beside selling: cards, what was taken out, what managers let through."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from contextlib import closing
from typing import TYPE_CHECKING

from sqlmodel import select

from posclient.actions.rights import OVERRIDE
from posclient.db.connection import TILL_FILE, connect
from sync.hq.fact_tables import PaymentRow, RemovalRow
from sync.hq.lease_tables import CouponClaimRow, LossRow
from tests.sim.chain_to_copy import OVERRIDE_CAP

if TYPE_CHECKING:
    from tests.sim.world import Till, World


def check(world: World) -> None:
    """When everybody has heard of everything."""
    for till in world.tills.values():
        if not till.replaced:
            _cards_are_charged_for_something(till)
        if not till.misled:
            _managers_keep_to_the_cap(till)
    if not any(till.moved for till in world.tills.values()):
        _cards_are_paid_once(world)
        _what_was_taken_out_is_known(world)
    _managers_have_names(world)


def _cards_are_charged_for_something(till: Till) -> None:
    """T-13: what the bank's machine took is in a sale, or waits in the open cart; nothing else is."""
    charged = till.hands.thoughts.terminal.charged
    with closing(connect(till.folder / TILL_FILE, read_only=True)) as con:
        paid = dict(con.execute("SELECT id, amount FROM payment WHERE tender = 'card'").fetchall())
    cart = till.hands.till.selling.cart
    waits = {one.id: one.amount for one in cart.payments if one.tender == "card"}
    if cart.card_attempt is not None and cart.card_attempt.id in charged:
        waits[cart.card_attempt.id] = cart.card_attempt.amount
    assert charged == paid | waits, f"{till.name}: charged {charged}, in sales {paid}, waits {waits}"


def _cards_are_paid_once(world: World) -> None:
    """And HQ has it as often."""
    charged = [till.hands.thoughts.terminal.charged for till in world.tills.values()]
    amounts = sum((Counter(one) for one in charged), Counter[str]())
    with world.database.read() as session:
        paid: Counter[str] = Counter()
        for row in session.exec(select(PaymentRow).where(PaymentRow.tender == "card")):
            paid[row.id] += row.amount
    assert not paid - amounts, f"HQ has cards that nobody charged, or more often: {paid - amounts}"


def _what_was_taken_out_is_known(world: World) -> None:
    """M7: HQ hears of all that left a cart before it was paid."""
    told: defaultdict[str, Counter[tuple[str, int]]] = defaultdict(Counter)
    with world.database.read() as session:
        for row in session.exec(select(RemovalRow)):
            told[row.terminal][row.sku, row.qty] += 1
    for till in world.tills.values():
        waits = Counter((one.sku, one.qty) for one in till.hands.till.selling.cart.removals)
        missing = Counter(till.hands.thoughts.taken_out) - told[till.me.terminal] - waits
        assert not missing, f"{till.name}: HQ knows nothing of {missing}"


def _managers_keep_to_the_cap(till: Till) -> None:
    """S-17: what they let through in a day."""
    days: Counter[str] = Counter()
    with closing(connect(till.folder / TILL_FILE, read_only=True)) as con:
        for at, detail in con.execute("SELECT at, detail FROM audit WHERE action = ?", (OVERRIDE,)).fetchall():
            days[at[:10]] += json.loads(detail)["amount"]
    assert max(days.values(), default=0) <= OVERRIDE_CAP, f"{till.name}: managers let through {days}"


def _managers_have_names(world: World) -> None:
    """Whoever let a coupon through is named in the claim, and in the loss that came of it."""
    with world.database.read() as session:
        rows = [*session.exec(select(CouponClaimRow)), *session.exec(select(LossRow))]
    named = {bool(row.approver) for row in rows if row.claimed == "override"}
    assert named <= {True}, "nobody answers for an override"
