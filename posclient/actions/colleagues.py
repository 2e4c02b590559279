"""Who works here, and whether HQ has signed what this till says of them (S-23; docs/protocol.md, staff).

Whoever is not confirmed may sell: a till must not stop for it. What they may not is what a manager's word opens.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from posclient.actions.till import Till
from posclient.db import chain, staff_records, terminal
from posclient.db.staff_records import StaffRecord
from posclient.domain import staff_list


def records(till: Till) -> list[StaffRecord]:
    """HQ's staff; until it sends any, the administrator who was set up at enrolment."""
    found = list(chain.staff(till.reference.cache)) or staff_records.local(till.db)
    confirmed = _confirmed(till, found)
    return [one if one in confirmed else replace(one, staff=replace(one.staff, confirmed=False)) for one in found]


def powers_rest(till: Till) -> bool:
    """Is there a manager whose powers rest? Nobody else misses anything."""
    return any(one.staff.powers_rest for one in records(till))


def _confirmed(till: Till, found: Collection[StaffRecord]) -> Collection[StaffRecord]:
    """An HQ that has never signed a list is believed without one, as it always was; the vault knows whether it has."""
    trust = till.own.trust
    if trust is None:
        return ()
    me = terminal.read(till.db)
    said = chain.settings(till.reference.cache, me.store).get(staff_list.SETTING)
    listed = staff_list.read(said, trust.hq_key or me.hq_key, me.store)
    if listed is None or listed.serial < trust.staff:
        return () if trust.staff else found
    return [one for one in found if listed.digests.get(one.staff.id) == digest(one)]


def digest(one: StaffRecord) -> str:
    """Of the row as this till has it."""
    who = one.staff
    return staff_list.digest(who.id, who.name, who.badge, who.roles, one.pin_hash)
