"""The first start on a machine that nobody has enrolled yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from posclient.errors import DataError
from ui.opening import open_folder
from ui.sentences import sentence


def test_a_folder_that_nobody_made_is_no_till(tmp_path: Path) -> None:
    """The window sent people to look at the permissions of a folder that is not there."""
    with pytest.raises(DataError, match="no_till") as caught:
        open_folder(tmp_path / "posclient")
    assert "posclient enrol" in sentence(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_one_that_is_none_is_still_a_folder_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "posclient").write_text("")
    with pytest.raises(DataError, match="cannot_open"):
        open_folder(tmp_path / "posclient")
