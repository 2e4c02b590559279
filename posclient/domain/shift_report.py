"""What a reading of a shift says (X 报表), as plain values; ``shift_layout`` arranges them on paper.

Until shifts are opened by people there is one a local business day. All money in fen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from posclient.domain.chain_head import ChainHead


@dataclass(frozen=True, slots=True)
class TenderTotal:
    """Payments by one tender: how many, what they counted towards sales, what was given back as change."""

    tender: str
    count: int
    amount: int
    change: int


@dataclass(frozen=True, slots=True)
class GuideTotal:
    """业绩: fen of net that were attributed to ``guide`` (None: nobody's), out of so many sales."""

    guide: str | None
    sales: int
    amount: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class ActTotal:
    """What a manager may ask about, by the audit's name of it; ``amount`` 0 where there is no money in it."""

    action: str
    count: int
    amount: int


@dataclass(frozen=True, slots=True)
class ShiftFigures:
    """The sales of one business day, from their stored lines.

    ``list_total`` - ``promotion_off`` - ``coupon_off`` - ``manual_off`` - ``price_off`` = ``net`` = payments +
    ``rounding``. ``manual_off`` counts prices by hand too (dearer ones below zero); ``price_off`` is what member prices
    and prices read from a label differ. ``unsent``: sales of this day that HQ has not got, worth ``unsent_amount``.
    """

    day: date
    sales: int
    lines: int
    pieces: int
    first_receipt: str
    last_receipt: str
    list_total: int
    promotion_off: int
    coupon_off: int
    manual_off: int
    price_off: int
    net: int
    rounding: int
    tenders: tuple[TenderTotal, ...]
    coupons: int
    coupon_amount: int
    guides: tuple[GuideTotal, ...]
    acts: tuple[ActTotal, ...]
    unsent: int
    unsent_amount: int

    @property
    def paid(self) -> int:
        """What all payments counted."""
        return sum(one.amount for one in self.tenders)


@dataclass(frozen=True, slots=True)
class ShiftReport:
    """A reading at ``at`` (the clock, local), when the business day was ``today``. ``waiting`` facts of any day, worth
    ``waiting_amount``, are unsent.

    ``head``: the last fact that was made before the reading; on paper it proves later what was there (S-24).
    """

    store_name: str
    store: str
    slot: int
    at: datetime
    today: date
    read_by: str
    figures: ShiftFigures
    waiting: int
    waiting_amount: int
    head: ChainHead

    @property
    def job(self) -> str:
        """What the printed slip or its file is called: two readings of a day are two."""
        return f"X-{self.head.terminal}-{self.figures.day:%Y%m%d}-{self.at:%Y%m%d%H%M%S}"
