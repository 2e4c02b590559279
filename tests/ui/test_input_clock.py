"""T-13: a key pressed before something was painted never confirms it, however late it arrives."""

from ui.input_clock import InputClock


class Hand:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_an_event_from_before_the_paint_is_not_fresh() -> None:
    hand = Hand()
    clock = InputClock(hand)
    clock.happened(clock.event_ms(500_000))  # in time: ties the clocks together
    hand.now = 1010.0
    painted_at = 1009.0
    clock.happened(clock.event_ms(508_000))  # pressed at 1008, delivered at 1010
    assert not clock.is_fresh(painted_at)
    clock.happened(clock.event_ms(509_500))
    assert clock.is_fresh(painted_at)


def test_what_was_never_painted_is_not_confirmed() -> None:
    clock = InputClock(Hand())
    clock.happened(clock.event_ms(500_000))
    assert not clock.is_fresh(0.0)


def test_an_event_without_a_stamp_counts_from_its_arrival() -> None:
    hand = Hand()
    clock = InputClock(hand)
    clock.happened(clock.event_ms(0))
    assert clock.is_fresh(999.0)
    assert not clock.is_fresh(1001.0)


def test_a_window_system_that_starts_anew_is_followed() -> None:
    hand = Hand()
    clock = InputClock(hand)
    clock.happened(clock.event_ms(4_294_967_000))
    hand.now = 1001.0
    clock.happened(clock.event_ms(5))
    assert clock.is_fresh(1000.5)


def test_a_clock_that_goes_a_little_slower_is_followed_all_day() -> None:
    """By noon each Enter seemed to be from before the amount was painted, and the till took none."""
    hand = Hand()
    clock = InputClock(hand)
    for minutes in range(0, 16 * 60, 7):
        hand.now = 1000.0 + minutes * 60
        begun = hand.now
        for key in range(8):  # as somebody types: the delay varies, and what is painted is confirmed 0.2 s later
            hand.now = begun + key * 0.2 + 0.03 * (key % 3)
            clock.happened(clock.event_ms(int(500_000 + (begun + key * 0.2) * 1000 * (1 - 0.0003))))
            if key:
                assert clock.is_fresh(begun + key * 0.2 - 0.15)
    hand.now += 2.0
    clock.happened(clock.event_ms(int(500_000 + (hand.now - 1.0) * 1000 * (1 - 0.0003))))
    assert not clock.is_fresh(hand.now - 0.9)
