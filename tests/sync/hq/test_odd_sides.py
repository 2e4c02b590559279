"""Side records that no till makes do not stop a queue for ever, whichever database HQ has."""

from __future__ import annotations

import json
import secrets

import pytest
from sqlmodel import select

from posclient.errors import LinkError
from sync.hq.fact_tables import SideRow
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill
from tests.sync.hq.test_postgres import on_postgres, server  # noqa: F401  (fixtures)
from tests.sync.hq.till_at_hq import TillAtHq


def test_one_that_comes_twice_is_kept_once(new_till: NewTill, hq_server: HqServer) -> None:
    """T-18: its id is taken by itself, so the fact could be stored neither with it nor aside."""
    till = new_till()
    fact = till.sale()
    side, _ = till.seal(fact.id, json.dumps({}).encode())
    assert till.codes(fact, sides=[side, side]) == [("applied", None)]
    with hq_server.database.read() as session:
        assert [one.id for one in session.exec(select(SideRow))] == [side.id]


def test_an_id_that_no_index_has_room_for(server: HqServer) -> None:  # noqa: F811
    """HQ says whose fault it is, as of a fact's own id; it said that it was busy, and nobody would have looked."""
    till = TillAtHq(server.url, server.code())
    fact = till.sale()
    side, _ = till.seal(fact.id, json.dumps({}).encode())
    with pytest.raises(LinkError, match="bad_request"):
        till.push(fact, sides=[side.model_copy(update={"id": secrets.token_hex(4000)})])
    assert till.codes(fact, sides=[side]) == [("applied", None)]
    till.close()
