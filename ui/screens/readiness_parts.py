"""Words and cards of the readiness page: values in, widgets out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLayout, QVBoxLayout, QWidget

from posclient.actions.readiness import Decided, Readiness, Waiting
from posclient.actions.receipts import SaleRow
from posclient.actions.till import Till
from posclient.domain.money import yuan
from ui.context import Held, LinkState
from ui.i18n import known, tr
from ui.widgets.boxes import clear, column, frame, row, rule
from ui.widgets.button import Button
from ui.widgets.text import Elided, Text

Work = Callable[[Till, str], object]
Done = Callable[[Any], None]
#: Rows of the queue that are drawn, and slips above it (nobody finds a queue below twenty); the rest is a number.
MOST_ROWS, MOST_SLIPS = 30, 3
#: Widths of what stands in columns (px).
NUMBER, AMOUNT = 172, 88
#: Why a feed waits for a person (``sync.engine``); any other code is a feed that cannot be believed.
ACCEPTABLE = ("mass_delete", "zero_prices", "other_epoch", "went_back")


def card(
    words: str, lines: Sequence[QLayout], act: Button | None, *, hint: str = "hint", look: str = "chip-warning"
) -> QFrame:
    """Something to decide: ``<words>.title``, ``.hint``, what it is about line by line, and the one thing to do."""
    title = row(Text(f"{words}.title", look=look), None)
    if act is not None:
        title.addWidget(act)
    said = Text(f"{words}.{hint}", look="muted", wrap=True)
    content = column(title, 2, column(*lines, gap=4), said, gap=4, margins=(20, 12, 20, 14))
    return frame("card", content)


def line(words: str) -> QLayout:
    """One sentence, as long as it is."""
    said = Text(wrap=True)
    said.put(words)
    return row(said)


def standing_cards(found: Readiness) -> list[QWidget]:
    """What no key here mends: HQ has something against this till, its clock is behind, its record is damaged."""
    cards: list[QWidget] = []
    if found.trouble is not None:
        code = found.trouble if known(f"ready.trouble.{found.trouble}.title") else "other"
        lines = [line(tr("ready.trouble.other.code", code=found.trouble))] if code == "other" else []
        cards.append(card(f"ready.trouble.{code}", lines, None, look="chip-danger"))
    if found.clock_behind is not None:
        times = {"at": f"{found.at:%Y-%m-%d %H:%M}", "used": f"{found.clock_behind:%Y-%m-%d %H:%M}"}
        cards.append(card("ready.clock_behind", [line(tr("ready.clock_behind.now", **times))], None))
    if found.damaged:
        cards.append(card("ready.damaged", [], None))
    return cards


def held_card(held: Sequence[Held], take: Callable[[], None]) -> QFrame:
    """What HQ wants and this till holds back; where none of it may be taken, HQ alone can mend it."""
    lines = [line(held_words(one)) for one in held]
    if not acceptable(held):
        return card("ready.held", lines, None, hint="hint_bad")
    return card("ready.held", lines, Button("ready.held.act", icon="lock", on=take))


def slips_card(sales: Sequence[SaleRow], prints: Sequence[Callable[[], None]]) -> QFrame:
    """Sales whose slip never came out, the newest each with its button; the rest comes up as those are printed."""
    box = column(row(Text("ready.slips.title", look="strong", n=len(sales)), None), gap=8, margins=(20, 14, 20, 14))
    for sale, again in zip(sales[:MOST_SLIPS], prints, strict=False):
        number, detail = Text(), Elided(look="muted")
        number.put(sale.receipt)
        detail.put(f"{sale.at:%m-%d %H:%M} · {yuan(sale.paid)}")
        slip = row(number, 8, detail, Button("ready.slips.act", icon="printer", on=again))
        slip.setStretch(2, 1)
        box.addLayout(slip)
    if len(sales) > MOST_SLIPS:
        box.addWidget(Text("ready.slips.more", look="muted", n=len(sales) - MOST_SLIPS))
    return frame("card", box)


def fill_queue(box: QVBoxLayout, found: Readiness, link: LinkState) -> None:
    """The oldest facts that wait, each with its reason."""
    clear(box)
    zone = found.at.tzinfo
    for fact in found.waiting[:MOST_ROWS]:
        box.addWidget(rule())
        box.addWidget(_waiting(fact, datetime.fromtimestamp(fact.at_ms / 1000, zone), waiting_words(link, found.stuck)))
    more = found.unsent - min(len(found.waiting), MOST_ROWS)
    if more > 0:
        box.addWidget(Text("ready.queue.more", look="muted", n=more))


def _waiting(fact: Waiting, at: datetime, reason: str) -> QFrame:
    when, amount = Text(look="muted"), Text(look="strong")
    when.put(f"{at:%m-%d %H:%M}")
    when.setFixedWidth(92)
    amount.put(yuan(fact.amount) if fact.amount else "")
    why = Elided(look="muted")
    why.put(reason)
    kind = Text()
    kind.put(kind_words(fact.kind))
    kind.setFixedWidth(128)
    cells = row(when, kind, why, amount, gap=8)
    cells.setStretch(2, 1)
    made = frame("surface", cells)
    made.setFixedHeight(40)
    return made


def waiting_words(link: LinkState, stuck: bool) -> str:
    """Why a fact still waits: what stopped the last cycle, or that it is on its way."""
    if link.running or link.online or not link.known:
        return tr("ready.queue.stuck" if stuck and link.online else "ready.queue.sending")
    return why_words(link.code)


def why_words(code: str) -> str:
    """What stopped the way to HQ, as the strip says it; here it begins a sentence."""
    why = tr(f"strip.why.{code}") if known(f"strip.why.{code}") else tr("ready.why.other", code=code)
    return why[:1].upper() + why[1:]


def kind_words(kind: str) -> str:
    """A fact's kind as people call it; a new one by its own name."""
    return tr(f"fact.{kind}") if known(f"fact.{kind}") else kind


