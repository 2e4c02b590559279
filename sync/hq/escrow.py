"""储值 and 积分 in escrow (protocol.md, stored value and points): free + leases = balance, all of it at least 0.

Each move is an entry. A store has a quota of each member's balance, which its tills share: each till leases its own
part, so that two of them without any line cannot spend the same yuan (S-18). Only an end gives back what a till has:
nothing is ever taken out of a lease, since the till may be spending it this very moment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import case, exists
from sqlmodel import Session, col, select

from posclient.domain.leases import HOLD, LONGEST_WAIT, MARGIN, POINTS, VALUE, over_for_hq, shares
from sync.hq import contacts
from sync.hq.chain_settings import chain_setting
from sync.hq.chain_tables import MemberRow
from sync.hq.contacts import instant
from sync.hq.feeds import Change, terminal_feed
from sync.hq.lease_tables import HELD, LAPSED, LEASE, OPEN, ValueAccountRow, ValueEntryRow, ValueLeaseRow
from sync.hq.tables import Terminal

#: Of each member a store may spend so much by itself: the setting, and what it is where nobody set it.
QUOTAS = {VALUE: ("value_lease", 20_000), POINTS: ("points_lease", 2_000)}
_HOLD_MS = (HOLD + MARGIN) // timedelta(milliseconds=1)
#: For HQ a lease is over so long after its end: where its till has sent all, and where nothing is heard of that.
_MARGIN_MS, _LONGEST_MS = (span // timedelta(milliseconds=1) for span in (MARGIN, MARGIN + LONGEST_WAIT))


@dataclass(frozen=True, slots=True)
class Books:
    """The entries of one transaction."""

    session: Session
    now_ms: int
    fact: str | None = None

    def open_account(self, member: str, amount: int, unit: str = VALUE) -> ValueAccountRow:
        """The opening balance of a member who has no account of this unit yet."""
        account = ValueAccountRow(member=member, unit=unit, balance=amount, free=amount)
        self.session.add(account)
        self._enter(account, "opening", "free", amount, "opening")
        return account

    def earn(self, account: ValueAccountRow, amount: int) -> None:
        """What a sale brought the member; a correction may take it away again, as far as it is free."""
        part = max(amount, -account.free)
        account.free += part
        account.balance += part
        self._enter(account, *(("sales", "free") if part > 0 else ("free", "sales")), abs(part), "earned")

    def lease(self, account: ValueAccountRow, row: ValueLeaseRow, amount: int) -> None:
        """Move free value into a lease."""
        account.free -= amount
        row.amount += amount
        self.session.add(row)
        self._enter(account, "free", f"lease:{row.id}", amount, row.kind)

    def give_back(self, row: ValueLeaseRow) -> None:
        """A lease is over: what is left of it is free again."""
        account = self.session.get_one(ValueAccountRow, (row.member, row.unit))
        account.free += row.amount
        self._enter(account, f"lease:{row.id}", "free", row.amount, "over")
        row.amount, row.state = 0, LAPSED

    def spend(self, account: ValueAccountRow, leases: list[ValueLeaseRow], amount: int) -> int:
        """Take ``amount`` from the leases in their order, then from what is free; what nobody had is the answer."""
        for row in leases:
            amount -= self._spend_lease(account, row, min(amount, row.amount))
        part = min(amount, account.free)
        account.free -= part
        account.balance -= part
        self._enter(account, "free", "sales", part, "sale")
        return amount - part

    def _spend_lease(self, account: ValueAccountRow, row: ValueLeaseRow, part: int) -> int:
        row.amount -= part
        account.balance -= part
        self._enter(account, f"lease:{row.id}", "sales", part, "sale")
        return part

    def _enter(self, account: ValueAccountRow, debit: str, credit: str, amount: int, why: str) -> None:
        if amount:
            self.session.add(
                ValueEntryRow(
                    member=account.member, unit=account.unit, debit=debit, credit=credit, amount=amount, why=why,
                    fact=self.fact, at_ms=self.now_ms,
                )
            )  # fmt: skip


def value_round(session: Session, terminal: Terminal, unit: str, now_ms: int, life_ms: int, most: int) -> list[Change]:
    """Bring one till's leases of a unit up to date at its contact: grant, fill up, renew.

    One that is over the quota by now, or much more than the till's part where others lack theirs, is left to its end:
    only that gives back what a till has, and begins anew with its part.
    """
    books = Books(session, now_ms)
    changes: list[Change] = []
    quota = chain_setting(session, terminal.store, *QUOTAS[unit])
    tills = [one.id for one in contacts.tills_of(session, terminal.store)]
    place = tills.index(terminal.id)
    known = _bases(session, terminal, unit)
    for member, balance, free in _accounts(session, terminal.store, unit):
        share, whole = (shares(part, len(tills), place) for part in (min(balance, quota), quota))
        lease, amount, not_after_ms = known.get(member, ("", 0, 0))
        stays = 0 < amount <= whole and (free > 0 or amount <= share + share // 2)
        if min(share - amount, free) > 0 or (stays and not_after_ms < now_ms + life_ms // 2):
            account = session.get_one(ValueAccountRow, (member, unit))
            changes += _brought_up(books, account, _base(session, terminal, account, lease), share, life_ms)
        if len(changes) >= most:
            break
    session.flush()
    return changes


def has_leases(session: Session, terminal: str) -> bool:
    """Has a till any of either unit that is not over?"""
    mine = select(ValueLeaseRow.id).where(ValueLeaseRow.terminal == terminal, ValueLeaseRow.state == OPEN)
    return session.exec(mine.limit(1)).first() is not None


def ended(session: Session, terminal: Terminal, now_ms: int, sent_ms: int, most: int) -> Iterator[Change]:
    """End what is over of either unit, ``most`` of each: this till's, which has sent all that it had made before
    ``sent_ms``; and those of tills and machines that were not heard of for too long. What is not over yet is not read:
    after a holiday that is what the whole chain has leased.
    """
    books, mine, end = Books(session, now_ms), contacts.incarnations(session, terminal), col(ValueLeaseRow.not_after_ms)
    own = ValueLeaseRow.terminal == terminal.id, col(ValueLeaseRow.incarnation).in_(mine), end <= now_ms - _MARGIN_MS
    for late, seen in ((own, instant(sent_ms)), ((end <= now_ms - _LONGEST_MS,), None)):
        rows = select(ValueLeaseRow).where(ValueLeaseRow.state == OPEN, *late).order_by(end).limit(most)
        for row in session.exec(rows).all():
            if over_for_hq(instant(row.not_after_ms), instant(now_ms), seen):
                books.give_back(row)
                yield value_change(row, mine)
    session.flush()


def lease_on_top(
    books: Books, terminal: Terminal, account: ValueAccountRow | None, wanted: int
) -> ValueLeaseRow | None:
    """What a till asks for now, for minutes; None where nothing is free."""
    amount = min(wanted, account.free) if account is not None else 0
    if account is None or amount <= 0:
        return None
    row = ValueLeaseRow(
        id=f"{_key(terminal.id, account.member, account.unit)}/{books.now_ms}", member=account.member,
        unit=account.unit, terminal=terminal.id, incarnation=terminal.incarnation or "", kind=HELD, amount=0,
        not_after_ms=books.now_ms + _HOLD_MS,
    )  # fmt: skip
    row = books.session.get(ValueLeaseRow, row.id) or row
    books.lease(account, row, amount)
    books.session.flush()
    return row


def value_change(row: ValueLeaseRow, mine: Collection[str]) -> Change:
    """A lease as its till sees it; one that is over, or for no incarnation of its machine (``mine``), is taken away."""
    data = {
        "id": row.id, "member": row.member, "unit": row.unit, "amount": row.amount,
        "not_after": instant(row.not_after_ms).isoformat(),
    }  # fmt: skip
    shown = row.state == OPEN and row.incarnation in mine
    return Change(terminal_feed(row.terminal), "value_lease", row.id, data if shown else None)


def open_points(session: Session, store: str, now_ms: int, most: int) -> None:
    """Members of a store who have points get an account of them, from which they can be leased; some at a time."""
    has_one = exists().where(col(ValueAccountRow.member) == MemberRow.id, col(ValueAccountRow.unit) == POINTS)
    rows = select(MemberRow).where(MemberRow.home_store == store, MemberRow.points > 0, ~has_one).limit(most)
    for member in session.exec(rows).all():
        points_account(session, member, now_ms)
    session.flush()


def points_account(session: Session, member: MemberRow, now_ms: int) -> ValueAccountRow:
    """The account of a member's points, opened with what they have."""
    known = session.get(ValueAccountRow, (member.id, POINTS))
    return known or Books(session, now_ms).open_account(member.id, max(0, member.points), POINTS)


