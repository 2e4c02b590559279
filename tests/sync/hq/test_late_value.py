"""Stored value in a file about members who are here already, and never had any."""

from __future__ import annotations

from pathlib import Path

from sqlmodel import select

from sync.hq.lease_tables import ValueAccountRow
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill
from tests.sync.hq.test_import_by_code import people


def accounts(server: HqServer) -> list[tuple[str, int]]:
    with server.database.read() as session:
        return [(one.member, one.balance) for one in session.exec(select(ValueAccountRow)) if one.unit == "value"]


def test_it_opens_their_account(hq_server: HqServer, tmp_path: Path, new_till: NewTill) -> None:
    """Who was imported without that column, or registered at a till, had 0 for ever: the row counted as good."""
    till = new_till()
    people(hq_server, tmp_path, "code,phone,home_store", "QL1,13912345678,S001")
    people(hq_server, tmp_path, "code,phone,home_store,stored_value", "QL1,13912345678,S001,50000")
    assert accounts(hq_server) == [("QL1", 50_000)]
    assert till.row("store:S001", "member", "QL1")["stored_value"] == 50_000


def test_an_account_that_is_there_is_opened_once(hq_server: HqServer, tmp_path: Path) -> None:
    header = "code,phone,stored_value"
    for value in (0, 100, 300, 0):
        people(hq_server, tmp_path, header, f"QL1,13912345678,{value}")
    assert accounts(hq_server) == [("QL1", 100)]
