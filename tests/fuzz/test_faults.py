"""A harness without mutants proves nothing: each fault that is put into a reader is found."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from inspect import signature
from pathlib import Path

import pytest

from posclient.db.instants import iso_ms
from sync import convert
from tests.fuzz.faults import FOUND_BY, Fault
from tests.fuzz.test_hq_replies import test_a_cycle_ends_in_a_report_whatever_hq_says as whole_cycles
from tests.sync.tills import Chain, TillFolder

EACH = [(fault, harness) for harness, faults in FOUND_BY.items() for fault in faults]
#: pytest takes it for a test of this file as well.
whole_cycles.__test__ = False  # type: ignore[attr-defined]


def finds(harness: Callable[[], None]) -> bool:
    """Does it fail? What it was at is closed with the error, and its timer with that."""
    try:
        harness()
    except Exception:  # noqa: BLE001 - an assertion, or what the product let through
        return True
    return False


@pytest.mark.parametrize(("fault", "harness"), EACH, ids=[fault.__name__.replace("_", " ") for fault, _ in EACH])
def test_the_fuzz_finds(
    fault: Fault, harness: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run = partial(harness, tmp_path) if signature(harness).parameters else harness
    with monkeypatch.context() as patch:
        fault(patch)
        assert finds(run)


def test_a_cycle_that_dies_of_a_time_is_found(till: TillFolder, chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convert, "_ms", iso_ms)
    assert finds(partial(whole_cycles, till, chain))
