"""Members whom HQ has already, for rows of a file that name them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import col, select

from posclient.domain.people import NOBODY
from sync.hq.bulk import parts
from sync.hq.chain_tables import MemberRow
from sync.hq.imports.batch import Batch


def by_code(batch: Batch, codes: Iterable[str]) -> dict[str, MemberRow]:
    """The members who have these codes."""
    found: dict[str, MemberRow] = {}
    for some in parts(sorted(set(codes) - {NOBODY})):
        rows = batch.session.exec(select(MemberRow).where(col(MemberRow.code).in_(some)))
        found.update((member.code, member) for member in rows)
    return found


def by_id(batch: Batch, ids: Iterable[str]) -> dict[str, MemberRow]:
    """The members who have these ids."""
    found: dict[str, MemberRow] = {}
    for some in parts(ids):
        rows = batch.session.exec(select(MemberRow).where(col(MemberRow.id).in_(some)))
        found.update((member.id, member) for member in rows)
    return found


def phones_of_members(batch: Batch, phones: Iterable[str]) -> set[str]:
    """Blind indexes of phones that members have, of these."""
    found: set[str] = set()
    for some in parts(sorted(set(phones))):
        found.update(batch.session.exec(select(MemberRow.phone_index).where(col(MemberRow.phone_index).in_(some))))
    return found
