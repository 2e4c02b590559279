"""The sales of one business day, summed up from what is stored; nothing is priced again.

A day is found by the receipt numbers, which name it and have an index, so that years of other days cost nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from posclient.db.connection import Connection
from posclient.db.row_values import json_text
from posclient.domain.cart import FROM_LABEL
from posclient.domain.shift_report import ActTotal, GuideTotal, ShiftFigures, TenderTotal

_DAY = "(SELECT value FROM json_each(:day))"
_SALES = f"""SELECT count(*), coalesce(sum(total), 0), coalesce(sum(rounding), 0),
 (SELECT receipt FROM sale WHERE number = (SELECT min(value) FROM json_each(:day))),
 (SELECT receipt FROM sale WHERE number = (SELECT max(value) FROM json_each(:day)))
 FROM sale WHERE number IN {_DAY}"""  # noqa: S608 - our own text
_LINES = f"""SELECT count(*), coalesce(sum(qty), 0), coalesce(sum(list_price * qty), 0),
 coalesce(sum((list_price - unit_price) * qty) FILTER (WHERE reason NOT IN ('', :label)), 0),
 coalesce(sum((list_price - unit_price) * qty) FILTER (WHERE reason IN ('', :label)), 0),
 count(*) FILTER (WHERE reason NOT IN ('', :label))
 FROM sale_line WHERE sale IN {_DAY}"""  # noqa: S608
_DISCOUNTS = f"""SELECT substr(json_extract(one.value, '$[0]'), 1, instr(json_extract(one.value, '$[0]'), ':') - 1),
 sum(json_extract(one.value, '$[2]')) FROM sale_line, json_each(sale_line.discounts) AS one
 WHERE sale IN {_DAY} GROUP BY 1"""  # noqa: S608
_TENDERS = f"""SELECT tender, count(*), sum(amount), sum(tendered - amount) FROM payment WHERE sale IN {_DAY}
 GROUP BY tender ORDER BY sum(amount) DESC, tender"""  # noqa: S608
_COUPONS = f"SELECT count(*), coalesce(sum(amount), 0) FROM coupon_use WHERE sale IN {_DAY}"  # noqa: S608
_GUIDES = f"""SELECT guide, count(DISTINCT source), sum(amount) FROM share
 WHERE source IN (SELECT id FROM sale WHERE number IN {_DAY})
 GROUP BY guide ORDER BY sum(amount) DESC, guide"""  # noqa: S608
#: Sales with a line that is nobody's, and what those lines were sold for.
_NOBODY = f"""SELECT count(DISTINCT sale.number), coalesce(sum(net), 0)
 FROM sale JOIN sale_line ON sale_line.sale = sale.number WHERE sale.number IN {_DAY}
 AND NOT EXISTS (SELECT 1 FROM share WHERE share.source = sale.id AND share.line = sale_line.id)"""  # noqa: S608
_UNSENT = f"""SELECT count(*), coalesce(sum(outbox.amount), 0) FROM sale JOIN outbox ON outbox.number = sale.fact
 WHERE sale.number IN {_DAY} AND acked_ms IS NULL"""  # noqa: S608
#: What the audit has of a day that concerns money, and the sum that each entry names.
_ACTS = """SELECT action, count(*), sum(coalesce(json_extract(detail, '$.amount'),
 json_extract(detail, '$.handed_back'), json_extract(detail, '$.total'), 0)) FROM audit WHERE substr(at, 1, 10) = ?
 AND action IN ('void', 'remove_line', 'remove_payment', 'cancel_payment', 'coupon_override', 'open_drawer', 'approve')
 GROUP BY action ORDER BY action"""


def of_day(con: Connection, day: date) -> ShiftFigures:
    """All figures of a business day; call it in a ``snapshot`` where a sale may be written meanwhile."""
    numbers = {"day": json_text(list(_numbers(con, day))), "label": FROM_LABEL}
    sales, net, rounding, first, last = con.execute(_SALES, numbers).fetchone()
    lines, pieces, listed, by_hand, price_off, prices = con.execute(_LINES, numbers).fetchone()
    off: dict[str, int] = dict(con.execute(_DISCOUNTS, numbers).fetchall())
    coupons, coupon_amount = con.execute(_COUPONS, numbers).fetchone()
    unsent, unsent_amount = con.execute(_UNSENT, numbers).fetchone()
    return ShiftFigures(
        day=day,
        sales=sales,
        lines=lines,
        pieces=pieces,
        first_receipt=first or "",
        last_receipt=last or "",
        list_total=listed,
        promotion_off=off.get("promotion", 0),
        coupon_off=off.get("coupon", 0),
        manual_off=off.get("manual", 0) + by_hand,
        price_off=price_off,
        net=net,
        rounding=rounding,
        tenders=tuple(TenderTotal(*row) for row in con.execute(_TENDERS, numbers)),
        coupons=coupons,
        coupon_amount=coupon_amount,
        guides=tuple(_guides(con, numbers)),
        acts=tuple(_acts(con, day, prices, by_hand)),
        unsent=unsent,
        unsent_amount=unsent_amount,
    )


def has_sales(con: Connection, day: date) -> bool:
    """Was anything sold on this business day?"""
    return con.execute("SELECT 1 FROM shift WHERE business_date = ?", (day.isoformat(),)).fetchone() is not None


def neighbours(con: Connection, day: date) -> tuple[date | None, date | None]:
    """The business days with sales right before and after ``day``."""
    before, after = con.execute(
        "SELECT (SELECT max(business_date) FROM shift WHERE business_date < ?1),"
        " (SELECT min(business_date) FROM shift WHERE business_date > ?1)",
        (day.isoformat(),),
    ).fetchone()
    return (date.fromisoformat(before) if before else None), (date.fromisoformat(after) if after else None)


def _numbers(con: Connection, day: date) -> Iterator[int]:
    """Of the day's sales, under whatever store and slot this till had then."""
    after = ""
    while found := con.execute(
        "SELECT store, slot FROM sale WHERE receipt > ? ORDER BY receipt LIMIT 1", (after,)
    ).fetchone():
        place = f"{found[0]}-{found[1]}-"
        begin = f"{place}{day:%Y%m%d}-"
        between = (begin, begin[:-1] + ".")  # the sign after "-"
        yield from (
            number for (number,) in con.execute("SELECT number FROM sale WHERE receipt BETWEEN ? AND ?", between)
        )
        after = f"{place}:"  # ":" comes after "9": behind every receipt of this place


def _guides(con: Connection, numbers: dict[str, Any]) -> Iterator[GuideTotal]:
    """The best first; nobody's last, where there is any."""
    yield from (GuideTotal(*row) for row in con.execute(_GUIDES, numbers))
    sales, amount = con.execute(_NOBODY, numbers).fetchone()
    if sales:
        yield GuideTotal(None, sales, amount)


def _acts(con: Connection, day: date, prices: int, by_hand: int) -> Iterator[ActTotal]:
    """Prices by hand stand in the lines, the rest in the audit."""
    if prices:
        yield ActTotal("manual_price", prices, by_hand)
    yield from (ActTotal(*row) for row in con.execute(_ACTS, (day.isoformat(),)))
