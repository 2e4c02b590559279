"""The console's first page: how tills are, what waits for a person, and what HQ holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from anyio.to_thread import run_sync
from sqlalchemy import func
from sqlmodel import Session, col, select
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin import route
from starlette_admin.i18n import get_tzinfo
from starlette_admin.views import CustomView

from sync.hq.conditions import STATES
from sync.hq.console.rendering import page
from sync.hq.console.words import word
from sync.hq.console_tables import Handled
from sync.hq.database import Database
from sync.hq.fact_tables import IS_EXCEPTION, FactRow, Incident, Quarantine
from sync.hq.figures import all_sales, day_sales, received_facts
from sync.hq.lease_tables import LossRow
from sync.hq.service import Hq
from sync.hq.tills import TillLook

#: Business days that are shown beside one another, as days before this one.
DAYS = {"today": 0, "yesterday": 1, "week_ago": 7}


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
        looks = await run_sync(self._looks)
        context = {
            "states": STATES, "counts": Counter(one.condition.state for one in looks), "total": len(looks),
            **await run_sync(_figures, self._hq.database, self._hq.clock.now().astimezone(get_tzinfo()).date()),
        }  # fmt: skip
        return page(self, request, "overview.html", context)


def _figures(database: Database, today: date) -> dict[str, Any]:
    """What the database says. ``today``: where the browser is."""
    with database.read() as session:
        received, resent = received_facts(session)
        return {
            "days": {name: day_sales(session, today - timedelta(days=before)) for name, before in DAYS.items()},
            "sales": all_sales(session), "received": received, "resent": resent, "waiting": _waiting(session),
        }  # fmt: skip


def _waiting(session: Session) -> dict[str, int]:
    """How much nobody has dealt with yet, by kind: what there is less what somebody has, since nothing is deleted."""
    there: dict[str, Any] = {
        "quarantine": select(func.count()).select_from(Quarantine),
        "incident": select(func.count()).select_from(Incident),
        "loss": select(func.count()).select_from(LossRow),
        "exception": select(func.count()).select_from(FactRow).where(IS_EXCEPTION),
    }
    dealt = dict(session.execute(select(Handled.kind, func.count()).group_by(col(Handled.kind))).all())
    return {kind: session.execute(query).scalar_one() - dealt.get(kind, 0) for kind, query in there.items()}
