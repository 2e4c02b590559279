"""``posclient journal verify --data DIR``: is every fact of this till as it was made? JSON; reads only (S-24).

``--head "SEQ HASH"``, as a shift report has it: is that fact still there, and the same? Only this gives away facts that
were cut off the end together with the counters. Works while the till runs. Exit status 0: all is right; 1: a fact is
not, and the first is named, or the head is not one of this journal; 2: there is no till, or that is no head.
"""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from posclient.errors import DataError, InputError

if TYPE_CHECKING:
    from posclient.db.connection import Connection


def add(subparsers: Any) -> None:
    """Declare ``journal``."""
    parser = subparsers.add_parser("journal", help="look after the journal", description="The journal of this till.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    text = "check the chain of all facts; print JSON"
    verify = verbs.add_parser("verify", help=text, description=f"{text[0].upper()}{text[1:]}.")
    verify.add_argument("--data", type=Path, default=None, metavar="DIR", help="data folder (default: the user's own)")
    text = "a head from a shift report: the fact's number and 16 or more digits of its hash, in quotes"
    verify.add_argument("--head", default=None, metavar='"SEQ HASH"', help=text)
    text = "which enrolment the head belongs to, if not the present one (its beginning is enough)"
    verify.add_argument("--incarnation", default="", metavar="ID", help=text)


def run(args: argparse.Namespace) -> int:
    """Print the finding; 0 when all is well, else 1."""
    from posclient.db.till_file import open_till
    from posclient.domain.chain_head import read_head
    from ui.commands.run import default_folder

    head = None if args.head is None else read_head(args.head)
    folder = args.data or default_folder()
    try:
        con = open_till(folder, read_only=True)
    except DataError as error:
        if error.code == "no_till":
            raise InputError(error.code, **error.params) from None
        raise
    with closing(con):
        found = verified(con)
        if head is not None:
            found["head"] = compared(con, *head, args.incarnation)
    print(json.dumps(found, ensure_ascii=False))
    if head is not None and found["head"]["state"] != "right":
        _say(found["head"])
        return 1
    return 0 if found["ok"] else 1


def verified(con: Connection) -> dict[str, Any]:
    """``{"ok", "facts", "bad"}``; ``bad``: number, incarnation, seq, id and why of the first bad fact, or None."""
    from posclient.db.journal import verify_chain

    broken = verify_chain(con)
    return {
        "ok": broken is None,
        "facts": con.execute("SELECT count(*) FROM fact").fetchone()[0],
        "bad": None if broken is None else asdict(broken),
    }


def compared(con: Connection, seq: int, digits: str, incarnation: str) -> dict[str, Any]:
    """``{"state", "seq", "incarnation", "last"}``: right, cut or other_hash, and where that chain ends now."""
    from posclient.db.chain_heads import compare

    return asdict(compare(con, seq, digits, incarnation))


def _say(finding: dict[str, Any]) -> None:
    from ui.i18n import tr

    words = tr(f"journal.head.{finding['state']}", seq=finding["seq"], last=finding["last"])
    print(f"posclient journal: {words}", file=sys.stderr)
