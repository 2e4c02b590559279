"""Hours without HQ that tills take as not sent, since they are more than they go by."""

from __future__ import annotations

from pathlib import Path

import pytest

from posclient.domain.offline_limits import MOST_HOURS, SETTINGS, read_hours
from sync.hq.database import Database
from tests.sync.hq.test_import_folder import FILES, rows, run, write


@pytest.mark.parametrize("name", [name for name, _ in SETTINGS.values()])
def test_they_are_told(hq_database: Database, tmp_path: Path, name: str) -> None:
    """99999, for hardly ever, went in as good, and a till that was offline for three days sealed its members."""
    settings = f"store,name,value\n,{name},{MOST_HOURS}\nS001,{name},{MOST_HOURS + 1}\nS002,{name},-1\n"
    _, faults = run(hq_database, write(tmp_path / "in", stores=FILES["stores"], settings=settings))
    assert faults == [("settings.csv", line, "value", "out_of_range") for line in (3, 4)]
    assert rows(hq_database, "global")["setting", name]["value"] == MOST_HOURS
    assert [read_hours({name: value}) for value in (MOST_HOURS + 1, -1)] == [read_hours({})] * 2
