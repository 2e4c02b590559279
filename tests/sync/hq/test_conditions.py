"""When a till is sick, and when it only sleeps: whoever looks after 4,000 of them must not be called for nothing."""

from __future__ import annotations

from typing import Any

import pytest

from sync.hq.conditions import DAY, HOUR, MINUTE, Condition, Known, judge
from sync.hq.tables import Terminal, ThroughHub, TillHealth

NOW = 1_900_000_000_000


def terminal(**changes: Any) -> Terminal:
    values = {"id": "S001-1", "store": "S001", "slot": 1, "enrolled_ms": NOW - 30 * DAY, "incarnation": "i", **changes}
    return Terminal(**values)


def health(**changes: Any) -> TillHealth:
    values: dict[str, Any] = {
        "terminal": "S001-1", "at_ms": NOW - MINUTE, "unsent": 0, "oldest_unsent_ms": None, "program": "1",
        "python": "3", "system": "x", "protocol": 2, "offset_ms": 0, "clock_suspect": False, "trouble": "",
        "held": "[]", "printer": "network", "unprinted": 0,
    }  # fmt: skip
    return TillHealth(**{**values, **changes})


def of(silent_ms: int = MINUTE, said: TillHealth | None = None, **changes: Any) -> Condition:
    known: dict[str, Any] = {
        "terminal": terminal(), "now_ms": NOW, "last_ms": NOW - silent_ms, "health": said, "incidents": {},
        "quarantined": 0, **changes,
    }  # fmt: skip
    return judge(Known(**known))


def told(condition: Condition) -> tuple[str, list[str]]:
    return condition.state, [one.code for one in condition.reasons]


@pytest.mark.parametrize(
    ("silent_ms", "state", "codes"),
    [
        (MINUTE, "ok", []),
        (12 * HOUR, "resting", ["resting"]),  # the shop is closed
        (26 * HOUR, "attention", ["away"]),
        (4 * DAY, "trouble", ["away"]),
    ],
)
def test_a_closed_shop_is_no_alarm_and_a_lost_day_is(silent_ms: int, state: str, codes: list[str]) -> None:
    assert told(of(silent_ms, health())) == (state, codes)


@pytest.mark.parametrize(
    ("said", "state", "codes"),
    [
        ({"unsent": 3, "oldest_unsent_ms": NOW - 5 * MINUTE}, "ok", []),  # it is just about to send them
        ({"unsent": 3, "oldest_unsent_ms": NOW - 20 * MINUTE}, "attention", ["unsent"]),
        ({"unsent": 3, "oldest_unsent_ms": NOW - 2 * HOUR}, "trouble", ["unsent"]),
        ({"trouble": "fork"}, "trouble", ["fork"]),
        ({"offset_ms": -90_000}, "attention", ["clock"]),
        ({"offset_ms": 6 * MINUTE}, "trouble", ["clock"]),
        ({"clock_suspect": True}, "trouble", ["clock_suspect"]),
        ({"held": '["global=mass_delete"]'}, "attention", ["held"]),
        ({"unprinted": 6}, "attention", ["unprinted"]),
        ({"unprinted": 20, "printer": "none"}, "ok", []),  # nobody expects paper there
    ],
)
def test_what_a_till_says_of_itself_is_judged(said: dict[str, Any], state: str, codes: list[str]) -> None:
    """G-7: facts that wait while HQ answers are seen by somebody who can do something."""
    assert told(of(said=health(**said))) == (state, codes)


def test_facts_that_went_away_with_a_till_are_told_also_at_night() -> None:
    found = of(12 * HOUR, health(unsent=7, oldest_unsent_ms=NOW - 13 * HOUR))
    assert told(found) == ("attention", ["left_with_unsent"])
    assert (found.reasons[0].count, found.reasons[0].ms) == (7, 13 * HOUR)


def test_the_worst_reason_gives_the_state_and_comes_first() -> None:
    found = of(said=health(unprinted=9), incidents={"bad_hash": 2}, quarantined=1)
    assert told(found) == ("trouble", ["bad_hash", "quarantined", "unprinted"])
    assert min([of(), found, of(12 * HOUR), of(quarantined=1)], key=lambda one: one.rank) is found


def test_a_place_without_a_till_is_off() -> None:
    assert told(of(terminal=terminal(enrolled_ms=None))) == ("off", ["new"])
    shut_out = of(9 * DAY, health(unsent=1), terminal=terminal(revoked=True), quarantined=2)
    assert told(shut_out) == ("off", ["revoked", "quarantined"])


def test_a_till_that_is_heard_through_its_hub_is_judged_by_that_and_not_by_its_old_words() -> None:
    """Its last word of itself is two days old, from before its line broke; its sales come every minute."""
    through = ThroughHub(terminal="S001-1", hub="S001-2", at_ms=NOW - MINUTE)
    old = health(at_ms=NOW - 2 * DAY, unsent=3, oldest_unsent_ms=NOW - 2 * DAY, clock_suspect=True)
    found = of(MINUTE, old, through=through)
    assert told(found) == ("attention", ["through_hub"])
    assert (found.reasons[0].who, found.reasons[0].ms) == ("S001-2", MINUTE)
    assert told(of(MINUTE, None, through=through)) == ("attention", ["through_hub"])
    assert told(of(MINUTE, health(), through=through)) == ("ok", [])  # its own line is back
    late = ThroughHub(terminal="S001-1", hub="S001-2", at_ms=NOW - 26 * HOUR)
    assert told(of(26 * HOUR, old, through=late)) == ("attention", ["away", "through_hub"])
