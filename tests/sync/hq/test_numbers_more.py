"""A number in quarantine that no sale may have is not gone on from."""

from __future__ import annotations

import json

from sqlmodel import select

from posclient.domain.facts import SALE_COMPLETED
from sync.hq.fact_tables import Quarantine
from sync.hq.numbers import next_receipt
from sync.hq.tables import Terminal
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill


def test_the_last_number_there_is(new_till: NewTill, hq_server: HqServer) -> None:
    """T-18: all later sales of the slot would be unreadable."""
    till = new_till()
    shown = json.loads(till.sale().body)
    till.seq, till.previous = 0, till.before
    odd = till.fact(SALE_COMPLETED, shown | {"seq": 10**12, "cashier": "x" * 5000})
    assert till.codes(odd, till.sale()) == [("quarantined", "unreadable"), ("applied", None)]
    with hq_server.database.read() as session:
        assert len(session.exec(select(Quarantine)).all()) == 1
        assert next_receipt(session, session.get_one(Terminal, till.me.terminal)) < 10**12