def queue_title(found: Readiness) -> str:
    """How much waits."""
    if not found.unsent:
        return tr("ready.queue.empty")
    return tr("ready.queue.title", n=found.unsent, amount=yuan(found.unsent_amount))


def link_words(link: LinkState, stuck: bool) -> str:
    """The way to HQ, and what is to be done where it does not mend by itself."""
    if link.running:
        return tr("strip.syncing") if link.percent is None else tr("strip.loading", percent=link.percent)
    if not link.known:
        return tr("strip.link_unknown")
    if link.online:
        return tr("ready.link.stuck" if stuck else "ready.link.online")
    if link.hub_state == "through_hub":
        return tr("ready.link.hub", why=why_words(link.code), hub=link.hub, n=link.hub_handed)
    key = f"ready.link.{link.code}"
    return tr(key if known(key) else "ready.link.offline", why=why_words(link.code))


def acceptable(held: Sequence[Held]) -> tuple[Held, ...]:
    """Those that a person may decide about; rows that make no sense are not taken, whoever wants them."""
    return tuple(one for one in held if one.code in ACCEPTABLE)


def held_words(held: Held) -> str:
    """Which feed waits and what would be lost."""
    feed = held.feed.partition(":")[0]
    values = {"feed": tr(f"feed.{feed}") if known(f"feed.{feed}") else held.feed, **held.params}
    if held.code == "mass_delete":
        table = str(values.get("table", ""))
        values["table"] = tr(f"table.{table}") if known(f"table.{table}") else table
        return tr("ready.held.mass_delete", **values)
    code = held.code if known(f"ready.held.{held.code}") else "other"
    return tr(f"ready.held.{code}", **({"code": held.code} | values))


def decided_line(decided: Decided, now: datetime) -> QLayout:
    """What HQ decided about a fact of ours, which it is (its slip, or what it was and when), and its money."""
    said, number, amount = Text(wrap=True), Elided(look="muted"), Text(look="strong")
    for label, text in zip((said, number, amount), decided_words(decided, now), strict=True):
        label.put(text)
        label.setAlignment(Qt.AlignmentFlag.AlignTop)
    number.setFixedWidth(NUMBER)
    amount.setFixedWidth(AMOUNT)
    amount.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
    cells = row(said, number, amount, gap=8)
    cells.setStretch(0, 1)
    return cells


def decided_words(decided: Decided, now: datetime) -> tuple[str, str, str]:
    """The words of ``decided_line``; empty what is not known."""
    key = f"outcome.{decided.code}"
    words = tr(key) if known(key) else tr("outcome.other", code=decided.code)
    number = str(decided.detail.get("receipt") or decided.detail.get("reference") or decided.receipt)
    if not number and decided.at_ms is not None:
        at = f"{datetime.fromtimestamp(decided.at_ms / 1000, now.tzinfo):%m-%d %H:%M}"
        number = f"{kind_words(decided.kind)} {at}" if decided.kind else at
    amount = decided.detail.get("amount", decided.amount)
    money = f"¥{yuan(amount)}" if isinstance(amount, int) and amount else ""
    return words, number, money
