"""The month of an allowance, as spreadsheets write it: the report asks for a month and not for a day."""

from __future__ import annotations

import pytest

from sync.hq.imports import cells
from ui import i18n


@pytest.mark.parametrize("cell", ["Nov-26", "2026-11-01", "2026/11", "2026-13"])
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_whoever_does_as_the_report_says_gets_the_row_in(cell: str, language: str) -> None:
    """``2026-11-01`` is what "is no day (YYYY-MM-DD)" leads to, and was told the same again."""
    with pytest.raises(cells.BadCellError) as bad:
        cells.month(cell)
    i18n.use_language(language)
    said = i18n.tr(f"import.fault.{bad.value}")
    assert "YYYY-MM" in said
    assert "DD" not in said
    assert cells.month("2026-11") == "2026-11"
