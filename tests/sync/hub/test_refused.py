"""A batch that HQ has refused moves nothing, also where its till hands it in once more."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from posclient.db.hub_file import Batch, HubFile


def test_one_that_is_handed_in_again_takes_no_pieces_off(tmp_path: Path) -> None:
    """HQ misses what was refused, so the hub asks for all from there on: nothing would end these moves."""
    batch = Batch("1", "T1", "i", 1, 1, "s", b"p")
    with closing(HubFile(tmp_path)) as file:
        file.keep(batch, moved={"A": -1})
        assert file.moves("T2") == {"A": -1}
        file.refuse(batch, "bad_request")
        file.keep(batch, moved={"A": -1})
        assert file.moves("T2") == {}
