"""The one scan channel: tells a scanner that types from a person who does (ux.md, scanning).

A pure state machine: timed keys in, decisions out; no clock, no window. Every key is kept back until it is clear who
typed it, a person's for at most 35 ms. Nothing that a scanner types reaches the window, above all not the Enter behind
a code.

For its owner, a filter on all key events of the program::

    decisions = channel.on_key(Key(event_time, text, kind_of(text, chord), code, is_auto_repeat, copy_of_event))
    # swallow the event, unless a ``Typed`` names this very key; obey the decisions in order
    # start a timer for ``channel.deadline`` (event time); when it fires, let waiting events in first, then ``poll``

- Also feed the releases (``Kind.RELEASE``), else a key sent on late would stay down. Do not feed Shift, Ctrl, Alt.
- Send ``Typed`` keys straight to the focused widget, past the filter.
- Accept every shortcut override, so that F-keys and Ctrl+letter arrive here as keys and not as shortcuts (S-1).
- "Let waiting events in first": after a stall the timer may fire before keys that were typed in time; go once round the
  event loop before ``poll``. Keys that come even later are still judged by their time stamps.
- When the program loses the focus: ``flush``.
"""

from __future__ import annotations

from collections import deque
from math import inf

from posclient.devices.bursts import (
    FAST_MS,
    FEWEST_KEYS,
    HOLD_MS,
    Burst,
    Decision,
    Key,
    Kind,
    Partial,
    Scan,
    TooLong,
    Typed,
    kind_of,
)
from posclient.domain.codes import FULL_WIDTH

__all__ = ["Decision", "Key", "Kind", "Partial", "Scan", "ScanChannel", "TooLong", "Typed", "kind_of"]

#: Some scanners wait before their suffix. A person does not answer a scan with Enter so soon (ms).
LATE_SUFFIX_MS = 100.0