def leases_of(
    session: Session, terminal: str, incarnations: Collection[str], account: ValueAccountRow
) -> list[ValueLeaseRow]:
    """A till's open leases of one account that were made for ``incarnations``, the first to end first."""
    found = select(ValueLeaseRow).where(
        ValueLeaseRow.terminal == terminal, ValueLeaseRow.member == account.member, ValueLeaseRow.unit == account.unit,
        ValueLeaseRow.state == OPEN, col(ValueLeaseRow.incarnation).in_(incarnations),
    )  # fmt: skip
    return list(session.exec(found.order_by(col(ValueLeaseRow.not_after_ms), col(ValueLeaseRow.id))))


def _brought_up(
    books: Books, account: ValueAccountRow, row: ValueLeaseRow, share: int, life_ms: int
) -> Iterator[Change]:
    more = min(share - row.amount, account.free)
    if more > 0:
        row.state = OPEN
        books.lease(account, row, more)
    row.not_after_ms, row.signed = books.now_ms + life_ms, True
    yield value_change(row, {row.incarnation})


def _accounts(session: Session, store: str, unit: str) -> Sequence[tuple[str, int, int]]:
    """Member, balance and what is free, of whoever has something and is at home here."""
    found = (
        select(ValueAccountRow.member, ValueAccountRow.balance, ValueAccountRow.free)
        .join(MemberRow, col(MemberRow.id) == col(ValueAccountRow.member))
        .where(MemberRow.home_store == store, ValueAccountRow.unit == unit, ValueAccountRow.balance > 0)
        .order_by(col(ValueAccountRow.member))
    )
    return session.exec(found).all()


