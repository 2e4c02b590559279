"""Any order of selling, losing the line, restarting and changing HQ ends, once healed, with both ends equal.

The network is in this process and drops, cuts, doubles and reorders at random; till, HQ and both databases are real.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sync.hq.database import open_database
from sync.hq.fact_tables import FactRow, Quarantine, SaleRow
from sync.hq.feeds import Change
from sync.report import CycleReport
from tests.sync.tills import Chain, TillFolder, stored, tiers, unreachable

#: What happens to one call: it goes through; it never arrives; HQ acts and the reply is lost; it arrives twice;
#: an earlier reply of the same call arrives in its place.
FATES = ("good", "cut", "lost reply", "twice", "earlier reply")


class Weather:
    """A network with a fate for each of the next calls; fair again when they are used up."""

    def __init__(self) -> None:
        self.fates: list[str] = []
        self.earlier: dict[str, Any] = {}

    def __call__(self, call: str, go: Callable[[], Any]) -> Any:
        fate = self.fates.pop(0) if self.fates else "good"
        if fate == "cut":
            raise unreachable()
        if fate == "earlier reply" and call in self.earlier:
            return self.earlier[call]
        answer = go()
        if fate == "twice":
            answer = go()
        if fate == "lost reply":
            raise unreachable()
        self.earlier[call] = answer
        return answer


class Schedules(RuleBasedStateMachine):
    """One till, one HQ."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=self.template.parent))
        shutil.copytree(self.template, self.folder, dirs_exist_ok=True)
        self.chain = Chain(open_database(f"sqlite:///{self.folder}/hq.db"))
        self.till = TillFolder(self.chain, self.folder / "till")
        self.weather = self.till.line.meddle = Weather()
        self.sales: list[str] = []
        self.notes: list[str] = []
        self.rows = {f"T{n}": "tier" for n in range(10)}

    @rule()
    def sell(self) -> None:
        self.sales.append(self.till.sale())

    @rule()
    def note(self) -> None:
        self.notes.append(self.till.note())

    @rule(number=st.integers(0, 12), name=st.sampled_from(["a", "b"]))
    def change_a_row(self, number: int, name: str) -> None:
        self.rows[f"T{number}"] = name
        self.chain.publish(*tiers(range(number, number + 1), name))

    @rule(number=st.integers(0, 12))
    def remove_a_row(self, number: int) -> None:
        self.rows.pop(f"T{number}", None)
        self.chain.publish(Change("global", "tier", f"T{number}", None))

    @rule(fates=st.lists(st.sampled_from(FATES), max_size=8))
    def sync(self, fates: list[str]) -> None:
        self.weather.fates = list(fates)
        report = self.till.cycle()
        self.weather.fates = []
        assert report.error is None or report.error.code in {"unreachable", "not_hq", "bad_ack"}

    @rule()
    def restart(self) -> None:
        self.till.restart()

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        sales = [row.id for row in stored(self.chain, SaleRow)]
        assert len(sales) == len(set(sales))
        assert set(sales) <= set(self.sales)
        assert self.till.unsent() + len(stored(self.chain, FactRow)) >= len(self.sales) + len(self.notes)

    def teardown(self) -> None:
        """Heal, and compare both ends."""
        try:
            self.healed()
        finally:
            self.till.close()
            self.chain.database.close()
            shutil.rmtree(self.folder)

    def healed(self) -> None:
        self.till.restart()
        reports: list[CycleReport] = [self.till.cycle() for _ in range(2)]
        assert (reports[1].error, reports[1].held, reports[1].unsent, reports[1].pushed) == (None, (), 0, 0)
        facts = stored(self.chain, FactRow)
        assert [fact.seq for fact in facts] == list(range(1, len(self.sales) + len(self.notes) + 1))
        assert [(fact.id, fact.body) for fact in facts] == self.till.con.execute("SELECT id, body FROM fact").fetchall()
        assert sorted(row.id for row in stored(self.chain, SaleRow)) == sorted(self.sales)
        assert stored(self.chain, Quarantine) == []
        assert dict(self.till.rows("SELECT key, name FROM tier")) == self.rows


@pytest.mark.slow
def test_schedules(loaded_chain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T-10, G-1, G-4, S-14: lost, doubled and reordered messages, restarts at any moment."""
    from hypothesis.stateful import run_state_machine_as_test

    monkeypatch.setattr(Schedules, "template", loaded_chain, raising=False)
    monkeypatch.setattr("sync.engine.MOST_FACTS", 2)
    monkeypatch.setattr("sync.engine.PAGE_ROWS", 2)
    run_state_machine_as_test(
        Schedules,
        settings=settings(
            max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
