"""A promotion or coupon that this till cannot read stops no sale: it is left out, and HQ is told once (pricing.md)."""

from __future__ import annotations

from collections.abc import Iterable

from posclient.actions.till import Till
from posclient.db import journal
from posclient.domain.facts import RULE_SKIPPED, rule_skipped
from posclient.domain.ids import derived_id


def report_skipped(till: Till, skipped: Iterable[tuple[str, str]]) -> None:
    """``skipped``: (rule id, kind). The fact's id is made of both, so a second report finds the first; and of this
    machine, as the one before it in its place may have made the same.
    """
    me = till.terminal.terminal, till.terminal.incarnation
    made = {derived_id(*me, RULE_SKIPPED, rule, kind): (rule, kind) for rule, kind in skipped}
    new = {fact_id: rule for fact_id, rule in made.items() if not journal.has(till.db, fact_id)}
    if not new:
        return
    with till.transaction() as con:
        for fact_id, (rule, kind) in new.items():
            content = rule_skipped(rule, kind, till.stamp())
            journal.append(con, fact_id=fact_id, kind=RULE_SKIPPED, content=content, at=till.wall())
