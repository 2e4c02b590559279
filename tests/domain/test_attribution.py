"""业绩归属 and follow-ups: who gets what of a sale, and who calls the customer."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posclient.domain.attribution import Share, attribute
from posclient.domain.care import Cadence, CareStep, care_tasks
from posclient.domain.ids import derived_id

AT = datetime(2026, 11, 21, 14, 3, tzinfo=timezone(timedelta(hours=8)))
THREE_THREE_FIFTEEN = Cadence("3315", (CareStep("3h", 180, "感谢", ""), CareStep("3d", 4320, "满意度", "")))


@pytest.mark.parametrize(
    ("selling", "own", "shares"),
    [
        (None, None, []),
        (None, "o", [("o", "own", 10000, 1001)]),
        ("s", None, [("s", "selling", 10000, 1001)]),
        ("s", "s", [("s", "selling", 10000, 1001)]),
        ("s", "o", [("s", "selling", 7500, 751), ("o", "own", 2500, 250)]),
    ],
)
def test_the_selling_guide_comes_first(
    selling: str | None, own: str | None, shares: list[tuple[str, str, int, int]]
) -> None:
    """T-69: the own guide shares by HQ's rate; the rate is kept with the share."""
    assert attribute("1", 1001, selling, own, 2500) == tuple(Share("1", *share) for share in shares)


def test_a_rate_of_nothing_makes_no_second_share() -> None:
    assert attribute("1", 1001, "s", "o", 0) == (Share("1", "s", "selling", 10000, 1001),)


@given(st.integers(0, 10**9), st.integers(0, 10_000))
def test_shares_sum_to_the_line(net: int, bp: int) -> None:
    assert sum(share.amount for share in attribute("1", net, "s", "o", bp)) == net


def test_the_own_guide_follows_up_else_who_sold() -> None:
    tasks = care_tasks("sale", AT, "m", "o", "s", [THREE_THREE_FIFTEEN])
    assert [(one.owner, one.step, one.due - AT) for one in tasks] == [
        ("o", "3h", timedelta(hours=3)), ("o", "3d", timedelta(days=3)),
    ]  # fmt: skip
    assert tasks[0].id == derived_id("sale", "3315", "3h")
    assert {one.owner for one in care_tasks("sale", AT, "m", None, "s", [THREE_THREE_FIFTEEN])} == {"s"}
    assert care_tasks("sale", AT, "m", None, None, [THREE_THREE_FIFTEEN]) == ()
