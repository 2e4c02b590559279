"""What the till says that it can do, for any facts about it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from posclient.domain.offline_limits import Limit
from posclient.domain.readiness import OLD_S, STUCK_S, Capability, Facts, Reason, State, capabilities, worst

#: A chain that has opened neither stored value nor points as tenders, nor payment codes.
PLAIN = frozenset({"value", "points", "codes"})
FRESH = Facts(ages={"prices": 10.0, "members": 20.0, "coupons": 20.0, "stock": 30.0}, off=PLAIN)
#: One that has.
ALL = replace(FRESH, off=frozenset())
NAMES = ("sell", "prices", "members", "coupons", "value", "points", "codes", "stock", "valet")


def by_name(facts: Facts) -> dict[str, Capability]:
    return {one.name: one for one in capabilities(facts)}


def limited(facts: Facts) -> dict[str, tuple[str, ...]]:
    """Codes of the reasons of whatever is not ready."""
    return {one.name: tuple(why.code for why in one.reasons) for one in capabilities(facts) if one.reasons}


def test_with_fresh_data_all_is_ready_and_says_how_old_it_is() -> None:
    found = capabilities(ALL)
    assert tuple(one.name for one in found) == NAMES
    assert {one.state for one in found} == {State.READY}
    assert [one.age_s for one in found] == [None, 10.0, 20.0, 20.0, 20.0, 20.0, None, 30.0, 30.0]
    assert worst(found) is State.READY


def test_offline_degrades_only_what_needs_an_answer_from_hq() -> None:
    """ux.md, manners: offline is not a mode; selling, prices, members and coupons go on."""
    offline = replace(FRESH, offline_s=120.0)
    assert limited(offline) == {"stock": ("estimate",), "valet": ("unconfirmed",)}
    assert by_name(offline)["valet"].state is State.DEGRADED
    assert by_name(offline)["valet"].reasons[0].since_s == 120.0
    assert worst(capabilities(offline)) is State.DEGRADED


def test_a_till_that_goes_through_the_hub_says_so_and_since_when() -> None:
    """protocol.md, store hub: degraded, as is a hub that does not answer; an HQ that does makes both no matter."""
    for code in ("through_hub", "is_hub", "no_hub"):
        sell = by_name(replace(FRESH, offline_s=60.0, hub=code))["sell"]
        assert (sell.state, [(why.code, why.since_s) for why in sell.reasons]) == (State.DEGRADED, [(code, 60.0)])
        assert by_name(replace(FRESH, hub=code))["sell"].state is State.READY
    deaf = by_name(replace(FRESH, hub="hub_deaf"))["sell"]
    assert [why.code for why in deaf.reasons] == ["hub_deaf"], "before it is needed"


def test_a_slow_clock_limits_what_is_good_until_a_time() -> None:
    """S-16: leases rest until the clock is right."""
    assert limited(replace(FRESH, clock_suspect=True)) == {"coupons": ("clock_suspect",)}


def test_nothing_loaded_yet_is_no_data_for_each_of_them() -> None:
    empty = Facts(ages={}, offline_s=5.0)
    assert {one.state for one in capabilities(replace(empty, off=PLAIN))} == {State.OFF, State.UNAVAILABLE}
    assert {one.state for one in capabilities(empty)} == {State.UNAVAILABLE}
    assert limited(empty)["valet"] == ("no_data", "unconfirmed"), "the gravest first"
    assert worst(capabilities(empty)) is State.UNAVAILABLE


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (replace(FRESH, disk_full=True), {"sell": ("disk_full",)}),
        (replace(FRESH, clock_jumped=True), {"sell": ("clock_jumped",)}),
        (replace(FRESH, own_key=False), {"members": ("no_key",), "valet": ("no_address",)}),
        (replace(FRESH, own_key=False, sealed_s=5.0), {"members": ("sealed",), "valet": ("sealed_address",)}),
        (replace(FRESH, limits=(Limit("sealed", -60.0),)), {"members": ("sealed_soon",)}),
        (replace(FRESH, limits=(Limit("cash_only", 60.0),)), {"sell": ("cash_only",), "coupons": ("no_leases",)}),
        (replace(FRESH, limits=(Limit("cash_only", -60.0),)), {"sell": ("cash_only_soon",)}),
        (replace(FRESH, limits=(Limit("locked_out", 60.0),)), {"sell": ("locked_out",), "coupons": ("no_leases",)}),
        (replace(FRESH, limits=(Limit("locked_out", -60.0),)), {"sell": ("locked_out_soon",)}),
        (
            replace(FRESH, limits=(Limit("cash_only", 90.0), Limit("locked_out", 60.0))),
            {"sell": ("locked_out",), "coupons": ("no_leases",)},
        ),
        (
            replace(FRESH, limits=(Limit("cash_only", 90.0), Limit("locked_out", -60.0))),
            {"sell": ("locked_out_soon", "cash_only"), "coupons": ("no_leases",)},
        ),
        (replace(FRESH, oldest_unsent_s=1e6, clock_jumped=True), {"sell": ("clock_jumped",)}),
        (replace(FRESH, sealed_s=5.0, revoked=True), {"members": ("revoked",), "valet": ("sealed_address",)}),
        (replace(FRESH, unread=1), {"coupons": ("unread",)}),
        (replace(FRESH, held={"store": 30.0}), {"members": ("held",), "coupons": ("held",)}),
        (replace(FRESH, held={"zone": 30.0}), {"prices": ("held",), "stock": ("held",)}),
        (replace(FRESH, held={"global": 30.0}), {"prices": ("held",), "coupons": ("held",)}),
        (replace(FRESH, held={"terminal": 30.0}), {}),
        (replace(FRESH, ages={**FRESH.ages, "members": OLD_S + 60}), {"members": ("old",)}),
        (replace(FRESH, ages={**FRESH.ages, "members": OLD_S}), {}),
    ],
)
def test_each_fact_degrades_what_stands_on_it(facts: Facts, expected: dict[str, tuple[str, ...]]) -> None:
    assert limited(facts) == expected


def test_what_the_chain_has_not_opened_is_off_and_no_fault() -> None:
    found = by_name(replace(FRESH, offline_s=60.0, clock_suspect=True))
    assert {name for name, one in found.items() if one.state is State.OFF} == PLAIN
    assert not any(found[name].reasons for name in PLAIN)
    assert worst(capabilities(FRESH)) is State.READY


@pytest.mark.parametrize(
    ("facts", "code", "state"),
    [
        (replace(ALL, offline_s=60.0), "leased_only", State.DEGRADED),
        (replace(ALL, clock_suspect=True), "clock_suspect", State.UNAVAILABLE),
        (replace(ALL, offline_s=60.0, limits=(Limit("cash_only", 60.0),)), "no_leases", State.UNAVAILABLE),
        (replace(ALL, held={"store": 30.0}), "held", State.DEGRADED),
    ],
)
def test_stored_value_and_points_are_as_good_as_their_leases(facts: Facts, code: str, state: State) -> None:
    for name in ("value", "points"):
        one = by_name(facts)[name]
        assert (one.state, [why.code for why in one.reasons]) == (state, [code])


def test_payment_codes_need_hq() -> None:
    assert by_name(replace(ALL, offline_s=60.0))["codes"].state is State.UNAVAILABLE
    assert by_name(ALL)["codes"].state is State.READY


def test_a_step_without_hq_says_since_when_or_in_how_long() -> None:
    """S-21: before it bites, and afterwards."""
    steps = (Limit("cash_only", 90.0), Limit("locked_out", -60.0))
    first, second = by_name(replace(FRESH, limits=steps))["sell"].reasons
    assert (first.code, first.in_s, second.code, second.since_s) == ("locked_out_soon", 60.0, "cash_only", 90.0)
    locked = by_name(replace(FRESH, limits=(Limit("locked_out", 60.0),)))["sell"]
    assert (locked.state, locked.reasons[0].stops) == (State.UNAVAILABLE, True)


def test_what_this_run_has_seen_begin_says_since_when() -> None:
    """The page says of each capability since when it is so."""
    since = {"disk_full": 5.0, "clock_jumped": 6.0, "clock_suspect": 7.0, "unread": 8.0, "no_data stock": 9.0}
    bad = replace(ALL, ages={**ALL.ages, "stock": None}, disk_full=True, clock_jumped=True, clock_suspect=True)
    held = {"zone": 40.0, "store": 50.0, "global": 60.0}
    found = by_name(replace(bad, unread=1, held=held, since=since))
    said = {name: {why.code: why.since_s for why in one.reasons} for name, one in found.items()}
    assert said == {
        "sell": {"disk_full": 5.0, "clock_jumped": 6.0},
        "prices": {"held": 60.0},
        "members": {"held": 50.0},
        "coupons": {"held": 60.0, "clock_suspect": 7.0, "unread": 8.0},
        "value": {"held": 50.0, "clock_suspect": 7.0},
        "points": {"held": 50.0, "clock_suspect": 7.0},
        "codes": {},
        "stock": {"no_data": 9.0, "held": 40.0},
        "valet": {"no_data": 9.0},
    }


def test_leases_that_hold_no_more_say_since_when() -> None:
    """Since the first step that takes them away, which a later one only goes on with."""
    steps = (Limit("cash_only", 90.0), Limit("locked_out", 60.0))
    found = by_name(replace(ALL, limits=steps))
    assert [found[name].reasons[0] for name in ("coupons", "value")] == [
        Reason("no_leases", since_s=90.0), Reason("no_leases", stops=True, since_s=90.0),
    ]  # fmt: skip


def test_a_key_that_was_never_here_has_no_begin() -> None:
    found = by_name(replace(FRESH, own_key=False))
    assert [(why.code, why.since_s) for name in ("members", "valet") for why in found[name].reasons] == [
        ("no_key", None), ("no_address", None),
    ]  # fmt: skip


def test_old_data_says_since_when_it_is_old() -> None:
    old = by_name(replace(FRESH, ages={**FRESH.ages, "prices": OLD_S + 600}))["prices"]
    assert (old.state, old.reasons[0].since_s, old.age_s) == (State.DEGRADED, 600.0, OLD_S + 600)


def test_a_queue_that_does_not_move_while_hq_answers_is_told() -> None:
    """G-7: the watchdog; offline the same queue is no fault."""
    stuck = replace(FRESH, oldest_unsent_s=STUCK_S + 1)
    assert limited(stuck) == {"sell": ("stuck",)}
    assert limited(replace(FRESH, oldest_unsent_s=STUCK_S)) == {}
    assert "sell" not in limited(replace(stuck, offline_s=STUCK_S + 1))


def test_a_full_disk_stops_selling_before_anything_else_is_said() -> None:
    """T-5."""
    full = by_name(replace(FRESH, disk_full=True, clock_jumped=True))["sell"]
    assert (full.state, [why.code for why in full.reasons]) == (State.UNAVAILABLE, ["disk_full", "clock_jumped"])
