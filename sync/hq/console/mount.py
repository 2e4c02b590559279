"""Puts the console together and under ``/admin``."""

from __future__ import annotations

import logging
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette_admin.contrib.sqlmodel import Admin
from starlette_admin.i18n import I18nConfig

from sync.hq.administrators import Door
from sync.hq.console.busy import Busy
from sync.hq.console.downloads import Downloads
from sync.hq.console.guard import Guard
from sync.hq.console.imports_page import Imports
from sync.hq.console.login import ConsoleLogin
from sync.hq.console.orders import ValetOrders
from sync.hq.console.overview import Overview
from sync.hq.console.removals import Removals
from sync.hq.console.rendering import SAYING
from sync.hq.console.rights import CouponLeases, ValueAccounts, ValueLeases
from sync.hq.console.tills_page import Tills
from sync.hq.console.views import Acts, Coupons, Facts, Sales
from sync.hq.console.waiting import Exceptions, Incidents, Losses, QuarantineFacts
from sync.hq.console.words import LANGUAGES, word
from sync.hq.healths import Healths
from sync.hq.imports.jobs import ImportJobs
from sync.hq.news import Newsroom
from sync.hq.service import Hq

FOLDER = Path(__file__).parent
VIEWS = (
    QuarantineFacts, Incidents, Losses, Exceptions, Removals, Sales, ValetOrders, Facts, Coupons, CouponLeases,
    ValueAccounts, ValueLeases,
)  # fmt: skip
# the library's lines hold whole addresses, with what somebody searched for in them (S-26)
logging.getLogger("starlette_admin").setLevel(logging.CRITICAL)


def add_console(app: FastAPI, hq: Hq, healths: Healths, news: Newsroom) -> None:
    """Add the console over ``hq``."""
    key, guard = hq.console_key(), Middleware(Guard)
    tills = Tills(hq, healths, news.listening)
    admin = Admin(
        hq.database.reader,
        title=word("console.title"),
        templates_dir=str(FOLDER / "templates"),
        static_dir=str(FOLDER / "static"),
        index_view=Overview(hq, tills.looks),
        auth_provider=ConsoleLogin(hq.database, Door(hq.database, hq.clock), key),
        secret_key=key,
        middlewares=[guard],
        i18n_config=I18nConfig(default_locale="zh", language_header_name=None, language_switcher=list(LANGUAGES)),
    )
    admin.templates.env.globals.update(SAYING)
    # the library's session, which is the first, goes to the end: it too has something to say when it closes
    admin.middlewares.append(admin.middlewares.pop(0))
    admin.middlewares.insert(admin.middlewares.index(guard) + 1, Middleware(Busy, admin.templates, hq.metrics))
    admin.add_view(tills)
    for view in VIEWS:
        admin.add_view(view(hq))
    admin.add_view(Imports(ImportJobs(hq.database, hq.clock)))
    admin.add_view(Acts(hq))
    admin.add_view(Downloads(hq.database))
    admin.mount_to(app)
