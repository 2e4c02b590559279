"""What the console's own pages share: how a page is made, how times and spans are said, and forms that act."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette_admin.flash import flash
from starlette_admin.i18n import get_tzinfo
from starlette_admin.views import CustomView

from posclient.domain.money import yuan_in_groups
from posclient.errors import PosError
from sync.hq.conditions import DAY, HOUR, MINUTE
from sync.hq.console.login import may_act
from sync.hq.console.masking import masked
from sync.hq.console.words import say, told


def page(view: CustomView, request: Request, name: str, context: dict[str, Any]) -> Response:
    """A page of one of our templates."""
    assert view.templates is not None  # noqa: S101 - the library sets it when the view is added
    shared = {"title": view.menu_label, "may_act": may_act(request)}
    return view.templates.TemplateResponse(request, name, {**shared, **context})


def moment(ms: int | None) -> str:
    """``11-26 09:02`` in the browser's zone; the year where it is another one."""
    if ms is None:
        return ""
    at = datetime.fromtimestamp(ms / 1000, get_tzinfo())
    form = "%m-%d %H:%M" if at.year == datetime.now(get_tzinfo()).year else "%Y-%m-%d %H:%M"
    return at.strftime(form)


def instant(ms: int) -> str:
    """``2026-11-26 09:02:07`` in the browser's zone."""
    return datetime.fromtimestamp(ms / 1000, get_tzinfo()).strftime("%Y-%m-%d %H:%M:%S")


def wall(text: str) -> str:
    """A till's own time (ISO 8601) as its receipts have it: ``2026-11-26 09:02:07``; what is none stays as it is."""
    try:
        return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        return text


def local(text: str) -> str:
    """An ISO 8601 time with an offset, whatever the chain wrote it in: as ``instant``. What is none stays as it is."""
    try:
        at = datetime.fromisoformat(text)
        return wall(text) if at.tzinfo is None else instant(int(at.timestamp() * 1000))
    except (ValueError, OverflowError):
        return text


def span(ms: int) -> str:
    """How long, in the largest unit that says it well: ``3 minutes``, ``26 hours``, ``4 days``."""
    for unit, size, least in (("days", DAY, 2 * DAY), ("hours", HOUR, 2 * HOUR), ("minutes", MINUTE, MINUTE)):
        if ms >= least:
            return say(f"console.span.{unit}", n=ms // size)
    return say("console.span.seconds", n=max(0, ms) // 1000)


def grouped(count: int) -> str:
    """``12,345,678``."""
    return f"{count:,}"


#: What every template can say.
SAYING: dict[str, Any] = {
    "say": say, "moment": moment, "span": span, "masked": masked, "grouped": grouped, "money": yuan_in_groups,
}  # fmt: skip


async def acted(request: Request, back: str, done: str, act: Callable[..., object], *args: object) -> Response:
    """Do what a form asks, say how it went at the top of page ``back``, and show that one."""
    try:
        await run_sync(partial(act, *args))
    except PosError as error:
        flash(request, told(error), "error")
    else:
        flash(request, done, "success")
    return RedirectResponse(back, 303)
