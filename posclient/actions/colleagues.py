"""Who works here, and whether HQ has signed what this till says of them (S-23; docs/protocol.md, staff).

Whoever is not confirmed may sell: a till must not stop for it. What they may not is what a manager's word opens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from posclient.actions.till import Till
from posclient.db import chain, staff_records, terminal
from posclient.db.staff_records import StaffRecord
from posclient.domain import staff_list


def records(till: Till) -> list[StaffRecord]:
    """HQ's staff; until it sends any, the administrator who was set up at enrolment."""
    found, signed = list(chain.staff(till.reference.cache)) or staff_records.local(till.db), _signed(till)
    if signed is None:
        return found
    return [one if signed.get(one.staff.id) == digest(one) else _resting(one) for one in found]


def powers_rest(till: Till) -> bool:
    """Is there a manager whose powers rest? Nobody else misses anything."""
    return any(one.staff.powers_rest for one in records(till))


def _signed(till: Till) -> Mapping[str, str] | None:
    """The digests of those who are confirmed. None: an HQ that has never signed a list, which is believed without one
    as it always was; the vault knows whether it has.
    """
    trust = till.own.trust
    if trust is None:
        return {}
    me = terminal.read(till.db)
    store = trust.store or me.store
    said = chain.settings(till.reference.cache, store).get(staff_list.SETTING)
    listed = staff_list.read(said, trust.hq_key or me.hq_key, store)
    if listed is None or listed.serial < trust.staff:
        return {} if trust.staff else None
    return listed.digests


def _resting(one: StaffRecord) -> StaffRecord:
    return replace(one, staff=replace(one.staff, confirmed=False))


def digest(one: StaffRecord) -> str:
    """Of the row as this till has it."""
    who = one.staff
    return staff_list.digest(who.id, who.name, who.badge, who.roles, one.pin_hash)
