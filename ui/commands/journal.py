"""``posclient journal verify --data DIR``: is every fact of this till as it was made? JSON; reads only (S-24).

Works while the till runs. Exit status 0: it is; 1: one is not, and the first of them is named; 2: there is no till.
"""

from __future__ import annotations

import argparse
import json
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


def run(args: argparse.Namespace) -> int:
    """Print the finding; 0 when all is well, else 1."""
    from posclient.db.till_file import open_till
    from ui.commands.run import default_folder

    folder = args.data or default_folder()
    try:
        con = open_till(folder, read_only=True)
    except DataError as error:
        if error.code == "no_till":
            raise InputError(error.code, **error.params) from None
        raise
    with closing(con):
        found = verified(con)
    print(json.dumps(found, ensure_ascii=False))
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
