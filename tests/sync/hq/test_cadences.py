"""A cadence goes in whole or stays what it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.hq.database import Database
from tests.sync.hq.test_import_folder import rows, run, write

HEAD = "id,step,after_minutes,name,script\n"
GOOD = f"{HEAD}3315,thanks,180,谢谢,\n3315,ask,4320,满意,\n3315,wash,21600,护理,\n9,once,60,x,\n"


@pytest.mark.parametrize("bad", ["3315,ask,3天,满意,\n", "3315,ask,4320,,\n", "3315,thanks,4320,满意,\n", "3315,ask\n"])
def test_a_bad_step_leaves_the_cadence_as_it_was(hq_database: Database, tmp_path: Path, bad: str) -> None:
    """G6: with the good rows alone no sale would ever bring the step again that somebody has mistyped."""
    run(hq_database, write(tmp_path / "in", cadences=GOOD))
    before = rows(hq_database, "global")
    changed = GOOD.replace("3315,ask,4320,满意,\n", bad).replace("180", "240")
    report, faults = run(hq_database, write(tmp_path / "in", cadences=changed))
    assert len(faults) == 1
    assert rows(hq_database, "global") == before
    assert (report.files["cadences.csv"].good, report.files["cadences.csv"].bad) == (0, 1)
