"""A guest who shows the code of before HQ united them with an older member."""

from __future__ import annotations

from pathlib import Path

from posclient.actions import serving
from posclient.db import terminal
from sync.asking import VisitRequest
from sync.hq.chain_tables import MemberAlias
from sync.hq.visiting import visit
from tests.sync.hq.desks import Desk, stock_up
from tests.sync.hq.test_united_guest import desks, registered
from tests.sync.tills import Chain, stored

__all__ = ["desks"]


def test_a_code_of_before_brings_the_member_of_now(
    desks: tuple[Desk, Desk, Desk], chain: Chain, tmp_path: Path
) -> None:
    """protocol.md, members: aliases are followed for ever; a third store took the code for a claimed one each time."""
    home, away, _beside = desks
    older = registered(home)
    home.sync()
    newer = registered(away)
    away.sync()
    assert [(one.old, one.new) for one in stored(chain, MemberAlias)] == [(newer, older)]
    code = chain.code("S003")
    stock_up(chain, "S003")
    third = Desk(chain, tmp_path / "third", code)
    assert serving.by_code(third.till, newer) is None
    me = terminal.read(third.con).terminal
    assert visit(chain.database, chain.clock, me, VisitRequest(code=newer)).member == older
    third.sync()
    found = serving.by_code(third.till, newer)
    assert found is not None
    assert found.id == older
    third.close()
