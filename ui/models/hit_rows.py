"""What a search has found, as strings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from posclient.actions.views import ProductHit
from posclient.domain.money import yuan
from ui.i18n import tr


@dataclass(frozen=True, slots=True)
class HitRow:
    """``here``: is there any in this store?"""

    sku: str
    name: str
    detail: str
    price: str
    stock: str
    here: bool

    @property
    def spoken(self) -> str:
        """For screen readers and stories."""
        return f"{self.name} {self.detail} {self.price} {self.stock}"


def hit_row(hit: ProductHit) -> HitRow:
    """One article found, in the language in force."""
    return HitRow(
        sku=hit.sku,
        name=hit.name,
        detail=" · ".join(part for part in (hit.style, hit.variant) if part),
        price=yuan(hit.price),
        stock=tr("search.stock", here=hit.here, others=hit.others),
        here=hit.here > 0,
    )


class HitModel(QAbstractListModel):
    """Replaced as a whole by each answer."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[HitRow] = []

    def show(self, hits: tuple[ProductHit, ...]) -> None:
        self.beginResetModel()
        self.rows = [hit_row(one) for one in hits]
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole) and index.isValid():
            return self.rows[index.row()].spoken
        return None
