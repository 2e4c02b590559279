"""What is sold: a style comes in colours and sizes; each is a SKU with one or more barcodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Product:
    """One SKU as the till knows it now, with the live price row."""

    sku: str
    style: str
    name: str
    color: str
    size: str
    brand: str
    category: str
    price: int
    member_prices: Mapping[str, int]
    tags: frozenset[str]
    tax_bp: int
    gtin: str = ""

    @property
    def variant(self) -> str:
        """Colour and size as one text, for lists."""
        return f"{self.color} · {self.size}" if self.color and self.size else self.color or self.size


@dataclass(frozen=True, slots=True)
class StockLevel:
    """Last known pieces of one SKU: here and elsewhere (by store), own unsent moves included."""

    sku: str
    here: int
    elsewhere: Mapping[str, int]

    @property
    def others(self) -> int:
        return sum(qty for qty in self.elsewhere.values() if qty > 0)
