"""HQ after years: any number of sales as tills would have sent them, straight into its tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlmodel import Session

from sync.hq.bulk import insert_rows, parts
from sync.hq.database import Database
from sync.hq.fact_tables import CouponUseRow, FactRow, Incident, PaymentRow, Quarantine, SaleLineRow, SaleRow
from sync.hq.lease_tables import LossRow
from sync.hq.tables import Chain, HqTable, Terminal

#: The chain's last day.
LAST = date(2026, 11, 26)
EVENING = datetime(2026, 11, 26, 20, tzinfo=UTC)
STORES, TILLS = 100, 2
#: One sale in so many is an exception with a loss, one in ten times as many is put aside as well.
ODD = 100
_BATCH = 5000
Values = dict[str, Any]


@dataclass(frozen=True)
class History:
    """``sales`` sales of two lines, the last ``a_day`` of them on the day ``LAST``, and what went wrong with them."""

    sales: int
    a_day: int = 500

    def fill(self, database: Database) -> None:
        """All of it."""
        with database.write() as session:
            for number in range(STORES * TILLS):
                store, slot, _ = _place(number)
                till, received = f"{store}-{slot}", self.sales // STORES // TILLS
                session.add(Terminal(id=till, store=store, slot=slot, incarnation="i", enrolled_ms=1))
                session.add(Chain(terminal=till, incarnation="i", received_seq=received))
        for numbers in parts(range(self.sales), _BATCH):
            with database.write() as session:
                for table, rows in self._rows(numbers):
                    insert_rows(session, table, rows)
        with database.write() as session:
            _analyse(session)

    def _rows(self, numbers: list[int]) -> Iterator[tuple[type[HqTable], list[Values]]]:
        odd = [number for number in numbers if number % ODD == 0]
        very = [number for number in odd if number % (10 * ODD) == 0]
        yield FactRow, [self._fact(number) for number in numbers]
        yield SaleRow, [self._sale(number) for number in numbers]
        yield SaleLineRow, [_line(number, name) for number in numbers for name in ("1", "2")]
        yield PaymentRow, [_payment(number) for number in numbers]
        yield CouponUseRow, [_use(number) for number in odd]
        yield LossRow, [self._loss(number) for number in odd]
        yield Quarantine, [self._aside(number) for number in very]
        yield Incident, [self._incident(number) for number in very]

    def _at(self, number: int) -> datetime:
        days, within = divmod(self.sales - 1 - number, self.a_day)
        return EVENING - timedelta(days=days, seconds=within * 36_000 // self.a_day)

    def _ms(self, number: int) -> int:
        return int(self._at(number).timestamp() * 1000)

    def _sale(self, number: int) -> Values:
        store, slot, seq = _place(number)
        at = self._at(number)
        return {
            "fact": _id(number), "id": _id(number), "terminal": f"{store}-{slot}", "seq": seq, "basket": None,
            "receipt": f"{store}-{slot}-{at:%Y%m%d}-{seq:06d}", "at": at.isoformat(),
            "business_date": at.date().isoformat(), "shift": "H1", "store": store, "slot": slot, "cashier": "G1",
            "guide": "G1", "member": f"M{number % 5000}", "claimed_code": None, "own_guide": None, "gross": 2000,
            "total": 2000, "rounding": 0, "points": 0,
        }  # fmt: skip

    def _envelope(self, number: int) -> Values:
        store, slot, seq = _place(number)
        body = json.dumps({"id": _id(number), "lines": ["x" * 100]}).encode()
        return {
            "terminal": f"{store}-{slot}", "incarnation": "i", "seq": seq, "kind": "SaleCompleted", "kind_version": 1,
            "body": body, "hash": "0" * 64, "received_ms": self._ms(number),
        }  # fmt: skip

    def _fact(self, number: int) -> Values:
        said = ("applied", None) if number % ODD else ("applied_with_exception", "coupon_used_twice")
        return {"id": _id(number), **self._envelope(number), "outcome": said[0], "code": said[1]}

    def _aside(self, number: int) -> Values:
        return {**self._envelope(number), "fact": f"q{number}", "code": "unreadable", "detail": ""}

    def _incident(self, number: int) -> Values:
        store, slot, _ = _place(number)
        return {
            "at_ms": self._ms(number), "code": "bad_hash", "terminal": f"{store}-{slot}", "incarnation": "i", "seq": 1,
            "until_seq": 1, "fact": "", "expected": "a", "found": "b",
        }  # fmt: skip

    def _loss(self, number: int) -> Values:
        store, slot, _ = _place(number)
        return {
            "kind": "coupon", "subject": f"K{number}", "fact": _id(number), "sale": _id(number), "receipt": "",
            "store": store, "terminal": f"{store}-{slot}", "cashier": "G1", "amount": 100, "claimed": "",
            "approver": None, "cap": 0, "settled": "first", "at_ms": self._ms(number),
        }  # fmt: skip


def _analyse(session: Session) -> None:
    """As a server does by itself within minutes."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().exec_driver_sql("ANALYZE")


def _place(number: int) -> tuple[str, int, int]:
    """Store, slot and seq."""
    return f"S{number % STORES + 1:03d}", number // STORES % TILLS + 1, number // (STORES * TILLS) + 1


def _id(number: int) -> str:
    """In the order of time, as a till's ids are."""
    return f"0190{number:08x}-7000-8000-a1b2c3d4e5f6"


def _line(number: int, name: str) -> Values:
    return {
        "fact": _id(number), "line": name, "sku": f"SKU{number % 1000}", "gtin": "", "name": "Coat", "qty": 1,
        "list_price": 1000, "unit_price": 1000, "gross": 1000, "net": 1000, "tax_bp": 0, "guide": "G1",
        "discounts": "[]",
    }  # fmt: skip


def _payment(number: int) -> Values:
    return {"fact": _id(number), "id": "p1", "tender": "cash", "amount": 2000, "tendered": 2000, "reference": ""}


def _use(number: int) -> Values:
    return {"fact": _id(number), "coupon": f"K{number}", "amount": 100, "template": None, "first": True}
