"""What HQ decides of a fact of which the till has nothing but the hash is told with its slip and time (S-12)."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path

from posclient.db import outcomes, retention
from posclient.db.instants import to_ms
from tests.db.shop import NOW, caches, commit, enrolled, fill, rows, sale


def test_a_decision_after_the_thirty_days_names_its_sale(tmp_path: Path) -> None:
    """Somebody at HQ saw to a fact in quarantine after a month: the manager still has to know which sale that was."""
    con = enrolled(tmp_path)
    commit(con, sale("sale-1", 7))
    con.execute("UPDATE outbox SET acked_ms = 1, outcome = 'quarantined', code = 'unreadable'")
    con.execute("UPDATE terminal SET received_seq = 1, durable_seq = 1")
    assert retention.forget_old(con, NOW + timedelta(days=31), 1) == 1
    for_sync, cache = caches(tmp_path)
    with closing(for_sync), closing(cache):
        said = {"fact": "sale-1", "code": "dismissed", "detail": {"was": "unreadable"}}
        fill(for_sync, "terminal:S001-1", *rows("fact_outcome", [said], "fact"))
        (told,) = outcomes.unseen(cache, con, 9)
    assert (told.receipt, told.kind, told.at_ms) == ("S001-1-20261122-000007", "SaleCompleted", to_ms(NOW))
    assert told.amount == 51_000
