"""A fuzz that finds nothing may look for nothing: with each fault built into the product its run fails."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings

from sync import replies
from tests.fuzz import runs
from tests.fuzz.faults import CHUNKS, FACTS, IMPORTS, PUSHES, REPLIES, Fault
from tests.fuzz.test_hq_replies import GOOD
from tests.fuzz.test_hq_replies import test_any_chunk_is_rows_or_a_data_error as fuzz_chunks
from tests.fuzz.test_hq_replies import test_any_reply_is_a_message_or_a_link_error as fuzz_replies
from tests.fuzz.test_imports import test_any_file_is_rows_and_faults as fuzz_imports
from tests.fuzz.test_pushes import test_any_body_is_a_message_or_a_problem as fuzz_pushes
from tests.fuzz.test_pushes import test_any_body_of_a_fact_is_read_or_unreadable as fuzz_facts
from tests.fuzz.test_structured import keep, spoilt

ALL: list[tuple[Callable[..., None], str, Fault]] = [
    (run, name, fault)
    for run, faults in (
        (fuzz_replies, REPLIES), (fuzz_pushes, PUSHES), (fuzz_facts, FACTS), (fuzz_chunks, CHUNKS),
        (fuzz_imports, IMPORTS),
    )
    for name, fault in faults.items()
]  # fmt: skip
#: At most; the run ends with what it finds, mostly after some tens.
EXAMPLES = "6000"
#: Bounds of time and memory that a small run reaches: seconds, MiB.
SECONDS, GROWTH = 0.2, 20


@pytest.mark.skipif(sys.platform == "win32", reason="no timer of processor time there")
@pytest.mark.parametrize(("run", "fault"), [pytest.param(run, fault, id=name) for run, name, fault in ALL])
def test_a_fault_of_ours_would_be_found(
    run: Callable[..., Any], fault: Fault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within seconds, in the way that the fault shows itself and in no other."""
    monkeypatch.setenv("POSCLIENT_N", EXAMPLES)
    monkeypatch.setenv("POSCLIENT_SEED", "1")
    if fault.owner is replies and fault.name == "_once":
        monkeypatch.setattr(runs, "MOST_SECONDS", SECONDS)
        monkeypatch.setattr(runs, "MOST_GROWTH", GROWTH)
    fault.build_in(monkeypatch)
    with pytest.raises(Exception) as failure:  # noqa: PT011 - any that the fault says; the next line looks
        run(tmp_path) if run in {fuzz_chunks, fuzz_imports} else run()
    shown = f"{failure.type.__name__}: {failure.value}"
    assert re.match(fault.found, shown), shown


@pytest.mark.parametrize(
    "fault",
    [
        REPLIES["nesting has no bound"],
        REPLIES["types are not judged"],
    ],
    ids=["nesting has no bound", "types are not judged"],
)
def test_a_fault_would_be_found_in_structures(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    fault.build_in(monkeypatch)

    @settings(max_examples=1000, derandomize=True, database=None, phases=[Phase.generate])
    @given(spoilt(GOOD[1][1]))
    def run(body: bytes) -> None:
        keep(GOOD[1][0], body, 200)

    with pytest.raises(Exception) as failure:  # noqa: PT011 - any that the fault says; the next line looks
        run()
    assert re.match(fault.found, f"{failure.type.__name__}: {failure.value}"), failure.value
