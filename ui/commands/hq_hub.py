"""``posclient hq hub``: which till of a store the others turn to while there is no line to HQ (docs/hq.md)."""

from __future__ import annotations

import argparse

from posclient.errors import InputError
from ui.commands.hq_backup import Verb


def add(verb: Verb) -> None:
    """Declare the verb."""
    parser = verb("hub", _hub, "make a till the hub of its store, for hours without a line to HQ")
    parser.add_argument("--store", required=True, metavar="ID")
    parser.add_argument("--terminal", metavar="TERMINAL", help="the till, S001-1")
    parser.add_argument("--address", default="", metavar="HOST:PORT", help="where the store's other tills reach it")
    parser.add_argument("--remove", action="store_true", help="the store has no hub from now on")


def _hub(args: argparse.Namespace) -> int:
    from sync.hq.database import open_database
    from sync.hq.service import Hq
    from ui.i18n import tr

    if args.remove == bool(args.terminal):
        raise InputError("hub_or_remove")
    Hq(open_database(args.db, make=False)).hubs.appoint(args.store, args.terminal, args.address)
    print(tr("hq.hub.removed" if args.remove else "hq.hub.set", store=args.store, terminal=args.terminal or ""))
    return 0
