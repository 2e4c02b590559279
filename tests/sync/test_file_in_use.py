"""Another program has the till's key file open: on Windows it cannot be replaced then (S-28)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from posclient.errors import DataError
from sync.credentials import FILE_NAME, Secrets, vault
from tests.sync.tills import TillFolder

HELD = Secrets(bytes(range(32, 64)), bytes(range(32)))


@contextmanager
def in_use() -> Iterator[None]:
    replace = Path.replace

    def refused(path: Path, target: Path) -> Path:
        if Path(target).name == FILE_NAME:
            raise PermissionError(13, "The process cannot access the file")
        return replace(path, target)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Path, "replace", refused)
        yield


def test_it_is_said_as_every_trouble_with_a_file(tmp_path: Path) -> None:
    with in_use(), pytest.raises(DataError, match="cannot_write"):
        vault("file", tmp_path).save("hq/S001-1", HELD)


def test_a_cycle_goes_on_with_what_is_in_memory(till: TillFolder) -> None:
    """The key is wrapped anew, as after HQ's own was changed; the next good moment keeps that."""
    place = vault("file", till.folder)
    name = f"{till.me.hq}/{till.me.terminal}"
    held = place.load(name)
    place.save(name, Secrets(held.seed, held.key))
    till.sale()
    with in_use():
        report = till.cycle()
    assert (report.error, report.unsent) == (None, 0)
    assert place.load(name).wrapped == b""
    assert till.cycle().error is None
    assert place.load(name).wrapped != b""
