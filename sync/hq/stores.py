"""Opening stores from the command line and from imports."""

from __future__ import annotations

import re

from sqlmodel import Session

from posclient.errors import InputError
from sync.hq.chain_tables import StoreRow
from sync.hq.feeds import Change
from sync.hq.placing import DEFAULT_ZONE, new_store

#: A store's id is part of receipt numbers, feed names and addresses.
STORE_ID = re.compile(r"[A-Za-z0-9_.-]{1,32}")


def check_store_id(store: str) -> str:
    """``store`` itself, or ``InputError("bad_store")``."""
    if not STORE_ID.fullmatch(store):
        raise InputError("bad_store", store=store[:40])
    return store


def ensure_store(session: Session, store: str) -> list[Change]:
    """Have the store, in the default zone; the changes to publish if it is new."""
    check_store_id(store)
    if session.get(StoreRow, store) is not None:
        return []
    return new_store(session, StoreRow(id=store, name=store, zone=DEFAULT_ZONE))
