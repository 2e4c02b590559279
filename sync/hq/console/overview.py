"""The console's first page: how tills are, what waits for a person, and what HQ holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from anyio.to_thread import run_sync
from sqlalchemy import func
from sqlmodel import select
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin import route
from starlette_admin.views import CustomView

from sync.hq.conditions import STATES
from sync.hq.console import lookups
from sync.hq.console.rendering import page
from sync.hq.console.words import word
from sync.hq.database import Database
from sync.hq.fact_tables import FactRow, Incident, Quarantine
from sync.hq.handling import is_open
from sync.hq.lease_tables import LossRow
from sync.hq.service import Hq
from sync.hq.statistics import count_all
from sync.hq.tills import TillLook

#: Figures that are worth a look for themselves; the others have their own place on the page.
FIGURES = ("sales", "lines", "total", "coupons_used", "resent", "duplicates")


class Overview(CustomView):
    """``looks`` gives all tills."""

    path = "/"
    route_name = "index"

    def __init__(self, hq: Hq, looks: Callable[[], Sequence[TillLook]]) -> None:
        super().__init__(word("console.overview"), "fa fa-gauge")
        self._hq = hq
        self._looks = looks

    @route("")
    async def index(self, request: Request) -> Response:
        """All of it."""
        figures = await run_sync(count_all, self._hq.database)
        looks = await run_sync(self._looks)
        context = {
            "states": STATES, "counts": Counter(one.condition.state for one in looks), "total": len(looks),
            "waiting": await run_sync(_waiting, self._hq.database),
            "figures": [(name, lookups.figure(name, figures[name])) for name in FIGURES],
            "doubled": figures["duplicates"] > 0,
        }  # fmt: skip
        return page(self, request, "overview.html", context)


def _waiting(database: Database) -> dict[str, int]:
    """How much nobody has dealt with yet, by kind."""
    wanted: dict[str, Any] = {
        "quarantine": select(func.count()).select_from(Quarantine),
        "incident": select(func.count()).select_from(Incident),
        "loss": select(func.count()).select_from(LossRow),
        "exception": select(func.count()).select_from(FactRow).where(FactRow.outcome == "applied_with_exception"),
    }
    with database.read() as session:
        return {kind: int(session.execute(query.where(is_open(kind))).scalar_one()) for kind, query in wanted.items()}
