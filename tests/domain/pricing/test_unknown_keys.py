"""A key of a rule that pricing does not look at may bound it: no rule for this till (pricing.md, bad input)."""

from __future__ import annotations

from typing import Any

import pytest

from posclient.domain.pricing.reading import BadBasket, Fields
from posclient.domain.pricing.unknown_keys import read_sent


def read(fields: Fields) -> tuple[int, int, list[int]]:
    """A kind of rule that has an object in it, and a list of some."""
    steps = [one.integer("save") for one in fields.objects("steps")]
    return fields.integer_or(10, "bp"), fields.fields("place").integer("floor"), steps


def rule(**more: Any) -> dict[str, Any]:
    return {"bp": 10, "place": {"floor": 2}, "steps": [{"save": 3}], **more}


@pytest.mark.parametrize("passing", [{}, {"hours": None}, {"hours": False}, {"hours": []}, {"x-why": "spring"}])
def test_what_says_nothing_passes(passing: dict[str, Any]) -> None:
    assert read_sent(rule(**passing), read) == (10, 2, [3])


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"hours": [9, 12]}, "hours"),
        ({"place": {"floor": 2, "room": 5}}, "place.room"),
        ({"steps": [{"save": 3}, {"save": 4, "once": True}]}, "steps[1].once"),
    ],
)
def test_what_bounds_the_rule_is_named(more: dict[str, Any], field: str) -> None:
    with pytest.raises(BadBasket) as caught:
        read_sent(rule(**more), read)
    assert (caught.value.code, caught.value.field) == ("unknown_key", field)
