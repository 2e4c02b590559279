"""A follow-up whose sale another till of the store made: its script is whole all the same (G6)."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QGuiApplication

from tests.actions.kidswear import GLOBAL, STORE
from tests.ui.conftest import Counter
from tests.ui.test_care import care, touch


@pytest.fixture
def told(selling: Counter) -> Counter:
    """HQ sends it to all tills of the store; the sale itself it does not."""
    steps = [{"step": "3d", "after_minutes": 4320, "name": "满意度", "script": "{name}您好，您买的{product}还合身吗？"}]
    selling.store.hq.send(GLOBAL, ("cadence", "3315", {"id": "3315", "steps": steps}))
    task = {"id": "T9", "sale": "another till's", "member": "M1", "owner": "G1", "cadence": "3315", "step": "3d"}
    due = selling.store.clock.now().isoformat()
    selling.store.hq.send(STORE, ("care_task", "T9", {**task, "due": due, "state": "open"}))
    return selling


def test_the_script_has_no_hole(told: Counter) -> None:
    """The customer is not asked whether nothing fits."""
    screen = care(told)
    assert "王小明您好，您买的商品还合身吗？" in " ".join(told.words(screen))
    touch(told, "复制话术")
    assert QGuiApplication.clipboard().text() == "王小明您好，您买的商品还合身吗？"
