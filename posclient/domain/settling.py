"""What is still open of a sale, and what a tender takes of it: due = payments + rounding (ux.md, cash rounding).

Rounding (抹零) is only on what is left when the last tender is one that rounds (cash). It is never stored beside the
payments: it follows from them, so that the screen, the slip and the ledger cannot differ (T-59).
"""

from __future__ import annotations

from collections.abc import Sequence

from posclient.domain.money import MOST, round_cash
from posclient.domain.tenders import Payment, tender
from posclient.errors import InputError, Refused


def rounding_taken(total: int, payments: Sequence[Payment], unit: int) -> int:
    """Fen rounded away by the last payment; 0 unless it took all the rest but the rounding."""
    if not payments or not tender(payments[-1].tender).rounds:
        return 0
    before = total - sum(payment.amount for payment in payments[:-1])
    rounding = round_cash(before, unit)
    return rounding if payments[-1].amount == before - rounding else 0


def still_open(total: int, payments: Sequence[Payment], unit: int) -> int:
    """Fen that nobody has paid yet, rounding taken into account. 0: the sale can be completed."""
    paid = sum(payment.amount for payment in payments)
    return total - paid - rounding_taken(total, payments, unit)


def make_payment(
    payment_id: str, kind: str, tendered: int | None, total: int, payments: Sequence[Payment], unit: int
) -> Payment:
    """The next payment. ``tendered`` None: exactly what is open, after rounding where the tender rounds.

    ``Refused("nothing_due")`` when all is paid; ``InputError("tendered")`` for an amount out of bounds or, where the
    tender gives no change, over what is open.
    """
    means = tender(kind)
    left = still_open(total, payments, unit)
    if left <= 0:
        raise Refused("nothing_due")
    wanted = left - round_cash(left, unit) if means.rounds else left
    given = wanted if tendered is None else tendered
    if not 0 <= given <= MOST or (given == 0 and wanted > 0):
        raise InputError("tendered", tendered=given)
    if given > left and not means.gives_change:
        raise InputError("tendered", tendered=given, most=left)
    return Payment(payment_id, kind, min(given, wanted), given)
