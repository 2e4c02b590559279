"""Where a valet order goes: name, phone and address, typed or pasted as one text that is taken apart."""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtWidgets import QGridLayout

from posclient.domain.valet import Address
from ui.context import Context
from ui.screens.screen import Deeds, Page
from ui.widgets.boxes import column, frame, pad, row
from ui.widgets.button import Button
from ui.widgets.field import Field
from ui.widgets.text import Text

#: A mobile number of mainland China, with the spaces and dashes that people put into it, and its country before it.
_PHONE = re.compile(r"(?<![0-9])(?:(?:\+|00)?86[ -]?)?(1[3-9][0-9](?:[ -]?[0-9]{4}){2})(?![0-9])", re.ASCII)
#: What shops and messengers write before each part; a street may begin with such a word, but no colon comes then.
_LABEL = re.compile(
    r"(?<![^\s,，;；])(?:(?:收货|收件|联系)人|姓名|(?:手机|电话)(?:号码?)?|联系(?:电话|方式)|(?:所在|收货)?地区"
    r"|(?:收货|收件|详细)?地址)\s*(?:[:：]|(?=\s|$))"
)
#: Of places, and of a flat's number or a postcode: no name has it, and none begins like a province or a great city.
_NO_NAME = re.compile(
    r"[省市区县路街号0-9]|^(?:北京|天津|上海|重庆|河北|山西|内蒙古|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南"
    r"|广东|广西|海南|四川|贵州|云南|西藏|陕西|甘肃|青海|宁夏|新疆|香港|澳门|台湾)"
)
LONGEST_NAME = 10


def read_address(text: str) -> Address:
    """Take a pasted line apart: the number, then the shortest other part is the name, the rest the address.

    >>> read_address("王小明 13912341234 广东省深圳市南山区科苑路 15 号").name
    '王小明'
    """
    found = _PHONE.search(text)
    phone = re.sub(r"[ -]", "", found[1]) if found else ""
    rest = _LABEL.sub("\n", _PHONE.sub("\n", text, count=1))
    parts = [part.strip(" ,，;；:：") for part in re.split(r"[\n,，;；]+|\s{2,}|(?<=\S) (?=\S{5,})", rest)]
    names = [part for part in parts if 0 < len(part) <= LONGEST_NAME and not _NO_NAME.search(part)]
    name = min(names, key=len, default="")
    return Address(name, phone, " ".join(part for part in parts if part and part != name))


class AddressPage(Page):
    """``on_done`` gets the address, or None for delivery to this store."""

    name = "address"

    def __init__(self, context: Context, address: Address | None, on_done: Callable[[Address | None], None]) -> None:
        super().__init__(context)
        self._on_done = on_done
        self._paste = Field("address.paste_hint", most=300)
        self._name, self._phone, self._text = Field(most=40), Field(kind="phone", most=20), Field(most=200)
        self._error = Text(look="danger", wrap=True)
        self._error.setFixedHeight(40)
        self._paste.textChanged.connect(self._pasted)
        if address is not None:
            self._fill(address)
        self._build()

    def _build(self) -> None:
        form = QGridLayout()
        form.setVerticalSpacing(12)
        form.setHorizontalSpacing(16)
        fields = (
            ("address.paste", self._paste), ("address.name", self._name), ("address.phone", self._phone),
            ("address.text", self._text),
        )  # fmt: skip
        for place, (label, field) in enumerate(fields):
            form.addWidget(Text(label, look="strong"), place, 0)
            form.addWidget(field, place, 1)
        save = Button("entry.save", "primary", keycap="Enter", on=self._save)
        save.setFixedHeight(60)
        store = Button("address.store", icon="home", on=lambda: self._give(None))
        store.setFixedHeight(60)
        card = column(form, self._error, row(store, None, save), gap=12, margins=(24, 24, 24, 24))
        head = row(Text("address.title", look="title"), None, Button("key.back", "quiet", keycap="Esc", on=self.leave))
        note = Text("address.private", look="muted", wrap=True)
        self.setLayout(column(head, 8, frame("card", card), note, None, margins=pad()))

    def shown(self) -> None:
        (self._name if self._text.text() else self._paste).setFocus()

    def deeds(self) -> Deeds:
        return {"collect": self._save, "back": self.leave}

    def _pasted(self, text: str) -> None:
        if len(text) > LONGEST_NAME:
            self._fill(read_address(text))

    def _fill(self, address: Address) -> None:
        for field, text in ((self._name, address.name), (self._phone, address.phone), (self._text, address.text)):
            field.setText(text)

    def _save(self) -> None:
        values = [field.text().strip() for field in (self._name, self._phone, self._text)]
        for field, value in zip((self._name, self._phone, self._text), values, strict=True):
            field.wrong(not value)
        if all(values):
            self._give(Address(*values))
        else:
            self._error.say("address.missing")

    def _give(self, address: Address | None) -> None:
        self.leave()
        self._on_done(address)