class ScanChannel:
    """See the module. Times are ms of any one clock that never goes back; ``poll`` takes the same clock."""

    def __init__(self) -> None:
        self._burst: Burst | None = None
        self._held: deque[Key] = deque()
        self._down: set[int] = set()  # swallowed, and not released yet
        self._suffix_until = -inf
        self._cut: tuple[float, str] | None = None
        self._composing = False

    @property
    def deadline(self) -> float | None:
        """When ``poll`` has something to decide; None while nothing is kept back."""
        if self._burst is None:
            return None
        quiet = self._quiet_at(self._burst)
        if self._held and not self._burst.holds_on:
            return min(quiet, self._held[0].time_ms + HOLD_MS)
        return quiet

    def on_key(self, key: Key) -> tuple[Decision, ...]:
        """A key event. Swallow it, unless a ``Typed`` in the answer names it."""
        if key.kind is Kind.RELEASE:
            return self._on_release(key)
        self._down.discard(key.code)
        self._composing = False
        earlier = self._close_before(key.time_ms)
        if self._burst is None and self._ends_last_scan(key):
            self._down.add(key.code)
            return earlier
        if self._burst is None and key.repeat:  # a scan never begins with a key that was down already
            return (*earlier, Typed((key,)))
        return earlier + self._take(key)

    def feed_preedit(self, time_ms: float, text: str) -> tuple[Decision, ...]:
        """An input method composes ``text``. Let the event pass: what must go again is in the decision (T-36)."""
        if not text:
            return ()
        self._composing = True
        earlier = self._close_before(time_ms)
        self._open_burst(time_ms).add_step(time_ms, text)
        return earlier

    def feed_text(self, time_ms: float, text: str) -> tuple[Decision, ...]:
        """An input method puts ``text`` into the focused field. Let the event pass; the decision follows by ``poll``.

        A scan that an input method has swallowed is known by the pace at which it was composed or, where nothing of
        that was seen, by its text: no person composes six signs of ASCII with a digit among them.
        """
        earlier = self._close_before(time_ms)
        sure = not self._composing and _is_like_a_code(text.translate(FULL_WIDTH))
        self._composing = False
        self._open_burst(time_ms).add_text(time_ms, text, sure)
        return earlier

    def poll(self, now_ms: float) -> tuple[Decision, ...]:
        """Decide what time alone decides."""
        burst = self._burst
        if burst is None:
            return ()
        return self._close(burst) if now_ms >= self._quiet_at(burst) else self._let_go(burst, now_ms)

    def flush(self) -> tuple[Decision, ...]:
        """Decide everything now: no more keys will come."""
        return self._close(self._burst) if self._burst else ()

    def _take(self, key: Key) -> tuple[Decision, ...]:
        burst = self._open_burst(key.time_ms)
        burst.add_key(key)
        if burst.is_too_long:
            self._down.add(key.code)
        else:
            self._held.append(key)
        return self._close(burst) if burst.is_complete else self._let_go(burst, key.time_ms)

    def _open_burst(self, time_ms: float) -> Burst:
        if self._burst is None:
            cut_ms, text = self._cut or (-inf, "")
            self._burst = Burst(broken_off=text if 0 <= time_ms - cut_ms <= HOLD_MS else "")
            self._cut = None
        return self._burst

    def _quiet_at(self, burst: Burst) -> float:
        return burst.last_ms + (FAST_MS if burst.ended else HOLD_MS)

    def _close_before(self, time_ms: float) -> tuple[Decision, ...]:
        """End the burst if a key at ``time_ms`` is no part of it: too late, or time went back."""
        burst = self._burst
        if burst is None or burst.last_ms <= time_ms <= self._quiet_at(burst):
            return ()
        return self._close(burst)

    def _close(self, burst: Burst) -> tuple[Decision, ...]:
        self._burst = None
        verdict, held = burst.verdict(), tuple(self._held)
        self._held.clear()
        if verdict is None:
            return (Typed(held),) if held else ()
        self._swallow(held)
        after_suffix = burst.ended or burst.is_complete
        self._suffix_until = burst.last_ms + (HOLD_MS if after_suffix else LATE_SUFFIX_MS)
        if isinstance(verdict, Scan) and not after_suffix:
            self._cut = burst.last_ms, verdict.text
        return (verdict,)

    def _swallow(self, held: tuple[Key, ...]) -> None:
        for key in held:
            if key.kind is Kind.RELEASE:
                self._down.discard(key.code)
            else:
                self._down.add(key.code)

    def _let_go(self, burst: Burst, now_ms: float) -> tuple[Decision, ...]:
        """Release what a person typed 35 ms ago; it stays part of the burst, should that be a scan after all."""
        if burst.holds_on:
            return ()
        gone = []
        while self._held and (self._held[0].kind is Kind.RELEASE or now_ms >= self._held[0].time_ms + HOLD_MS):
            key = self._held.popleft()
            gone.append(key)
            burst.typed += key.text if key.kind is Kind.CHAR else ""
        return (Typed(tuple(gone)),) if gone else ()

    def _on_release(self, key: Key) -> tuple[Decision, ...]:
        """A release follows its press: kept with it, swallowed with it, or passed."""
        if key.code in self._down:
            self._down.discard(key.code)
            return ()
        if any(one.code == key.code for one in reversed(self._held)):
            self._held.append(key)
            return ()
        return (Typed((key,)),)

    def _ends_last_scan(self, key: Key) -> bool:
        """A late suffix, the LF of CR LF, a storm of Enters: part of the scan before (T-30, S-1)."""
        if key.kind is not Kind.SUFFIX or key.time_ms > self._suffix_until:
            return False
        self._suffix_until = key.time_ms + HOLD_MS
        return True


def _is_like_a_code(text: str) -> bool:
    return (
        len(text) >= FEWEST_KEYS
        and text.isascii()
        and text.isprintable()
        and " " not in text
        and any(sign.isdigit() for sign in text)
    )
