"""The lines of the cart as strings, made once per change, so that painting asks nothing (stack.md, start and scan)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from posclient.actions.views import CartView, LineView
from posclient.domain.money import yuan
from ui.i18n import language, tr


@dataclass(frozen=True, slots=True)
class CartRow:
    """What one row shows."""

    id: str
    number: str
    name: str
    detail: str
    reasons: str
    qty: str
    price: str
    off: str
    net: str

    @property
    def spoken(self) -> str:
        """For screen readers and stories."""
        parts = (self.name, self.detail, self.qty, self.price, self.off, self.net, self.reasons)
        return " ".join(part for part in parts if part)


def cart_row(line: LineView, number: int, guide_of_sale: str | None) -> CartRow:
    """``guide_of_sale``: a line says its guide only where it is another one."""
    own_guide = line.guide_id is not None and line.guide_id != guide_of_sale
    guide = tr("sale.line_guide", name=line.guide_name) if own_guide else ""
    return CartRow(
        id=line.id,
        number=str(number),
        name=line.name,
        detail=" · ".join(part for part in (line.style, line.variant, guide) if part),
        reasons=" · ".join(_reasons(line)),
        qty=str(line.qty),
        price=yuan(line.list_price),
        off=yuan(-line.off) if line.off else "",
        net=yuan(line.net),
    )


def _reasons(line: LineView) -> list[str]:
    """Why the line costs what it costs: the price first, then what was taken off, by HQ's own names."""
    first = [tr("sale.manual_price")] if line.manual_price else [tr("sale.member_price")] if line.member_price else []
    return first + list(dict.fromkeys(one.name for one in line.discounts))


class CartModel(QAbstractListModel):
    """``rows`` is what the delegate paints; ``changed(row)`` only for rows that differ.

    Not ``dataChanged``: a QListView answers that with a new layout and a repaint of everything.
    """

    changed = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[CartRow] = []
        self._lines: tuple[LineView, ...] = ()
        self._said: tuple[str | None, str] = (None, "")

    def show(self, view: CartView) -> None:
        """Strings are made anew only for lines that differ, or when guide or language does."""
        said = (view.guide_id, language())
        known = len(self._lines) if said == self._said else 0
        fresh = [
            self.rows[place]
            if place < known and line == self._lines[place]
            else cart_row(line, place + 1, view.guide_id)
            for place, line in enumerate(view.lines)
        ]
        self._lines, self._said = view.lines, said
        self._replace(fresh)

    def _replace(self, fresh: list[CartRow]) -> None:
        same = min(len(fresh), len(self.rows))
        if len(fresh) < len(self.rows):
            self.beginRemoveRows(QModelIndex(), same, len(self.rows) - 1)
            del self.rows[same:]
            self.endRemoveRows()
        changed = [place for place in range(same) if fresh[place] != self.rows[place]]
        self.rows[:same] = fresh[:same]
        for place in changed:
            self.changed.emit(place)
        if len(fresh) > same:
            self.beginInsertRows(QModelIndex(), same, len(fresh) - 1)
            self.rows += fresh[same:]
            self.endInsertRows()

    def place_of(self, line_id: str | None) -> int:
        """The row of a line; -1 where there is none."""
        return next((place for place, row in enumerate(self.rows) if row.id == line_id), -1)

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole) and index.isValid():
            return self.rows[index.row()].spoken
        return None
