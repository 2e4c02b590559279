"""``posclient hq erase``: forget a member who asks for it (docs/hq.md)."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from ui.commands.hq_backup import Verb


def add(verb: Verb) -> None:
    """Declare the verb."""
    parser = verb("erase", _erase, "forget a member: name, phone, birthday, addresses, coupons; sales stay")
    parser.add_argument("--member", required=True, metavar="ID", help="id or code of the member")


def _erase(args: argparse.Namespace) -> int:
    from sync.hq.clock import UtcClock
    from sync.hq.database import open_database
    from sync.hq.erasing import erase
    from sync.hq.handling import COMMAND_LINE

    print(json.dumps(asdict(erase(open_database(args.db, make=False), UtcClock(), COMMAND_LINE, args.member))))
    return 0
