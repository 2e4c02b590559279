"""What the window does with the scan channel, without a window: a field with the focus, a timer, a list of scans."""

from __future__ import annotations

from collections.abc import Iterable

from posclient.devices.wedge import Decision, Key, Kind, Partial, Scan, ScanChannel, TooLong, Typed, kind_of


class Owner:
    """``field``: the text of the focused field; ``pressed``: all keys that reached the window, with their releases."""

    def __init__(self) -> None:
        self.channel = ScanChannel()
        self.field = ""
        self.pressed: list[Key] = []
        self.scans: list[str] = []
        self.partials: list[str] = []
        self.too_long: list[int] = []
        self.outcomes: list[str] = []
        self.longest_hold = 0.0
        self.now = 0.0

    def play(self, keys: Iterable[Key], then_wait: float = 1000) -> Owner:
        """Deliver keys at their times, the timer firing in between, and wait."""
        for key in keys:
            self.wait_until(key.time_ms)
            self.obey(self.channel.on_key(key))
        self.wait_until(self.now + then_wait)
        return self

    def wait_until(self, time_ms: float) -> None:
        while (deadline := self.channel.deadline) is not None and deadline < time_ms:
            self.now = max(deadline, self.now)
            self.obey(self.channel.poll(self.now))
        self.now = time_ms

    def compose(self, time_ms: float, preedit: str) -> None:
        self.wait_until(time_ms)
        self.obey(self.channel.feed_preedit(time_ms, preedit))

    def commit(self, time_ms: float, text: str) -> None:
        """The input method puts text into the field."""
        self.wait_until(time_ms)
        self.field += text
        self.obey(self.channel.feed_text(time_ms, text))

    def obey(self, decisions: tuple[Decision, ...]) -> None:
        for decision in decisions:
            if isinstance(decision, Typed):
                for key in decision.keys:
                    self._type(key)
                continue
            assert self.field.endswith(decision.typed)
            self.field = self.field.removesuffix(decision.typed)
            self._report(decision)

    def _type(self, key: Key) -> None:
        self.pressed.append(key)
        if key.kind is not Kind.RELEASE:
            self.longest_hold = max(self.longest_hold, self.now - key.time_ms)
        if key.kind is Kind.CHAR:
            self.field += key.text

    def _report(self, decision: Scan | Partial | TooLong) -> None:
        if isinstance(decision, Scan):
            self.scans.append(decision.text)
            self.outcomes.append(f"scan {decision.text}")
        elif isinstance(decision, Partial):
            self.partials.append(decision.text)
            self.outcomes.append(f"partial {decision.text}")
        else:
            self.too_long.append(decision.length)
            self.outcomes.append(f"too long {decision.length}")

    @property
    def enters(self) -> int:
        """How many Enters, Tabs and LFs reached the window."""
        return sum(key.kind is Kind.SUFFIX for key in self.pressed)


def keys_of(text: str, start: float = 0, gap: float = 5) -> list[Key]:
    """``text`` typed with equal gaps; its control characters become the keys that scanners send for them."""
    return [Key(start + place * gap, sign, kind_of(sign)) for place, sign in enumerate(text)]
