"""The scan channel on generated keystrokes."""

from __future__ import annotations

from itertools import pairwise
from statistics import median

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from posclient.devices.wedge import Key, Kind, Scan, ScanChannel, Typed, kind_of
from posclient.domain.codes import LONGEST
from tests.devices.scan_owner import Owner, keys_of

EAN = "6901234567892"
CODES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=6, max_size=40)


def ms(least: int, most: int) -> st.SearchStrategy[float]:
    """Times in quarters of a millisecond, which add up exactly."""
    return st.integers(least * 4, most * 4).map(lambda quarters: quarters / 4)


ANY_IN_SCAN = ms(0, 35)


@st.composite
def scanned(draw: st.DrawFn) -> tuple[str, str, list[float]]:
    """A code, its suffix and gaps that the definition allows: median under 15, none over 35."""
    code = draw(CODES)
    gaps = draw(st.lists(ANY_IN_SCAN, min_size=len(code) - 1, max_size=len(code) - 1))
    assume(median(gaps) < 15)
    return code, draw(st.sampled_from(["\r", "\t", "\n", "\r\n", ""])), gaps


@given(st.lists(scanned(), min_size=1, max_size=6), ms(36, 500))
def test_every_scan_is_found_whole_and_in_order(scans: list[tuple[str, str, list[float]]], rest: float) -> None:
    """ux.md, scanning: any code, any suffix, any allowed pace; what had been typed on is taken out again."""
    keys: list[Key] = []
    now = 0.0
    for code, suffix, gaps in scans:
        for sign, gap in zip(code + suffix, [0, *gaps, *[3.0] * len(suffix)], strict=True):
            now += gap
            keys.append(Key(now, sign, kind_of(sign)))
        now += rest
    owner = Owner().play(keys)
    assert owner.scans == [code for code, _, _ in scans]
    assert (owner.field, owner.partials, owner.enters) == ("", [], 0)


@given(st.lists(scanned(), min_size=1, max_size=4))
def test_a_person_sees_nothing_of_a_steady_scan(scans: list[tuple[str, str, list[float]]]) -> None:
    """T-27: not one key of a scanner that keeps its pace reaches the field, not even for a moment."""
    owner = Owner()
    for place, (code, suffix, _) in enumerate(scans):
        owner.play(keys_of(code + suffix, start=place * 5000, gap=10))
    assert owner.pressed == []


PERSON = st.lists(st.tuples(st.sampled_from("0123456789abcXYZ 你.@"), st.one_of(ms(36, 400), ms(60, 110))), max_size=40)


@given(PERSON)
def test_fast_typing_is_never_a_scan(strokes: list[tuple[str, float]]) -> None:
    """T-29: 12 characters a second and more; every key arrives, in order, within 35 ms."""
    now, keys = 0.0, []
    for sign, gap in strokes:
        now += gap
        keys.append(Key(now, sign, kind_of(sign)))
    owner = Owner().play(keys)
    assert owner.field == "".join(sign for sign, _ in strokes)
    assert (owner.outcomes, owner.pressed) == ([], keys)
    assert owner.longest_hold <= 35


@given(st.lists(st.tuples(st.sampled_from("abc123"), ms(15, 35)), min_size=1, max_size=60))
def test_a_chain_of_keys_at_a_persons_limit(strokes: list[tuple[str, float]]) -> None:
    """Pauses that never exceed 35 ms but are no scanner's either: nobody waits for the end of the chain."""
    now, keys = 0.0, []
    for sign, gap in strokes:
        now += gap
        keys.append(Key(now, sign, kind_of(sign)))
    owner = Owner().play(keys)
    assert (owner.outcomes, owner.pressed) == ([], keys)
    assert owner.longest_hold <= 35


