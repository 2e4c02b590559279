import pytest

from posclient.domain.offline_limits import (
    CASH_ONLY,
    HOUR_MS,
    LOCKED,
    SEALED,
    Contact,
    Limit,
    in_force,
    limits,
    read_hours,
)

HOURS = read_hours({})


@pytest.mark.parametrize(
    ("hours", "steps"),
    [
        (0, []), (59.9, []), (60, [(SEALED, -12)]), (72, [(SEALED, 0)]), (100, [(SEALED, 28)]),
        (160, [(SEALED, 88), (CASH_ONLY, -8)]), (168, [(SEALED, 96), (CASH_ONLY, 0)]),
        (710, [(SEALED, 638), (CASH_ONLY, 542), (LOCKED, -10)]),
        (720, [(SEALED, 648), (CASH_ONLY, 552), (LOCKED, 0)]),
    ],
)  # fmt: skip
def test_72_hours_7_days_30_days(hours: float, steps: list[tuple[str, float]]) -> None:
    """Each step is told of twelve hours before it bites."""
    found = limits(HOURS, int(hours * HOUR_MS))
    assert found == tuple(Limit(step, since * 3600) for step, since in steps)
    for step in (SEALED, CASH_ONLY, LOCKED):
        assert in_force(found, step) == any(name == step and since >= 0 for name, since in steps)


def test_a_later_step_brings_the_earlier_ones() -> None:
    found = limits(read_hours({"seal_after_hours": 0, "cash_only_after_hours": 5}), 6 * HOUR_MS)
    assert found == (Limit(CASH_ONLY, 3600),)
    assert in_force(found, SEALED)
    assert not in_force(found, LOCKED)


def test_settings_of_a_wrong_form_count_as_not_sent() -> None:
    odd = {"seal_after_hours": -1, "cash_only_after_hours": "168", "lock_after_hours": 10**9}
    assert read_hours(odd) == HOURS == {SEALED: 72, CASH_ONLY: 168, LOCKED: 720}
    assert read_hours({"seal_after_hours": True, "lock_after_hours": 0})[LOCKED] == 0


def test_the_later_of_clock_and_floor_counts() -> None:
    """S-16: a clock that was put back does not bring time back."""
    contact = Contact(hq_ms=1_000, wall_ms=5_000)
    assert contact.since_ms(wall_ms=5_700, floor_ms=0) == 700
    assert contact.since_ms(wall_ms=5_700, floor_ms=1_900) == 900
    assert contact.since_ms(wall_ms=100, floor_ms=0) == 0


def test_before_the_first_contact_nothing_is_counted() -> None:
    assert Contact(None, None).since_ms(10**12, 0) is None
    assert limits(HOURS, None) == ()
