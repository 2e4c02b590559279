"""Cards of the shift report: values in, widgets out. The words of the rows are those of the slip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from posclient.domain.money import yuan
from posclient.domain.shift_report import GuideTotal, ShiftFigures, ShiftReport
from ui.i18n import tr
from ui.widgets.bar import Bar
from ui.widgets.boxes import column, frame, row, rule
from ui.widgets.text import Elided, Text

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Line:
    """Words, how many there are of it, and fen; ``share`` draws a bar between them, ``look`` is the amount's."""

    words: str
    count: str = ""
    amount: int | None = None
    share: float | None = None
    look: str = ""


def takings(figures: ShiftFigures, labels: Labels) -> QFrame:
    """What was sold, what came off, what came in."""
    amount, sales = Text(look="amount"), Elided(look="muted")
    amount.put(f"¥{yuan(figures.net)}")
    sales.put(tr("report.sales", n=figures.sales, lines=figures.lines, pieces=figures.pieces))
    head = row(column(Text("report.net", look="muted"), amount, gap=0), None, gap=12)
    receipts = Elided(look="muted")
    receipts.put(f"{figures.first_receipt} – {figures.last_receipt}" if figures.sales else labels["no_sales"])
    off = ("promotion_off", "coupon_off", "manual_off", "price_off")
    lines = [
        Line(labels["list_total"], amount=figures.list_total),
        *(Line(labels[name], amount=-getattr(figures, name)) for name in off if getattr(figures, name)),
        Line(labels["net"], amount=figures.net, look="strong"),
        *([Line(labels["rounding"], amount=-figures.rounding)] if figures.rounding else []),
        Line(labels["paid"], amount=figures.paid, look="strong"),
    ]
    content = column(head, sales, receipts, 6, rule(), 2, table(lines), gap=4, margins=(20, 14, 20, 14))
    return frame("card", content)


def tenders(figures: ShiftFigures, labels: Labels) -> QFrame:
    """How it was paid; change is part of what was handed over, not of the sum."""
    lines = []
    for one in figures.tenders:
        lines.append(Line(labels.get(f"tender_{one.tender}", one.tender), str(one.count), one.amount))
        if one.change:
            lines.append(Line(f"    {labels['change']}", amount=one.change, look="muted"))
    if figures.coupons:
        lines.append(Line(labels["coupons"], str(figures.coupons), figures.coupon_amount, look="muted"))
    return card(labels["tenders"], lines, labels["no_sales"])


def guides(figures: ShiftFigures, labels: Labels) -> QFrame:
    """The ranking, with the share of each drawn."""
    best = max((one.amount for one in figures.guides), default=0) or 1
    lines = [Line(_name(one, labels), str(one.sales), one.amount, one.amount / best) for one in figures.guides]
    return card(labels["performance"], lines, labels["no_sales"])


def acts(figures: ShiftFigures, labels: Labels) -> QFrame:
    """What a manager may ask about."""
    lines = [
        Line(labels.get(f"act_{one.action}", one.action), str(one.count), one.amount or None) for one in figures.acts
    ]
    return card(labels["acts"], lines, tr("report.no_acts"))


def unsent(report: ShiftReport, labels: Labels) -> QFrame:
    """What HQ has not got."""
    figures = report.figures
    lines = [
        Line(labels["unsent_day"], str(figures.unsent), figures.unsent_amount),
        Line(labels["unsent_all"], str(report.waiting), report.waiting_amount),
    ]
    return card(tr("report.unsent"), lines, "")


def chain(report: ShiftReport, labels: Labels) -> QFrame:
    """The head, large enough to be copied by hand."""
    head = report.head
    seq, digits, hint = Text(look="strong"), Text(look="strong"), Text("report.head_hint", look="muted", wrap=True)
    seq.put(tr("report.head_seq", n=head.seq))
    digits.put(head.printed)
    digits.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    title = Text(look="strong")
    title.put(labels["chain_head"])
    content = column(title, 2, row(seq, None, digits, gap=12), hint, gap=4, margins=(20, 12, 20, 14))
    return frame("card", content)


def card(title: str, lines: Sequence[Line], empty: str) -> QFrame:
    """A titled table, or the one thing there is to say."""
    named, nothing = Text(look="strong"), Text(look="muted", wrap=True)
    named.put(title)
    nothing.put(empty)
    body: QWidget = table(lines) if lines else nothing
    return frame("card", column(named, 4, body, gap=4, margins=(20, 12, 20, 14)))


def table(lines: Sequence[Line]) -> QWidget:
    """Words at the left, numbers at the right, each kind in its own column."""
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(6)
    drawn = any(line.share is not None for line in lines)
    grid.setColumnStretch(1 if drawn else 0, 1)
    for place, line in enumerate(lines):
        words = Elided(look=line.look)
        words.put(line.words)
        grid.addWidget(words, place, 0)
        if line.share is not None:
            words.setFixedWidth(96)
            grid.addWidget(Bar(line.share), place, 1)
        grid.addWidget(_number(f"x {line.count}" if line.count else "", "muted"), place, 2)
        grid.addWidget(_number("" if line.amount is None else yuan(line.amount), line.look), place, 3)
    made = frame("surface", grid)
    made.setMinimumWidth(0)
    return made


def _number(text: str, look: str) -> Text:
    made = Text(look=look)
    made.put(text)
    made.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return made


def _name(guide: GuideTotal, labels: Labels) -> str:
    return (guide.name or guide.guide) if guide.guide else labels["nobody"]