@given(st.lists(st.tuples(st.text("asdfjkl", min_size=1, max_size=3), ms(2, 14), ms(60, 300)), max_size=12))
def test_rollover_bursts_are_typed(bursts: list[tuple[str, float, float]]) -> None:
    """T-29: two or three letters almost at once, then a pause."""
    now, keys = 0.0, []
    for text, gap, pause in bursts:
        keys.extend(keys_of(text, start=now, gap=gap))
        now += len(text) * gap + pause
    owner = Owner().play(keys)
    assert owner.field == "".join(text for text, _, _ in bursts)
    assert owner.outcomes == []


KEYS = st.lists(
    st.tuples(
        st.sampled_from([*"0123456789", "\r", "\t", "\x1d", "F5", "up"]),
        st.one_of(ms(0, 14), ms(15, 35), ms(36, 200), ms(-50, 0)),
        st.booleans(),
    ),
    max_size=60,
)


@given(KEYS, st.booleans())
@settings(max_examples=300)
def test_no_key_is_lost_doubled_or_turned_round(strokes: list[tuple[str, float, bool]], polled: bool) -> None:
    """T-33: whatever is typed, each key is typed on once in order, or belongs to a scan; releases follow presses."""
    owner, now, presses = Owner(), 0.0, []
    for number, (text, gap, with_release) in enumerate(strokes):
        now += gap
        if polled:
            owner.wait_until(now)
        kind = Kind.RELEASE if text == "up" else Kind.CONTROL if len(text) > 1 else kind_of(text)
        code = 1 + number % 3 if with_release else 1 + number
        key = Key(now, text if kind is not Kind.CONTROL else "", kind, code=code)
        presses += [key] if kind is not Kind.RELEASE else []
        owner.obey(owner.channel.on_key(key))
    owner.obey(owner.channel.flush())
    typed = [key for key in owner.pressed if key.kind is not Kind.RELEASE]
    numbers = [next(place for place, one in enumerate(presses) if one is key) for key in typed]
    assert all(first < second for first, second in pairwise(numbers))
    assert owner.channel.deadline is None


@given(KEYS)
def test_late_timers_do_not_change_what_was_scanned(strokes: list[tuple[str, float, bool]]) -> None:
    """T-35: on a throttled computer the timer fires late or not at all between keys; the outcomes are the same."""
    prompt, stalled, now = Owner(), Owner(), 0.0
    for text, gap, _ in strokes:
        if text == "up":
            continue
        now += max(gap, 0.0)
        key = Key(now, text, Kind.CONTROL if len(text) > 1 else kind_of(text))
        prompt.wait_until(now)
        prompt.obey(prompt.channel.on_key(key))
        stalled.obey(stalled.channel.on_key(key))
    prompt.wait_until(now + 1000)
    stalled.obey(stalled.channel.flush())
    assert prompt.outcomes == stalled.outcomes
    assert prompt.field == stalled.field


def test_two_hundred_scans_at_twenty_a_second() -> None:
    """T-32, T-35: none lost, order kept, 200 in a row without touching anything else."""
    codes = [f"69{number:010d}1" for number in range(200)]
    owner = Owner()
    for place, code in enumerate(codes):
        for key in keys_of(code + "\r", start=place * 50, gap=3):
            owner.wait_until(key.time_ms)
            owner.obey(owner.channel.on_key(key))
    assert owner.scans == codes
    assert owner.pressed == []


@pytest.mark.parametrize("storm", ["\r\r\r\r\r", "\r\n\r\n", "\t\t\r"])
def test_no_enter_behind_a_scan_reaches_a_button(storm: str) -> None:
    """T-30, S-1, T-40: neither the suffix nor a storm of Enters; a person's own Enters behind it do."""
    owner = Owner().play(keys_of(EAN + storm), then_wait=60)
    assert (owner.scans, owner.enters) == ([EAN], 0)
    owner.play(keys_of("\r\r\r", start=owner.now, gap=80))
    assert owner.enters == 3


def test_control_characters_alone_press_nothing() -> None:
    """S-1, BadBarcode: a code of nothing but Enters, or Ctrl+O and Ctrl+R, settles no sale and opens no dialog."""
    for keys in (keys_of("\r\r\r\r"), keys_of("\x0f\x12"), keys_of("\x0f\x12\r")):
        owner = Owner().play(keys)
        assert owner.pressed == []
        assert owner.partials == [""]


