"""The cache is swapped while somebody reads the follow-ups: they are those of before or those of after."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from posclient.db import care_tasks, live_cache
from tests.db.shop import NOW, caches, enrolled, fill, rows
from tests.db.test_chain_rows import care_row


def test_a_load_that_ends_meanwhile_is_no_failure(tmp_path: Path) -> None:
    """It ended in a traceback: half of them were to be read yet, of a file that was closed."""
    cache, till = caches(tmp_path)
    con = enrolled(tmp_path)
    fill(cache, "store:S001", *rows("care_task", [care_row(f"hq-{n}") for n in range(3)]))
    swapped: list[Path] = []

    def load(sql: str) -> None:
        if "FROM care_task" in sql and not swapped:
            swapped.append(live_cache.renew(tmp_path))

    con.set_trace_callback(load)
    assert len(care_tasks.due(till, con, "G2", NOW + timedelta(hours=1))) == 3
    con.set_trace_callback(None)
    assert swapped
    assert care_tasks.due(till, con, "G2", NOW + timedelta(hours=1)) == []
