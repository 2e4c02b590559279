"""The member of this sale at a glance, masked; or what to do to have one."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QStackedLayout, QWidget

from posclient.actions.views import CartView, MemberCard
from posclient.domain.money import yuan
from ui import theme
from ui.i18n import tr
from ui.widgets.boxes import column, frame, row
from ui.widgets.button import Button
from ui.widgets.text import Elided, Text

HEIGHT = 118


class MemberPanel(QWidget):
    """Of one height whether there is a member or not: the sale does not jump when one is scanned."""

    def __init__(self, keycap: str, on_choose: object, on_clear: object) -> None:
        super().__init__()
        self.setFixedHeight(HEIGHT)
        self._card: MemberCard | None = None
        self._claimed = ""
        self._avatar, self._name, self._tier = Text(look="avatar"), Text(look="name"), Text(look="chip-gold")
        self._avatar.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._detail, self._new = Elided(look="muted"), Text("member.new_here", look="chip")
        self._figures = {name: Text(look="strong") for name in ("points", "stored_value", "birthday")}
        self._labels: dict[str, Text] = {}
        self._choose = Button("member.add", icon="add-person", keycap=keycap, on=on_choose)  # type: ignore[arg-type]
        self._clear = Button(look="quiet", icon="cross", on=on_clear)  # type: ignore[arg-type]
        self._clear.setFixedSize(44, 44)
        self._choose.setFixedHeight(56)
        self._hint = Text("member.hint", look="muted", wrap=True)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._nobody())
        self._stack.addWidget(self._somebody())

    def show_cart(self, view: CartView) -> None:
        if (view.member, view.claimed_code or "") != (self._card, self._claimed):
            self._card, self._claimed = view.member, view.claimed_code or ""
            self.retranslate()

    def set_keycap(self, keycap: str) -> None:
        self._choose.set_keycap(keycap)

    def retranslate(self) -> None:
        card = self._card
        self._clear.setAccessibleName(tr("member.clear"))
        self._stack.setCurrentIndex(1 if card is not None or self._claimed else 0)
        if card is not None:
            self._show_member(card)
        elif self._claimed:
            self._show_claimed()

    def _show_member(self, card: MemberCard) -> None:
        member = card.member
        self._avatar.put(member.name[:1] or ("•" if member.sealed else "新"))
        self._name.put(member.masked_name or member.masked_phone)
        self._tier.put(card.tier_name)
        self._tier.setVisible(bool(card.tier_name) and not card.new_here)  # one chip: the new member says more
        self._new.setVisible(card.new_here)
        guide = tr("member.own_guide", name=card.own_guide_name) if card.own_guide_name else ""
        who = tr("member.sealed") if member.sealed else member.masked_phone
        self._detail.put(" · ".join(part for part in (who, guide) if part))
        self._figures["points"].put(f"{member.points:,}")
        self._figures["stored_value"].put("¥" + yuan(member.stored_value))
        if card.value is not None and card.value.amount > 0:
            until = card.value.until.astimezone().strftime("%m-%d") if card.value.until else ""
            self._labels["stored_value"].say("member.value_offline", amount=yuan(card.value.amount), day=until)
        else:
            self._labels["stored_value"].say("member.stored_value")
        self._figures["birthday"].put(member.birthday.strftime("%m-%d") if member.birthday else "—")

    def _show_claimed(self) -> None:
        """A code that nobody here knows: noted, HQ decides (protocol.md, members)."""
        self._labels["stored_value"].say("member.stored_value")
        self._avatar.put("?")
        self._name.put(self._claimed[:20])
        self._tier.hide()
        self._new.hide()
        self._detail.put(tr("member.claimed"))
        for figure in self._figures.values():
            figure.put("—")

    def _nobody(self) -> QWidget:
        return frame("surface", column(None, self._choose, self._hint, None, gap=8))

    def _somebody(self) -> QWidget:
        head = row(self._name, self._tier, self._new, None, gap=8)
        person = row(self._avatar, column(head, self._detail, gap=2), self._clear, gap=8)
        person.setStretch(1, 1)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(2)
        grid.setHorizontalSpacing(16)
        for place, (name, figure) in enumerate(self._figures.items()):
            self._labels[name] = Text(f"member.{name}", look="muted")
            grid.addWidget(self._labels[name], 0, place)
            grid.addWidget(figure, 1, place)
            grid.setColumnStretch(place, 3 if name == "stored_value" else 1)  # it says what is usable, and until when
        return frame("surface", column(person, None, grid, gap=4, margins=(0, 8, 0, 8)))

    def restyle(self) -> None:
        theme.look(self, "surface")