def test_group_separators_stay_in_the_code() -> None:
    """S-1: only printable characters and GS are taken in scan mode."""
    owner = Owner().play(keys_of("0106901234567892\x1d10AB\x0f\x1b12\r"))
    assert owner.scans == ["0106901234567892\x1d10AB12"]


@pytest.mark.parametrize("text", ["6\r", "69\r", "69012\r", "69012\t", "6901\r\n"])
def test_a_short_scan_is_told(text: str) -> None:
    """T-34: fast, but under six keys, then the suffix: visible, and nothing of it is typed."""
    owner = Owner().play(keys_of(text))
    assert (owner.partials, owner.pressed) == ([text.strip()], [])


def test_an_enter_inside_a_code_is_no_end() -> None:
    """S-1: an Enter between the first keys and the suffix is swallowed; a pause as between two scans ends the part."""
    assert Owner().play(keys_of("69\r\r01234567892\r")).outcomes == ["scan 6901234567892"]
    torn = keys_of("690\r") + keys_of(EAN + "\r", start=40)
    assert Owner().play(torn).outcomes == ["partial 690", f"scan {EAN}"]


def test_a_scan_as_long_as_a_qr_code() -> None:
    """S-3: 4,296 characters are one scan; more are refused with their number, and nothing of them is kept or typed."""
    assert Owner().play(keys_of("7" * LONGEST + "\r", gap=1)).scans == ["7" * LONGEST]
    owner = Owner().play([*keys_of("7" * 7089, gap=1), *keys_of("\r\r", start=7089)])
    assert (owner.too_long, owner.pressed, owner.scans) == ([7089], [], [])
    assert Owner().play(keys_of(EAN + "\r")).scans == [EAN]


def test_a_scan_cut_by_a_late_delivery_is_never_taken_for_whole() -> None:
    """T-35: where even the flush came too early, the rest of the code makes it a partial one, not a second article."""
    keys, owner = keys_of(EAN + "\r", gap=3), Owner()
    for key in keys[:8]:
        owner.obey(owner.channel.on_key(key))
    owner.obey(owner.channel.poll(500))
    for key in keys[8:]:
        owner.obey(owner.channel.on_key(key))
    owner.obey(owner.channel.flush())
    assert owner.outcomes == [f"scan {EAN[:8]}", f"partial {EAN}"]


def test_a_key_goes_up_after_it_goes_down() -> None:
    """A held press is sent on before its release, and a swallowed press takes its release with it."""
    channel = ScanChannel()
    assert (channel.poll(0), channel.flush(), channel.deadline) == ((), (), None)
    press, up = Key(0, "5", Kind.CHAR, code=53), Key(20, "5", Kind.RELEASE, code=53)
    assert channel.on_key(press) == ()
    assert channel.on_key(up) == ()
    assert channel.deadline == 35
    assert channel.poll(35) == (Typed((press, up)),)
    enter = [Key(100 + place, sign, kind_of(sign), code=ord(sign)) for place, sign in enumerate("123456\r")]
    assert [one for key in enter for one in channel.on_key(key)] == [Scan("123456")]
    assert channel.on_key(Key(140, "\r", Kind.RELEASE, code=13)) == ()
    assert channel.on_key(Key(150, "x", Kind.RELEASE, code=99)) == (Typed((Key(150, "x", Kind.RELEASE, code=99),)),)


def test_shortcuts_and_kinds() -> None:
    assert kind_of("a", chord=True) is Kind.CONTROL
    assert kind_of("") is Kind.CONTROL
    assert kind_of("\x1b") is Kind.CONTROL
    assert kind_of("\x1d", chord=True) is Kind.CHAR
    owner = Owner().play([Key(0, "", Kind.CONTROL), Key(300, "", Kind.CONTROL)])
    assert len(owner.pressed) == 2
