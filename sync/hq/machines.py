"""Whose leases of stored value and points they are when another machine has taken a till's place (protocol.md).

The machine before may have spent of them without a line, and what it did comes only if it gets the place back. So they
stay in its name until they are over for HQ, and whoever has the place now is leased other parts of what is free (S-18).
"""

from __future__ import annotations

from sqlmodel import Session, col, select

from sync.hq import contacts
from sync.hq.console_tables import ConsoleAct
from sync.hq.erasing import ERASED
from sync.hq.escrow import value_change
from sync.hq.feeds import Change
from sync.hq.lease_tables import OPEN, ValueLeaseRow
from sync.hq.tables import Terminal


def hand_over(session: Session, terminal: Terminal) -> list[Change]:
    """A till was just enrolled: its feed has the leases of this machine, and those of no other, nor of a member who was
    forgotten: theirs is in the books until it is over.
    """
    mine = contacts.incarnations(session, terminal)
    gone = select(ConsoleAct.subject).where(ConsoleAct.act == ERASED)
    here = ValueLeaseRow.terminal == terminal.id, ValueLeaseRow.state == OPEN
    rows = session.exec(select(ValueLeaseRow).where(*here, col(ValueLeaseRow.member).not_in(gone))).all()
    if any(row.incarnation not in mine for row in rows):
        contacts.look_again(session, terminal.id)
    return [value_change(row, mine) for row in rows]
