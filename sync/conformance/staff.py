"""The rule of who works in a store: a till confirms managers by it, so a list that is wrong takes their word away."""

from __future__ import annotations

from contextlib import suppress

from posclient.domain.staff_list import SETTING, digest, read
from sync.conformance.ground import ConformTill, Ground
from sync.conformance.rules import BrokenError, SkippedError, must, rule


@rule("staff.list", "Optional: HQ signs who works in a store, with a digest of each row as it is in the same feed")
def _list(ground: Ground) -> None:
    if not ground.stock_of:
        raise SkippedError("name a store with staff (--stock-of)")
    till = ground.enrol(at=ground.stock_of)
    try:
        _check(till)
    finally:
        with suppress(SkippedError):  # as with the piece of stock: the store is a real one
            ground.revoke(till.me.terminal)


def _check(till: ConformTill) -> None:
    store, rows = till.me.store, till.rows(f"store:{till.me.store}")
    staff = {key: row.d for (table, key), row in rows.items() if table == "staff" and row.d and row.d["active"]}
    said = rows.get(("setting", f"{store}/{SETTING}"))
    if said is None or said.d is None:
        raise SkippedError("HQ signs no staff" if staff else "the store has no staff")
    found = read(said.d.get("value"), till.signer.hq_key, store)
    if found is None:
        raise BrokenError("the list is not one that HQ signed for this store")
    must(found.digests.keys() == staff.keys(), "the list names others than the rows")
    wanted = {key: digest(key, d["name"], d["badge"], d["roles"], d["pin_hash"]) for key, d in staff.items()}
    must(found.digests == wanted, "a digest is not that of its row")
    must(found.epoch == till.epoch(f"store:{store}"), "signed before HQ was restored, so tills have seen a later one")
