"""Points of sales that came before their member: from another till, before the night's import, or after a restore."""

from __future__ import annotations

from collections.abc import Mapping

from sqlmodel import Session, select

from posclient.domain.leases import POINTS
from sync.hq.bulk import Among
from sync.hq.chain_tables import MemberRow
from sync.hq.escrow import Books
from sync.hq.fact_tables import EarlyPointsRow
from sync.hq.lease_tables import ValueAccountRow

_EARLY = Among(select(EarlyPointsRow), EarlyPointsRow.member)


def credit_early(session: Session, now_ms: int, members: Mapping[str, MemberRow]) -> bool:
    """Give ``members``, by id and by code, what waits under that name; was there anything?"""
    found = list(_EARLY.firsts(session, sorted(members)))
    for row in found:
        member = members[row.member]
        member.points += row.points
        account = session.get(ValueAccountRow, (member.id, POINTS))
        if account is not None:
            Books(session, now_ms, row.fact).earn(account, row.points)
            member.points = account.balance
        session.delete(row)
    return bool(found)
