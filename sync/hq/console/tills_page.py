"""Tills and their health, the sickest first, and one till with all that HQ knows of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from functools import partial
from urllib.parse import urlencode

from anyio.to_thread import run_sync
from sqlmodel import col, select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin import route
from starlette_admin.views import CustomView

from sync.hq.clock import milliseconds
from sync.hq.conditions import STATES, Reason
from sync.hq.console import lookups
from sync.hq.console.login import want_administrator
from sync.hq.console.rendering import acted, page, span
from sync.hq.console.words import say, word
from sync.hq.console_tables import ConsoleAct, Handled
from sync.hq.fact_tables import Incident
from sync.hq.handling import handled
from sync.hq.healths import Healths
from sync.hq.service import Hq
from sync.hq.tills import TillLook, all_tills

#: Tills of one page.
ROWS = 50


class Tills(CustomView):
    """``listening``: which terminals have a stream of news open."""

    path = "/tills"
    route_name = "tills"

    def __init__(self, hq: Hq, healths: Healths, listening: Callable[[], Collection[str]]) -> None:
        super().__init__(word("console.terminals"), "fa fa-cash-register")
        self._hq = hq
        self._healths = healths
        self._listening = listening

    def is_active(self, request: Request) -> bool:
        return "/tills" in request.scope["path"]

    def looks(self) -> list[TillLook]:
        """All tills, the sickest first."""
        with self._hq.database.read() as session:
            told = self._healths.all(session)
            return all_tills(session, milliseconds(self._hq.clock), self._hq.contacts, told, self._listening())

    @route("")
    async def index(self, request: Request) -> Response:
        """The list: ``state`` and ``q`` (store or till) choose, ``page`` counts from 1."""
        wanted = {name: request.query_params.get(name, "")[:60] for name in ("state", "q")}
        looks = [one for one in await run_sync(self.looks) if _is_about(one, wanted["q"])]
        counts = Counter(one.condition.state for one in looks)
        chosen = [one for one in looks if wanted["state"] in ("", one.condition.state)]
        number = request.query_params.get("page", "1")[:9]
        at = max(1, min(int(number) if number.isascii() and number.isdigit() else 1, -(-len(chosen) // ROWS)))
        shown = chosen[(at - 1) * ROWS : at * ROWS]
        context = {
            "tills": shown, "counts": counts, "states": STATES, "total": len(looks), "found": len(chosen), "at": at,
            "first": (at - 1) * ROWS + 1, "offsets": await run_sync(self._offsets, shown), "reason": reason_words,
            "now": milliseconds(self._hq.clock), "link": partial(_link, wanted), "q": wanted["q"],
            "state": wanted["state"], "last": -(-len(chosen) // ROWS),
        }  # fmt: skip
        return page(self, request, "tills.html", context)

    @route("/{terminal}", name="till")
    async def one(self, request: Request) -> Response:
        """One till."""
        wanted = request.path_params["terminal"]
        look = next((one for one in await run_sync(self.looks) if one.id == wanted), None)
        if look is None:
            raise HTTPException(404)
        incidents, acts = await run_sync(self._past, wanted)
        context = {
            "till": look, "reason": reason_words, "now": milliseconds(self._hq.clock), "incidents": incidents,
            "acts": acts, "held": json.loads(look.health.held) if look.health else [],
            "hub": await run_sync(self._hq.hubs.hub_of, look.terminal.store),
            "offset": (await run_sync(self._offsets, [look])).get(look.id),
        }  # fmt: skip
        return page(self, request, "till.html", context)

    @route("/{terminal}/revoke", methods=["POST"], name="revoke")
    async def revoke(self, request: Request) -> Response:
        """Shut a till out (lost, stolen) until it is enrolled anew."""
        who, wanted = want_administrator(request), request.path_params["terminal"]
        back = str(request.url_for("admin:till", terminal=wanted))
        return await acted(request, back, say("console.revoked", terminal=wanted), self._hq.revoke, wanted, who)

    def _offsets(self, shown: Sequence[TillLook]) -> dict[str, str | None]:
        """By how much clocks are off, as tills say, or as the last fact of an older one does."""
        told = {one.id: one.health.offset_ms for one in shown if one.health and one.health.offset_ms is not None}
        with self._hq.database.read() as session:
            told |= lookups.clock_offsets(session, [one.terminal for one in shown if one.id not in told])
        return {terminal: lookups.seconds(ms) for terminal, ms in told.items()}

    def _past(self, terminal: str) -> tuple[list[tuple[Incident, Handled | None]], Sequence[ConsoleAct]]:
        """Its incidents with who dealt with them, and what was done to it here."""
        with self._hq.database.read() as session:
            mine = select(Incident).where(Incident.terminal == terminal).order_by(col(Incident.number).desc())
            incidents = session.execute(mine.limit(ROWS)).scalars().all()
            dealt = handled(session, "incident", [one.number for one in incidents])
            acts = select(ConsoleAct).where(ConsoleAct.subject == terminal).order_by(col(ConsoleAct.number).desc())
            found = [(one, dealt.get(str(one.number))) for one in incidents]
            return found, session.execute(acts.limit(ROWS)).scalars().all()


def reason_words(reason: Reason) -> str:
    """Why a till is not well, for a person."""
    return say(
        f"console.till.why.{reason.code}", n=reason.count, count=reason.count, span=span(reason.ms), who=reason.who
    )


def _is_about(look: TillLook, text: str) -> bool:
    """Is it the store or the till that somebody looks for?"""
    wanted = text.strip().casefold()
    return any(wanted in one.casefold() for one in (look.id, look.terminal.store, look.store_name))


def _link(wanted: dict[str, str], **changes: object) -> str:
    """The same list with other choices."""
    chosen = {name: value for name, value in {**wanted, **changes}.items() if value not in ("", None)}
    return f"?{urlencode(chosen)}"
