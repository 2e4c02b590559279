"""What the till can do: a row for each capability, with its state in a word, why, and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from posclient.domain.readiness import Capability, Reason, State
from ui.i18n import tr
from ui.widgets.boxes import column, frame, row, rule
from ui.widgets.strip import age_text, span_text
from ui.widgets.text import Elided, Text

#: The word says the same as the colour.
LOOKS = {
    State.OFF: "chip", State.READY: "chip-good", State.DEGRADED: "chip-warning", State.UNAVAILABLE: "chip-danger"
}  # fmt: skip
SIGNS = {State.OFF: "–", State.READY: "●", State.DEGRADED: "▲", State.UNAVAILABLE: "✕"}


class CapabilityRow(QFrame):
    """Painted anew in place: nothing jumps while somebody reads."""

    def __init__(self) -> None:
        super().__init__()
        self._name, self._state, self._age = Text(look="name"), Text(look="chip"), Elided(look="muted")
        self._why = Text(look="muted", wrap=True)
        self._state.setMinimumWidth(108)
        head = row(self._name, None, self._age, self._state, gap=10)
        self.setLayout(column(head, self._why, gap=4, margins=(16, 10, 16, 10)))

    def show_capability(self, one: Capability) -> None:
        self._name.say(f"ready.can.{one.name}")
        self._state.look(LOOKS[one.state])
        self._state.put(f"{SIGNS[one.state]} {tr(f'ready.state.{one.state.value}')}")
        self._age.put("" if one.age_s is None else tr("ready.age", age=age_text(one.age_s)))
        self._why.put("\n".join(reason_words(reason) for reason in one.reasons))
        self._why.setVisible(bool(one.reasons))


class CapabilityList(QWidget):
    """Rows in the order that they come in."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[CapabilityRow] = []
        self._box: QVBoxLayout = column(gap=0)
        self._shown: Sequence[Capability] = ()
        self.setLayout(self._box)

    def show_capabilities(self, found: Sequence[Capability]) -> None:
        """All of them; a row that is there already stays and changes its words."""
        self._shown = found
        while len(self._rows) < len(found):
            if self._rows:
                self._box.addWidget(frame("surface", column(rule(), margins=(16, 0, 16, 0))))
            self._rows.append(CapabilityRow())
            self._box.addWidget(self._rows[-1])
        for line, one in zip(self._rows, found, strict=True):
            line.show_capability(one)

    def retranslate(self) -> None:
        self.show_capabilities(self._shown)


def reason_words(reason: Reason) -> str:
    """Why, since when if that is known, and what to do."""
    why = tr(f"ready.why.{reason.code}")
    if reason.since_s is not None:
        why = tr("ready.since", why=why, span=span_text(reason.since_s))
    if reason.in_s is not None:
        why = tr("ready.in", why=why, span=span_text(reason.in_s))
    return tr("ready.why_and_do", why=why, do=tr(f"ready.do.{reason.code}"))
