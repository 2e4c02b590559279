"""Rules of scales' labels that no till can read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from posclient.actions.shop_settings import read_shop_settings
from sync.hq.database import Database
from tests.sync.hq.test_import_folder import rows, run, write

GOOD = {"prefix": "22", "layout": "PPIIIIIVVVVVK"}


@pytest.mark.parametrize(
    "value",
    [
        [GOOD, {"prefix": "21", "layout": "PPIIIIIIIIIIK"}],  # neither price nor weight
        [GOOD, {"prefix": 21, "layout": "PPIIIIIVVVVVK"}],
        [GOOD, {"layout": "PPIIIIIVVVVVK"}],
        [GOOD, "21"],
        GOOD,
    ],
)
def test_they_are_told(hq_database: Database, tmp_path: Path, value: object) -> None:
    """They went in as good, and tills took every label for an unknown code: one bad rule spoils those beside it."""
    cell = json.dumps(value).replace('"', '""')
    _, faults = run(hq_database, write(tmp_path / "in", settings=f'store,name,value\n,embedded_codes,"{cell}"\n'))
    assert faults == [("settings.csv", 2, "value", "code_rule")]
    assert rows(hq_database, "global") == {}


def test_what_tills_read_goes_in(hq_database: Database, tmp_path: Path) -> None:
    cell = json.dumps([GOOD]).replace('"', '""')
    _, faults = run(hq_database, write(tmp_path / "in", settings=f'store,name,value\n,embedded_codes,"{cell}"\n'))
    assert faults == []
    kept = rows(hq_database, "global")["setting", "embedded_codes"]["value"]
    assert len(read_shop_settings({"embedded_codes": kept}).embedded_codes) == 1
