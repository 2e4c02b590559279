"""The number of a valet order says how it stands, wherever it is scanned or typed and however old it is (G1, T-26)."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from posclient.actions import valet as orders
from tests.actions.kidswear import TERMINAL
from tests.ui.conftest import Counter
from tests.ui.test_valet_orders import valet


@pytest.fixture
def old(selling: Counter) -> str:
    """The number of a confirmed order that more have followed than the list shows."""
    placed = [orders.place(selling.till, (("A001-RED-110", 1),), None, None, 0, "G1") for _ in range(51)]
    at = selling.store.clock.now().isoformat()
    row = {"order": placed[0].id, "state": "confirmed", "ships_from": "W001", "reason": "", "at": at}
    selling.store.hq.send(TERMINAL, ("valet_outcome", placed[0].id, row))
    return placed[0].number


@pytest.mark.parametrize("place", ["sale", "valet"])
def test_a_scanned_order_says_how_it_stands(selling: Counter, old: str, place: str) -> None:
    selling.window.go(place)
    selling.scan(old)
    assert selling.window.message.text == f"代客订单 {old}：已确认 · 中央仓"


def test_the_list_alone_would_not_say_it(selling: Counter, old: str) -> None:
    selling.window.go("valet")
    assert old not in " ".join(selling.words(valet(selling).list))
    selling.press(Qt.Key.Key_F2)
    selling.type(f"{old}\n")
    assert old in selling.window.message.text