def _bases(session: Session, terminal: Terminal, unit: str) -> dict[str, tuple[str, int, int]]:
    """Id, amount and end of what a till's machine has for days, by member."""
    end = case((col(ValueLeaseRow.signed), ValueLeaseRow.not_after_ms), else_=0)
    found = select(ValueLeaseRow.member, ValueLeaseRow.id, ValueLeaseRow.amount, end).where(
        ValueLeaseRow.terminal == terminal.id, ValueLeaseRow.unit == unit, ValueLeaseRow.state == OPEN,
        ValueLeaseRow.kind == LEASE, col(ValueLeaseRow.incarnation).in_(contacts.incarnations(session, terminal)),
    )  # fmt: skip
    return {member: (key, amount, not_after_ms) for member, key, amount, not_after_ms in session.exec(found)}


def _base(session: Session, terminal: Terminal, account: ValueAccountRow, known: str) -> ValueLeaseRow:
    """A till has one lease of an account for days, ``known`` if it is open; one that is over begins again.

    Where the machine before has it still, the new one's is another.
    """
    if known:
        return session.get_one(ValueLeaseRow, known)
    key, now = _key(terminal.id, account.member, account.unit), terminal.incarnation or ""
    row = session.get(ValueLeaseRow, key)
    if row is not None and row.state == OPEN:
        key = f"{key}/{now}"
        row = session.get(ValueLeaseRow, key)
    row = row or ValueLeaseRow(
        id=key, member=account.member, unit=account.unit, terminal=terminal.id, kind=LEASE, amount=0, not_after_ms=0
    )
    row.incarnation = now
    return row


def _key(terminal: str, member: str, unit: str) -> str:
    return f"{terminal}/{member}" if unit == VALUE else f"{terminal}/{member}/{unit}"
